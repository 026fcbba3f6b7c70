/* Spinning: its policy under a clock that the test moves, the limits of processor time that it detects, and a daemon that
 * spins. */
#include <errno.h>
#include <fcntl.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "connections.h"
#include "expect.h"
#include "processor.h"
#include "spin-loop.h"
#include "tap-main.h"
#include "wire/wire.h"
#include "wire/world.h"

enum { SECOND_NS = 1000000000 };

static int64_t now_ns;
static Spin spin;

static void setup(void) {
        spin = (Spin){.is_on = true};
        now_ns = INT64_C(5) * SECOND_NS;
}

/* Spins, and input arrives after this time. */
static void hit(int64_t ns) {
        EXPECT(spin_begin(&spin, now_ns) == now_ns + SPIN_NS);
        now_ns += ns;
        spin_end(&spin, now_ns, ns, true);
}

static void miss(void) {
        EXPECT(spin_begin(&spin, now_ns) == now_ns + SPIN_NS);
        now_ns += SPIN_NS;
        spin_end(&spin, now_ns, SPIN_NS, false);
}

START_TEST(hits_follow_each_other) {
        for (int i = 0; i < 1000000; i++)
                hit(SPIN_NS - 1);
}
END_TEST

START_TEST(pauses_double_to_a_second_and_end_with_a_hit) {
        int64_t pause_ns = SPIN_PAUSE_MIN_NS;

        for (int i = 0; i < 20; i++) {
                miss();
                EXPECT(!spin_begin(&spin, now_ns));
                EXPECT(!spin_begin(&spin, now_ns + pause_ns - 1));
                now_ns += pause_ns;
                pause_ns = 2 * pause_ns < SPIN_PAUSE_MAX_NS ? 2 * pause_ns : SPIN_PAUSE_MAX_NS;
        }
        EXPECT(pause_ns == SPIN_PAUSE_MAX_NS);
        hit(1000);
        hit(1000);
        miss();
        EXPECT(!spin_begin(&spin, now_ns + SPIN_PAUSE_MIN_NS - 1));
        EXPECT(spin_begin(&spin, now_ns + SPIN_PAUSE_MIN_NS));
}
END_TEST

/* A client that answers every second spin keeps the pauses short, and gets at most 2 % of each second. */
START_TEST(misses_take_a_share_of_each_second) {
        for (int second = 0; second < 5; second++) {
                int64_t end_ns = now_ns + SECOND_NS, burnt_ns = 0;
                while (now_ns < end_ns) {
                        if (!spin_begin(&spin, now_ns)) {
                                now_ns += 1000;
                                continue;
                        }
                        hit(1000);
                        if (!spin_begin(&spin, now_ns))
                                continue;
                        miss();
                        burnt_ns += SPIN_NS;
                        now_ns += SPIN_PAUSE_MIN_NS;
                }
                EXPECT(burnt_ns > 0 && burnt_ns <= SPIN_BURN_NS);
        }
        for (int i = 0; i < 3; i++) {
                spin = (Spin){.is_on = true, .second_ns = now_ns};
                spin.burnt_ns = SPIN_BURN_NS - SPIN_NS + i;
                EXPECT(!spin_begin(&spin, now_ns) == (i > 0));
                EXPECT(spin_begin(&spin, now_ns + SECOND_NS));
        }
}
END_TEST

START_TEST(off_is_off) {
        spin.is_on = false;
        EXPECT(!spin_begin(&spin, now_ns));
}
END_TEST

/* ---- The loop, with an event that always comes and a client whose calls no event announces */

typedef struct Trial {
        World *world;
        struct event_base *base;
        struct event *event;
        Pair early, other;
        SpinLoop loop;
        unsigned n_events;
        bool is_input; /* the event is the input of the other connection */
        bool is_work;  /* the event leaves other work */
} Trial;

static void on_event(evutil_socket_t fd, short events, void *userdata) {
        Trial *t = userdata;

        t->n_events++;
        if (t->is_input)
                connection_note_input(t->other.transport.connection);
}

static bool has_work(void *userdata) {
        const Trial *t = userdata;

        return connections_are_busy(&t->world->turn) || (t->is_work && t->n_events > 0);
}

static void spinning_begin(Trial *t) {
        *t = (Trial){.world = world_new(), .base = event_base_new()};
        t->world->options.spin = true;
        t->loop = (SpinLoop){.has_work = has_work, .userdata = t};
        t->event = event_new(t->base, -1, EV_PERSIST, on_event, t);
        EXPECT(t->event);
        pair_open(&t->early, t->world, 1000);
        pair_open(&t->other, t->world, 1001);
}

static void spinning_end(Trial *t) {
        event_free(t->event);
        event_base_free(t->base);
        world_free(t->world);
        pair_deinit(&t->early);
        pair_deinit(&t->other);
}

static bool spin_once(Trial *t) {
        event_active(t->event, EV_TIMEOUT, 0);
        t->loop.turn_end_ns = t->loop.checked_ns = clock_ns(CLOCK_MONOTONIC);
        t->loop.spin = (Spin){.is_on = true};
        t->loop.has_worked = true;
        t->n_events = 0;
        return spin_loop_run(&t->loop, t->base, &t->world->turn);
}

static void serve_alone(Trial *t) {
        pair_write(&t->early, PING(1));
        world_settle(t->world);
        pair_expect_replies(&t->early, PONG(1));
        EXPECT(t->world->turn.alone == t->early.transport.connection);
        t->early.n_received = 0;
}

START_TEST(input_without_an_event) {
        Trial t;

        spinning_begin(&t);
        serve_alone(&t);
        EXPECT(spin_once(&t) && t.early.n_received == 0 && !connections_are_busy(&t.world->turn));
        pair_write(&t.early, PING(2) PING(3) "{\"jsonrpc\":");
        EXPECT(spin_once(&t) && t.early.n_received == 1 && t.n_events == 1);
        world_turn(t.world);
        pair_expect_replies(&t.early, PONG(2) PONG(3));
        /* The rest of an unfinished line is left to an event. */
        pair_write(&t.early, "\"2.0\",\"method\":\"server.ping\",\"id\":4}\n");
        EXPECT(spin_once(&t) && t.early.n_received == 1);
        world_settle(t.world);
        pair_expect_replies(&t.early, PONG(4));
        spinning_end(&t);
}
END_TEST

/* Input of others and other events are seen before the input of a client that always calls at once. */
START_TEST(events_come_first) {
        Trial t;

        spinning_begin(&t);
        serve_alone(&t);
        t.is_input = true;
        pair_write(&t.early, PING(2));
        pair_write(&t.other, PING(3));
        EXPECT(spin_once(&t) && t.n_events == 1 && t.early.n_received == 0);
        connections_begin_turn(&t.world->turn);
        connections_run(&t.world->turn);
        connections_send(&t.world->turn);
        pair_expect_replies(&t.other, PONG(3));
        EXPECT(t.world->turn.alone == t.other.transport.connection);
        world_settle(t.world);
        pair_expect_replies(&t.early, PONG(2));
        /* No connection was alone in this turn. */
        pair_write(&t.early, PING(4));
        pair_write(&t.other, PING(5));
        world_turn(t.world);
        EXPECT(!t.world->turn.alone);
        t.is_input = false;
        t.early.n_received = 0;
        pair_write(&t.early, PING(6));
        EXPECT(spin_once(&t) && t.n_events == 1 && t.early.n_received == 0);
        EXPECT(t.loop.spin.paused_until_ns > 0);
        world_settle(t.world);
        pair_write(&t.early, PING(7));
        t.is_work = true;
        t.early.n_received = 0;
        EXPECT(t.world->turn.alone && spin_once(&t) && t.early.n_received == 0);
        EXPECT(t.loop.spin.paused_until_ns == 0);
        spinning_end(&t);
}
END_TEST

START_TEST(ends_without_an_event) {
        Trial t;

        spinning_begin(&t);
        serve_alone(&t);
        t.early.is_shut = true;
        EXPECT(spin_once(&t));
        world_turn(t.world);
        EXPECT(t.early.is_closed && !t.world->turn.alone);
        EXPECT(spin_once(&t));
        spinning_end(&t);
        spinning_begin(&t);
        serve_alone(&t);
        pair_write(&t.early, PING(2));
        t.early.is_shut = true;
        EXPECT(spin_once(&t));
        connection_set_gone(t.early.transport.connection);
        EXPECT(!connection_receive_early(t.early.transport.connection));
        world_settle(t.world);
        EXPECT(t.early.is_closed && !t.world->turn.alone);
        spinning_end(&t);
}
END_TEST

static char directory[] = "/tmp/shmgr-spin-XXXXXX";

static void write_file(const char *path, const char *text) {
        char full[128];
        snprintf(full, sizeof(full), "%s/%s", directory, path);
        FILE *file = fopen(full, "w");

        EXPECT(file);
        EXPECT(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make(const char *path) {
        char full[128];

        snprintf(full, sizeof(full), "%s/%s", directory, path);
        EXPECT(mkdir(full, 0700) == 0);
}

START_TEST(bounds_of_control_groups) {
        char command[64];

        EXPECT(mkdtemp(directory));
        make("a");
        make("a/b");
        make("cpu,cpuacct");
        make("cpu,cpuacct/c");
        write_file("a/cpu.max", "max 100000\n");
        EXPECT(!processor_is_bounded("0::/a/b\n", directory));
        EXPECT(!processor_is_bounded("", directory));
        EXPECT(!processor_is_bounded("0::/\n", directory));
        write_file("a/b/cpu.max", "max 100000\n");
        EXPECT(!processor_is_bounded("0::/a/b\n", directory));
        write_file("a/cpu.max", "20000 100000\n");
        EXPECT(processor_is_bounded("0::/a/b\n", directory));
        EXPECT(processor_is_bounded("0::/a\n", directory));
        EXPECT(!processor_is_bounded("0::/\n", directory));
        write_file("cpu.max", "50000 100000\n");
        EXPECT(processor_is_bounded("0::/\n", directory));
        EXPECT(processor_is_bounded("0::/gone\n", directory));
        write_file("cpu.max", "max 100000\n");
        write_file("cpu,cpuacct/c/cpu.cfs_quota_us", "-1\n");
        EXPECT(!processor_is_bounded("5:cpu,cpuacct:/c\n1:name=systemd:/a\n0::/\n", directory));
        write_file("cpu,cpuacct/c/cpu.cfs_quota_us", "20000\n");
        EXPECT(processor_is_bounded("5:cpu,cpuacct:/c\n1:name=systemd:/a\n0::/\n", directory));
        EXPECT(!processor_is_bounded("5:memory:/c\n0::/\n", directory));
        snprintf(command, sizeof(command), "rm -r %s", directory);
        EXPECT(system(command) == 0);
}
END_TEST

/* ---- A daemon */

/* Returns a number of "loop" in server.stats. */
static int64_t loop_stat(const char *name) {
        char key[64];

        wire_request(&trial_witness, 1, "server.stats", "[]");
        const char *line = wire_line(&trial_witness);
        EXPECT(line);
        snprintf(key, sizeof(key), "\"%s\":", name);
        const char *at = strstr(line, key);
        ck_assert_msg(at, "no %s in %s", name, line);
        return strtoll(at + strlen(key), NULL, 10);
}

/* Asserts that spins take no more than their share, however busy the machine is, and that every call is answered. */
static void call_for_a_while(void) {
        int64_t begin_ms = clock_ms(), burnt_us = loop_stat("spin_burnt_us");

        while (clock_ms() - begin_ms < 1500)
                trial_ping();
        burnt_us = loop_stat("spin_burnt_us") - burnt_us;
        int64_t seconds = (clock_ms() - begin_ms) / 1000 + 2;
        ck_assert_msg(burnt_us <= 20000 * seconds, "%lld us in %lld seconds", (long long)burnt_us,
                      (long long)seconds);
        EXPECT(loop_stat("spin_hits") <= loop_stat("spins"));
}

static void run_busily(void) {
        for (;;)
                ;
}

START_TEST(daemon_beside_busy_processes) {
        enum { MOST = 64 };
        long n = 2 * sysconf(_SC_NPROCESSORS_ONLN);
        pid_t pids[MOST];

        n = n < MOST ? n : MOST;
        trial_begin(NULL);
        for (long i = 0; i < n; i++) {
                pids[i] = fork();
                EXPECT(pids[i] >= 0);
                if (pids[i] == 0) {
                        alarm(60);
                        run_busily();
                }
        }
        call_for_a_while();
        for (long i = 0; i < n; i++) {
                EXPECT(kill(pids[i], SIGKILL) == 0);
                EXPECT(waitpid(pids[i], NULL, 0) == pids[i]);
        }
        trial_end();
}
END_TEST

/* A client that calls again as soon as it has its reply does not keep the daemon from serving others. */
START_TEST(daemon_with_a_client_that_never_pauses) {
        trial_begin(NULL);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                alarm(60);
                for (Wire wire = wire_open();;)
                        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        }
        for (int i = 0; i < 2000; i++)
                trial_ping();
        EXPECT(kill(pid, SIGKILL) == 0);
        EXPECT(waitpid(pid, NULL, 0) == pid);
        trial_end();
}
END_TEST

START_TEST(daemon_that_shall_not_spin) {
        static const char *const options[] = {"--spin=off", NULL};

        trial_begin(options);
        for (int i = 0; i < 200; i++)
                trial_ping();
        ck_assert_int_eq(loop_stat("spins"), 0);
        trial_end();
}
END_TEST

static bool write_group(const char *group, const char *name, const char *text) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", group, name);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        ssize_t n = write(fd, text, strlen(text));
        close(fd);
        return n == (ssize_t)strlen(text);
}

/* Makes a control group with a fifth of a processor, and moves this process into it. `ret` receives the path, `ret_parent`
 * the part above it. False if the machine does not allow that. */
static bool enter_group(char ret[64], const char **ret_parent) {
        static const struct {
                const char *parent, *file, *bound;
        } kinds[] = {{"/sys/fs/cgroup", "cpu.max", "20000 100000"},
                     {"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "20000"}};
        char pid[16];

        snprintf(pid, sizeof(pid), "%d", getpid());
        for (size_t i = 0; i < 2; i++) {
                snprintf(ret, 64, "%s/shmgr-spin-%s", kinds[i].parent, pid);
                *ret_parent = kinds[i].parent;
                if (mkdir(ret, 0755) < 0)
                        continue;
                if (write_group(ret, kinds[i].file, kinds[i].bound) &&
                    write_group(ret, "cgroup.procs", pid))
                        return true;
                rmdir(ret);
        }
        return false;
}

/* The limit is that of CPUQuota=20%. */
START_TEST(daemon_with_a_quota) {
        const char *parent;
        char group[64], pid[16];

        if (!enter_group(group, &parent)) {
                printf("# no control group can be made here, so a quota is not tried\n");
                return;
        }
        trial_begin(NULL);
        for (int i = 0; i < 200; i++)
                trial_ping();
        ck_assert_int_eq(loop_stat("spins"), 0);
        trial_end();
        snprintf(pid, sizeof(pid), "%d", getpid());
        EXPECT(write_group(parent, "cgroup.procs", pid));
        rmdir(group);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("spin");
        TCase *tcase = tcase_create("spin");

        tcase_set_timeout(tcase, 60);
        tcase_add_checked_fixture(tcase, setup, NULL);
        tcase_add_test(tcase, hits_follow_each_other);
        tcase_add_test(tcase, pauses_double_to_a_second_and_end_with_a_hit);
        tcase_add_test(tcase, misses_take_a_share_of_each_second);
        tcase_add_test(tcase, off_is_off);
        tcase_add_test(tcase, input_without_an_event);
        tcase_add_test(tcase, events_come_first);
        tcase_add_test(tcase, ends_without_an_event);
        tcase_add_test(tcase, bounds_of_control_groups);
        tcase_add_test(tcase, daemon_beside_busy_processes);
        tcase_add_test(tcase, daemon_with_a_client_that_never_pauses);
        tcase_add_test(tcase, daemon_that_shall_not_spin);
        tcase_add_test(tcase, daemon_with_a_quota);
        suite_add_tcase(suite, tcase);
        return suite;
}
