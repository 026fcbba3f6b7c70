/* Runs plays: see play.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errno-name.h"
#include "base/macros.h"
#include "json/json-util.h"
#include "lib/actor.h"
#include "lib/daemon-fixture.h"
#include "lib/play.h"

enum { N_ACTORS = 8, LINE_SIZE = 2048, TRIES = 200000 };

static Daemon daemon_;
static Actor actors[N_ACTORS];
static pid_t pids[N_ACTORS]; /* also of actors that are dead */
static ActorOptions options[N_ACTORS];
static int life[2]; /* a pipe: see ActorOptions.life_fd */
static const char *name;
static char line[LINE_SIZE]; /* the current line of the script */

static void give_up(const char *what, const char *got) {
        ck_abort_msg("%s: %s: %s %s", name, line, what, got ? got : "");
}

static int64_t daemon_stat(const char *key) {
        CLEANUP(json_putp) struct json_object *stats = NULL;

        ck_assert_int_eq(shmgr_call(daemon_.manager, "server.stats", NULL, &stats), 0);
        return json_object_get_int64(json_object_object_get(stats, key));
}

static void await_stat(const char *key, int64_t wanted) {
        int64_t is = -1;

        for (int i = 0; i < TRIES && is != wanted; i++)
                is = daemon_stat(key);
        if (is != wanted)
                ck_abort_msg("%s: %s: there are %lld %s, not %lld", name, line, (long long)is, key,
                             (long long)wanted);
}

static Actor *find_actor(char who) {
        int fds[N_ACTORS + 1], i = who - 'a';

        if (i < 0 || i >= N_ACTORS)
                give_up("there is no such actor", NULL);
        if (actors[i].pid)
                return &actors[i];
        for (int k = 0; k < N_ACTORS; k++)
                fds[k] = actors[k].fd;
        fds[N_ACTORS] = life[1];
        options[i].life_fd = life[0];
        options[i].close_fds = fds;
        options[i].n_close_fds = N_ACTORS + 1;
        actor_start(&actors[i], who, daemon_.manager, &options[i]);
        pids[i] = actors[i].pid;
        return &actors[i];
}

static int n_waiting(void) {
        int n = 0;

        for (int i = 0; i < N_ACTORS; i++)
                n += actors[i].waits;
        return n;
}

/* Returns how many sessions there should be: those of the actors, and the test's. */
static int n_sessions(void) {
        int n = 1;

        for (int i = 0; i < N_ACTORS; i++)
                n += actors[i].pid && !actors[i].is_mute;
        return n;
}

/* Returns whether the text contains each part of "TEXT~TEXT...", one behind the other. */
static bool has_parts(const char *text, const char *parts) {
        for (;;) {
                size_t n = strcspn(parts, "~");
                text = memmem(text, strlen(text), parts, n);
                if (!text || parts[n] == '\0')
                        return text != NULL;
                text += n;
                parts += n + 1;
        }
}

/* Tokens begin at the clock, but scripts count from 1: the first token that a script expects sets the difference. */
static long long token_base;

static const char *find_token(const char *text) {
        static const char key[] = "\"token\":";
        const char *at = strstr(text, key);

        return at ? at + sizeof(key) - 1 : NULL;
}

static void count_tokens_from_1(const char *answer, const char *expected, char *ret, size_t size) {
        const char *token = find_token(answer), *wanted = find_token(expected);
        char *rest;

        snprintf(ret, size, "%s", answer);
        if (!token)
                return;
        long long value = strtoll(token, &rest, 10);
        if (!token_base && wanted)
                token_base = value - strtoll(wanted, NULL, 10);
        snprintf(ret, size, "%.*s%lld%s", (int)(token - answer), answer, value - token_base, rest);
}

/* Returns whether the outcome that an actor reported is what the script expects. */
static bool is_expected(const char *said, const char *expected) {
        char answer[4096];

        count_tokens_from_1(said, expected, answer, sizeof(answer));
        if (expected[0] == '!') {
                size_t n = strcspn(expected, "~");
                return strncmp(answer, expected, n) == 0 && answer[n] == ' ' &&
                       (expected[n] == '\0' || has_parts(answer, expected + n + 1));
        }
        if (answer[0] != '=')
                return false;
        if (strcmp(expected, "*") == 0)
                return true;
        if (expected[0] == '~')
                return has_parts(answer, expected + 1);
        return strcmp(answer + 1, expected) == 0;
}

static void expect(const char *answer, const char *expected) {
        if (!is_expected(answer, expected))
                give_up("not", answer);
}

/* Makes a call in the test's own process. */
static void call_myself(const char *method, const char *params, const char *expected) {
        CLEANUP(json_putp) struct json_object *json = json_tokener_parse(params);
        CLEANUP(json_putp) struct json_object *result = NULL;
        char answer[LINE_SIZE];

        int r = shmgr_call(daemon_.manager, method, json, &result);
        if (r < 0)
                snprintf(answer, sizeof(answer), "!%s %s", errno_name(-r),
                         json_object_to_json_string_ext(shmgr_manager_error_data(daemon_.manager),
                                                        JSON_C_TO_STRING_PLAIN));
        else
                snprintf(answer, sizeof(answer), "=%s",
                         json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN));
        expect(answer, expected);
}

static void await_parked(Actor *actor) {
        actor->waits = true;
        for (int i = 0; i < TRIES && daemon_stat("waits") != n_waiting(); i++)
                if (actor_has_answered(actor))
                        give_up("it does not wait:", actor_hear(actor));
        await_stat("waits", n_waiting());
}

/* Runs "METHOD PARAMS" or "METHOD PARAMS -> EXPECTED"; mark is the character before it. */
static void run_call(char who, char mark, char *call) {
        char *arrow = strstr(call, " -> "), *params = strchr(call, ' ');

        if (!params || (mark == ':') != !!arrow)
                give_up("this is no call", NULL);
        if (arrow)
                *arrow = '\0';
        *params++ = '\0';
        if (who == 'm') {
                call_myself(call, params, arrow ? arrow + 4 : "*");
                return;
        }
        Actor *actor = find_actor(who);
        actor_call(actor, call, params);
        if (mark == ':')
                expect(actor_hear(actor), arrow + 4);
        else if (mark == '&')
                await_parked(actor);
}

static void run_actor_line(char *text) {
        char who = text[0], mark = text[1];

        if (mark == ':' || mark == '&' || mark == '!')
                run_call(who, mark, text + 3);
        else if (mark == '=')
                expect(actor_hear(find_actor(who)), text + 3);
        else if (mark != '?')
                give_up("this is no line of a play", NULL);
        else if (actor_has_answered(find_actor(who)) || daemon_stat("waits") != n_waiting())
                give_up("it waits no longer", NULL);
}

/* Waits until the daemon has stopped: a SIGCONT that came earlier would be lost. */
static void stop_daemon(void) {
        kill(daemon_.pid, SIGSTOP);
        ck_assert_int_eq(waitpid(daemon_.pid, NULL, WUNTRACED), daemon_.pid);
}

static void restart_daemon(void) {
        daemon_kill(&daemon_);
        daemon_restart(&daemon_);
}

static void settle(void) {
        await_stat("sessions", n_sessions());
        await_stat("waits", n_waiting());
}

static bool run_daemon_line(const char *text) {
        if (strcmp(text, "settle") == 0)
                settle();
        else if (strcmp(text, "stop") == 0)
                stop_daemon();
        else if (strcmp(text, "cont") == 0)
                kill(daemon_.pid, SIGCONT);
        else if (strcmp(text, "restart") == 0)
                restart_daemon();
        else
                return false;
        return true;
}

/* Handles "UID GID". Until then only the test's user can reach the daemon's socket. */
static void let_another_in(int i, const char *ids) {
        char *end;

        options[i].uid = (uid_t)strtoul(ids, &end, 10);
        options[i].gid = (gid_t)strtoul(end, NULL, 10);
        ck_assert_int_eq(chmod(daemon_.directory, 0711), 0);
        ck_assert_int_eq(chmod(daemon_.socket, 0666), 0);
}

/* Runs "VERB a" or "fork a b". */
static bool run_end_line(const char *text) {
        static const struct {
                const char *verb;
                void (*run)(Actor *actor);
        } verbs[] = {
                {"kill ", actor_kill}, {"exit ", actor_exit},         {"end ", actor_end_thread},
                {"exec ", actor_exec}, {"leave ", actor_leave_child},
        };

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                size_t n = strlen(verbs[i].verb);
                if (strncmp(text, verbs[i].verb, n) != 0)
                        continue;
                verbs[i].run(find_actor(text[n]));
                return true;
        }
        if (strncmp(text, "thread ", 7) == 0) {
                options[text[7] - 'a'].in_thread = true;
        } else if (strncmp(text, "as ", 3) == 0) {
                let_another_in(text[3] - 'a', text + 5);
        } else if (strncmp(text, "socket ", 7) == 0) {
                ck_assert_int_eq(
                        chown(daemon_.socket, (uid_t)-1, (gid_t)strtoul(text + 7, NULL, 10)), 0);
        } else if (strncmp(text, "fork ", 5) == 0) {
                actor_fork(find_actor(text[5]), text[7], &actors[text[7] - 'a']);
                pids[text[7] - 'a'] = actors[text[7] - 'a'].pid;
        } else {
                return false;
        }
        return true;
}

/* Replaces ' by ", $a by the pid of a, and $u by the uid. */
static void make_text(char *out, size_t size) {
        const char *end = out + size - 16;

        for (const char *c = line; *c && out < end; c++)
                if (c[0] == '$' && c[1] >= 'a' && c[1] < 'a' + N_ACTORS)
                        out += sprintf(out, "%d", (int)pids[*++c - 'a']);
                else if (c[0] == '$' && c[1] == 'u')
                        out += sprintf(out, "%d", (int)geteuid()), c++;
                else
                        *out++ = *c == '\'' ? '"' : *c;
        *out = '\0';
}

static void run_line(void) {
        char text[2 * LINE_SIZE];

        make_text(text, sizeof(text));
        if (!run_daemon_line(text) && !run_end_line(text))
                run_actor_line(text);
}

static void begin(void) {
        daemon_start(&daemon_);
        ck_assert_int_eq(shmgr_ping(daemon_.manager), 0);
        ck_assert_int_eq(pipe(life), 0);
        for (int i = 0; i < N_ACTORS; i++)
                actors[i].fd = -1;
}

static void delete_all(void) {
        struct json_object *objects;

        ck_assert_int_eq(shmgr_list_objects(daemon_.manager, NULL, &objects), 0);
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                int r = shmgr_delete(daemon_.manager, json_object_get_string(json_object_object_get(
                                                              object, "name")));
                ck_assert(r == 0 || r == -ENOENT);
        }
        json_object_put(objects);
}

static void end(void) {
        strcpy(line, "the end");
        for (int i = 0; i < N_ACTORS; i++)
                actor_stop(&actors[i]);
        close(life[1]);
        settle();
        delete_all();
        await_stat("objects", 0);
        await_stat("bytes", 0);
        close(life[0]);
        daemon_stop(&daemon_);
}

void play_run(const Play *play) {
        name = play->name;
        token_base = 0;
        begin();
        for (const char *at = play->script; *at;) {
                size_t n = strcspn(at, "\n");
                ck_assert_uint_lt(n, sizeof(line));
                memcpy(line, at, n);
                line[n] = '\0';
                if (n > 0)
                        run_line();
                at += n + (at[n] == '\n');
        }
        end();
}
