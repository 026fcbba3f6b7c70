/* Runs the acts of bench/stalls, and notes their costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "stall-act.h"
#include "stall-daemon.h"
#include "stall-witness.h"

enum {
        ACTS_MAX = 4096,
        ACT_MS = 60000, /* enough for a machine with much other work */
        TOO_LONG_MS = 10,
        N_BOUNDS = 9,
        /* during which an idle daemon, which serves only the witness, takes at most REST_CPU_NS */
        REST_US = 4000,
        REST_CPU_NS = 1500000,
        RESTS_MAX = 2000,
};

static const int bounds_ms[N_BOUNDS] = {1, 2, 5, 10, 20, 50, 100, 200, 1000};

/* The turns of the daemon's loop, as server.stats reports them. */
typedef struct Turns {
        int64_t max_us, n_longer[N_BOUNDS];
} Turns;

typedef struct Act {
        char name[80], outcome[24];
        int64_t cpu_ns, witness_ns;
        int64_t turn_us; /* the longest turn, or with is_at_least a lower bound of it */
        bool is_at_least, is_stuck;
} Act;

StallOptions stall_options;
static Act acts[ACTS_MAX];
static size_t n_acts;
static Client control = {.fd = -1};
static Turns turns_before;
static int64_t cpu_before_ns;

bool stall_is_wanted(const char *name) {
        if (stall_now_ns() > stall_options.end_ns)
                return false;
        return !stall_options.only || strstr(name, stall_options.only);
}

void stall_world_begin(void) {
        stall_daemon_start();
        stall_witness_start(STALL_WITNESS_UID);
        client_open(&control, 0);
        control.wants_last = true;
}

void stall_world_end(void) {
        client_close(&control);
        stall_witness_stop();
        stall_daemon_kill();
}

struct json_object *stall_ask(const char *method) {
        struct json_object *result = NULL;

        client_add(&control, method, "[]");
        if (!client_run(&control))
                return NULL;
        struct json_object *reply = json_tokener_parse(control.last);
        if (json_object_object_get_ex(reply, "result", &result))
                json_object_get(result);
        json_object_put(reply);
        return result;
}

static int64_t get_int(struct json_object *o, const char *key) {
        struct json_object *value;

        return json_object_object_get_ex(o, key, &value) ? json_object_get_int64(value) : 0;
}

/* server.stats does not report the turn in which it runs, so another call goes before it. */
static void read_turns(Turns *turns) {
        struct json_object *loop = NULL, *longer = NULL;
        char name[12];

        json_object_put(stall_ask("server.ping"));
        struct json_object *stats = stall_ask("server.stats");

        *turns = (Turns){0};
        if (json_object_object_get_ex(stats, "loop", &loop) &&
            json_object_object_get_ex(loop, "longer_than_ms", &longer)) {
                turns->max_us = get_int(loop, "max_us");
                for (int i = 0; i < N_BOUNDS; i++) {
                        snprintf(name, sizeof(name), "%d", bounds_ms[i]);
                        turns->n_longer[i] = get_int(longer, name);
                }
        }
        json_object_put(stats);
}

/* Finds the longest turn between two reports. The maximum of the daemon is over its whole life: if it has not grown, the counts
 * of longer turns give a lower bound. */
static void find_turn(Act *act, const Turns *before, const Turns *after) {
        act->turn_us = after->max_us;
        act->is_at_least = after->max_us == before->max_us;
        if (!act->is_at_least)
                return;
        act->turn_us = 0;
        for (int i = 0; i < N_BOUNDS; i++)
                if (after->n_longer[i] > before->n_longer[i])
                        act->turn_us = bounds_ms[i] * 1000;
}

static bool took_too_long(const Act *act) {
        return act->turn_us >= TOO_LONG_MS * 1000 || act->is_stuck;
}

static void print_act(const Act *act) {
        printf("%-58s %9.1f ms  %s%8.1f ms  %8.1f ms  %s\n", act->name, (double)act->cpu_ns / 1e6,
               act->is_stuck                      ? ">"
               : act->is_at_least && act->turn_us ? ">"
                                                  : " ",
               (double)act->turn_us / 1e3, (double)act->witness_ns / 1e6, act->outcome);
        fflush(stdout);
}

static void print_head(void) {
        printf("%-58s %12s  %12s  %11s  %s\n", "act", "processor", "longest turn", "witness",
               "outcome");
}

void stall_act_begin(void) {
        read_turns(&turns_before);
        cpu_before_ns = stall_daemon_cpu_ns();
        stall_witness_reset();
}

static void note_act(const char *name, const char *outcome, bool is_stuck) {
        Act *act = &acts[n_acts < ACTS_MAX - 1 ? n_acts++ : n_acts];
        Turns after;

        *act = (Act){.is_stuck = is_stuck};
        snprintf(act->name, sizeof(act->name), "%s", name);
        snprintf(act->outcome, sizeof(act->outcome), "%s", outcome[0] ? outcome : "ok");
        act->cpu_ns = stall_daemon_cpu_ns() - cpu_before_ns;
        act->witness_ns = stall_witness_longest_ns();
        if (is_stuck) {
                act->turn_us = act->witness_ns / 1000;
        } else {
                read_turns(&after);
                find_turn(act, &turns_before, &after);
        }
        if (n_acts == 1)
                print_head();
        if (took_too_long(act) || stall_options.prints_all)
                print_act(act);
}

/* Waits until the daemon is idle: work that it has deferred is part of the act. */
static void await_rest(void) {
        for (int i = 0; i < RESTS_MAX; i++) {
                int64_t before_ns = stall_daemon_cpu_ns();
                usleep(REST_US);
                if (stall_daemon_cpu_ns() - before_ns < REST_CPU_NS)
                        return;
        }
}

void stall_act_end(const char *name, const char *outcome) {
        await_rest();
        note_act(name, outcome, false);
}

bool stall_act(const char *name, Client *const *clients, size_t n) {
        if (clients[0]->fd < 0) {
                printf("%-58s skipped: an act before it had no end\n", name);
                return false;
        }
        stall_act_begin();
        bool is_done = clients_run(clients, n, ACT_MS);
        const char *outcome = is_done ? "" : "not answered in time";
        for (size_t i = 0; i < n && !is_done; i++)
                if (clients[i]->was_closed)
                        outcome = "closed by the daemon";
        for (size_t i = 0; i < n && !outcome[0]; i++)
                outcome = clients[i]->error;
        if (is_done)
                stall_act_end(name, outcome);
        else
                note_act(name, outcome, true);
        return is_done;
}

bool stall_act_of(const char *name, Client *c) {
        return stall_act(name, &c, 1);
}

static int compare_acts(const void *a, const void *b) {
        const Act *first = a, *second = b;

        return (first->turn_us < second->turn_us) - (first->turn_us > second->turn_us);
}

void stall_print_table(void) {
        size_t n_long = 0, n_above_200 = 0;

        qsort(acts, n_acts, sizeof(acts[0]), compare_acts);
        printf("\n");
        print_head();
        for (size_t i = 0; i < n_acts; i++) {
                if (!took_too_long(&acts[i]))
                        continue;
                print_act(&acts[i]);
                n_long++;
                n_above_200 += acts[i].turn_us >= 200000;
        }
        printf("\n%zu acts; %zu with a turn above %d ms, of these %zu above 200 ms\n", n_acts,
               n_long, TOO_LONG_MS, n_above_200);
        if (stall_now_ns() > stall_options.end_ns)
                printf("the time was over before all acts were run\n");
}
