/* Runs tests that are scripts: see scenario.h. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/reload.h"
#include "core/scenario.h"
#include "object.h"
#include "registry.h"
#include "wait/serve.h"

enum { N_ORDINARY = 8, N_SESSIONS = N_ORDINARY + 2, LINE_SIZE = 4096 };

typedef struct Run {
        Fixture f;
        Session *sessions[N_SESSIONS];
        const char *name;
        char line[LINE_SIZE];
} Run;

static void give_up(const Run *run, const char *what, const char *got) {
        ck_abort_msg("%s: %s: %s %s", run->name, run->line, what, got ? got : "");
}

static Session **find_session(Run *run, char who) {
        int i = who == 'x' ? N_ORDINARY : who == 'r' ? N_ORDINARY + 1 : who - 'a';

        if (i < 0 || i >= N_SESSIONS || !run->sessions[i])
                give_up(run, "there is no such session", NULL);
        return &run->sessions[i];
}

static void begin(Run *run) {
        static const char *const names[] = {"alpha",   "beta", "gamma", "delta",
                                            "epsilon", "zeta", "eta",   "theta"};

        fixture_init(&run->f, NULL);
        for (int i = 0; i < N_ORDINARY; i++)
                run->sessions[i] = fixture_session(&run->f, 100 * (i + 1), 1000, names[i]);
        run->sessions[N_ORDINARY] = fixture_session(&run->f, 900, 2000, "stranger");
        run->sessions[N_ORDINARY + 1] = fixture_session(&run->f, 1, 0, "root");
}

static void end(Run *run) {
        for (int i = 0; i < N_SESSIONS; i++)
                session_end(run->sessions[i]);
        for (TableEntry *entry; (entry = table_first(&run->f.core.objects));)
                object_doom(entry->value);
        core_settle(&run->f.core);
        fixture_expect_clean(&run->f);
        fixture_deinit(&run->f);
}

static void make_quotes(char *text) {
        for (; *text; text++)
                if (*text == '\'')
                        *text = '"';
}

/* Returns whether a reply is what the script expects. */
static bool is_expected(const char *reply, const char *expected) {
        const char *result = strstr(reply, "\"result\":");

        if (expected[0] == '!') {
                char wanted[LINE_SIZE];
                const char *more = strchr(expected, '~');
                int n = more ? (int)(more - expected) - 1 : (int)strlen(expected) - 1;
                snprintf(wanted, sizeof(wanted), "\"errno\":\"%.*s\"", n, expected + 1);
                return !result && strstr(reply, wanted) && (!more || strstr(reply, more + 1));
        }
        if (!result || strstr(reply, "\"error\":"))
                return false;
        if (strcmp(expected, "*") == 0)
                return true;
        if (expected[0] == '~')
                return strstr(result, expected + 1) != NULL;
        result += strlen("\"result\":");
        return strncmp(result, expected, strlen(expected)) == 0 &&
               strncmp(result + strlen(expected), ",\"id\":", 6) == 0;
}

static void expect_reply(Run *run, Session *session, long id, const char *expected) {
        char wanted[64];
        const char *reply = fixture_receive_text(session);

        if (!reply)
                give_up(run, "silence", NULL);
        snprintf(wanted, sizeof(wanted), ",\"id\":%ld}", id);
        size_t n = strlen(reply), n_wanted = strlen(wanted);
        if (n < n_wanted || strcmp(reply + n - n_wanted, wanted) != 0)
                give_up(run, "another call was answered:", reply);
        if (!is_expected(reply, expected))
                give_up(run, "not", reply);
        reply = fixture_receive_text(session);
        if (reply)
                give_up(run, "more was answered:", reply);
}

static void expect_silence(Run *run, Session *session) {
        const char *reply = fixture_receive_text(session);

        if (reply)
                give_up(run, "not silence:", reply);
}

/* Writes a request from "lock.acquire ['l']", or from a method alone. */
static void write_request(char *out, size_t size, long id, const char *call, int n) {
        const char *space = memchr(call, ' ', n);
        int n_method = space ? (int)(space - call) : n;

        if (space)
                snprintf(out, size,
                         "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%.*s\",\"params\":%.*s}", id,
                         n_method, call, n - n_method - 1, space + 1);
        else
                snprintf(out, size, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%.*s\"}", id, n,
                         call);
}

static void run_call(Run *run, Session *session, long id, bool has_id, char *call) {
        char request[LINE_SIZE + 128];
        char *arrow = strstr(call, " -> ");
        int n = arrow ? (int)(arrow - call) : (int)strlen(call);

        write_request(request, sizeof(request), id, call, n);
        fixture_send_bytes(session, request, strlen(request));
        if (arrow)
                expect_reply(run, session, id, arrow + 4);
        else if (has_id)
                expect_silence(run, session);
        else
                give_up(run, "neither an id nor an answer is given", NULL);
}

static void run_batch(Run *run, Session *session, char *calls) {
        char batch[2 * LINE_SIZE] = "[", request[LINE_SIZE];
        char *save = NULL, *end_of_batch = strrchr(calls, ']');
        long id = 1000;

        if (!end_of_batch)
                give_up(run, "the batch has no end", NULL);
        *end_of_batch = 0;
        for (char *call = strtok_r(calls, "|", &save); call; call = strtok_r(NULL, "|", &save)) {
                while (isspace((unsigned char)*call))
                        call++;
                int n = (int)strlen(call);
                while (n > 0 && isspace((unsigned char)call[n - 1]))
                        n--;
                write_request(request, sizeof(request), id++, call, n);
                strcat(batch, request);
                strcat(batch, ",");
        }
        batch[strlen(batch) - 1] = ']';
        fixture_send_bytes(session, batch, strlen(batch));
        if (!fixture_receive_text(session))
                give_up(run, "the batch was not answered", NULL);
}

static void run_session_line(Run *run, char *line) {
        Session *session = *find_session(run, line[0]);
        bool has_id = line[1] == '#';
        char *rest = line + 1;
        long id = has_id ? strtol(line + 2, &rest, 10) : 1;

        if (strncmp(rest, ": ", 2) == 0)
                run_call(run, session, id, has_id, rest + 2);
        else if (strncmp(rest, " = ", 3) == 0)
                expect_reply(run, session, id, rest + 3);
        else if (strcmp(rest, "?") == 0)
                expect_silence(run, session);
        else if (strncmp(rest, "[ ", 2) == 0)
                run_batch(run, session, rest + 2);
        else
                give_up(run, "this is no line of a script", NULL);
}

static void run_line(Run *run) {
        char line[LINE_SIZE];

        memcpy(line, run->line, sizeof(line));
        make_quotes(line);
        if (strncmp(line, "advance ", 8) == 0)
                fixture_advance_ms(&run->f, strtol(line + 8, NULL, 10));
        else if (strncmp(line, "kill ", 5) == 0) {
                Session **session = find_session(run, line[5]);
                *session = session_end(*session);
        } else if (strncmp(line, "halfclose ", 10) == 0) {
                session_end_waits(*find_session(run, line[10]), WAIT_END_CANCELLED);
                core_settle(&run->f.core);
        } else if (strncmp(line, "cancel ", 7) == 0)
                fixture_send(*find_session(run, line[7]),
                             "{'jsonrpc':'2.0','method':'session.cancel','params':[%s]}", line + 9);
        else if (strcmp(line, "shutdown") == 0)
                core_shutdown(&run->f.core);
        else
                run_session_line(run, line);
}

static void run_script(const Scenario *scenario, bool reloads) {
        Run run = {.name = scenario->name};
        const char *at = scenario->script;

        begin(&run);
        while (*at) {
                size_t n = strcspn(at, "\n");
                ck_assert_uint_lt(n, sizeof(run.line));
                memcpy(run.line, at, n);
                run.line[n] = 0;
                if (n > 0)
                        run_line(&run);
                if (reloads)
                        core_reload(&run.f.core, run.sessions, N_SESSIONS);
                at += n + (at[n] == '\n');
        }
        end(&run);
}

void scenario_run(const Scenario *scenario) {
        run_script(scenario, false);
        run_script(scenario, true);
}

static const Scenario *all;

START_TEST(test_scenario) {
        scenario_run(&all[_i]);
}
END_TEST

Suite *scenario_suite(const char *name, const Scenario *scenarios, size_t n) {
        Suite *suite = suite_create(name);
        TCase *c = tcase_create(name);

        all = scenarios;
        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, test_scenario, 0, (int)n);
        suite_add_tcase(suite, c);
        return suite;
}
