/* server.monitor: which calls a monitor is told of, and what a monitor that does not read costs itself. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "json/json-util.h"
#include "monitor.h"
#include "tap-main.h"

typedef struct Run {
        Fixture f;
        Session *root, *owner, *alpha, *beta; /* the daemon runs as the uid of `owner` */
} Run;

static void run_init(Run *r, const Limits *limits) {
        fixture_init(&r->f, limits);
        r->f.core.uid = 500;
        r->root = fixture_session(&r->f, 1, 0, "root");
        r->owner = fixture_session(&r->f, 50, 500, "owner");
        r->alpha = fixture_session(&r->f, 100, 1000, "alpha");
        r->beta = fixture_session(&r->f, 200, 2000, "beta");
}

static void call(Session *session, const char *method, const char *params) {
        json_object_put(fixture_call(session, method, "%s", params));
}

static void watch(Session *session, const char *params) {
        call(session, "server.monitor", params);
}

/* Returns the next notification as "EVENT PID METHOD TYPE NAME ERRNO" or "lost N"; "" if none is left;
 * "reply" for other messages. */
static const char *next(Session *session) {
        static char text[512];
        CLEANUP(json_putp) struct json_object *line = fixture_receive(session);
        struct json_object *params, *value;
        const char *keys[] = {"event", "pid", "method", "type", "name", "errno"};
        size_t n = 0;

        text[0] = '\0';
        if (!line)
                return text;
        if (!json_object_object_get_ex(line, "params", &params))
                return strcpy(text, "reply");
        ck_assert_int_eq(json_object_object_length(line), 3);
        if (strcmp(json_object_get_string(json_object_object_get(line, "method")),
                   "monitor.lost") == 0) {
                value = json_object_object_get(params, "n");
                snprintf(text, sizeof(text), "lost %lld", (long long)json_object_get_int64(value));
                return text;
        }
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                bool has = json_object_object_get_ex(params, keys[i], &value);
                n += snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
                              has ? json_object_get_string(value) : "-");
        }
        return text;
}

static void drain(Session *session) {
        while (*next(session))
                ;
}

static void run_deinit(Run *r, const char *names) {
        monitor_end(r->root);
        drain(r->root);
        for (; *names; names++)
                json_object_put(fixture_call(r->root, "object.delete", "['%c']", *names));
        fixture_deinit(&r->f);
}

START_TEST(test_events) {
        Run r;

        run_init(&r, NULL);
        watch(r.root, "[]");
        call(r.alpha, "lock.open", "{'name':'l','create':true}");
        call(r.alpha, "lock.acquire", "['l']");
        ck_assert_str_eq(fixture_call_error(r.alpha, "lock.acquire", "['nix']"), "ENOENT");
        ck_assert_str_eq(fixture_call_error(r.beta, "lock.acquire", "['l']"), "EACCES");
        ck_assert_str_eq(fixture_call_error(r.alpha, "lock.acquire", "[5]"), "EINVAL");
        fixture_send(r.alpha, "{'jsonrpc':'2.0','method':'lock.release','params':['l']}");
        call(r.alpha, "server.ping", "[]");
        ck_assert_str_eq(next(r.root), "call 100 lock.open lock l -");
        ck_assert_str_eq(next(r.root), "call 100 lock.acquire lock l -");
        ck_assert_str_eq(next(r.root), "call 100 lock.acquire - nix ENOENT");
        ck_assert_str_eq(next(r.root), "call 200 lock.acquire lock l EACCES");
        ck_assert_str_eq(next(r.root), "call 100 lock.acquire - - EINVAL");
        ck_assert_str_eq(next(r.root), "call 100 lock.release lock l -");
        ck_assert_str_eq(next(r.root), "call 100 server.ping - - -");
        ck_assert_str_eq(next(r.root), "");
        /* A monitor is not told of its own calls. */
        call(r.root, "server.ping", "[]");
        ck_assert_str_eq(next(r.root), "");
        run_deinit(&r, "l");
}
END_TEST

static bool tells(Session *session, const char *text) {
        const char *line = fixture_receive_text(session);

        return line && strstr(line, text);
}

/* Keys and arguments are contents: a monitor sees them if it may read the object. */
START_TEST(test_contents) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *alpha = fixture_session(&f, 100, 1000, "alpha");
        Session *keys = fixture_session(&f, 101, 1000, "keys");
        Session *args = fixture_session(&f, 102, 2000, "args");
        Session *root = fixture_session(&f, 103, 0, "root");
        json_object_put(
                fixture_call(alpha, "dict.open", "{'name':'d','create':true,'mode':'0644'}"));
        json_object_put(fixture_call(keys, "server.monitor", "{'type':'dict'}"));
        json_object_put(fixture_call(args, "server.monitor", "{'type':'dict','args':true}"));
        json_object_put(fixture_call(alpha, "dict.set", "['d','k',[1,'x']]"));
        ck_assert(tells(keys, "\"name\":\"d\",\"key\":\"k\"}}"));
        ck_assert(tells(args, "\"key\":\"k\",\"args\":{\"key\":\"k\",\"value\":[1,\"x\"]}}}"));
        /* Arguments that are too large are left out without being read. */
        char large[4096];
        memset(large, 'x', sizeof(large));
        json_object_put(fixture_call(alpha, "dict.set", "['d','k','%.*s']", 2000, large));
        ck_assert(tells(keys, "\"key\":\"k\"}}"));
        ck_assert(tells(args, "\"args\":{\"key\":\"k\",\"value\":null},\"long\":[\"value\"]}}"));
        /* The owner of an object without read bits is told of its calls, but not of their contents. */
        json_object_put(fixture_call(alpha, "object.chmod", "['d','0200']"));
        json_object_put(fixture_call(alpha, "dict.set", "['d','secret',1]"));
        ck_assert(tells(keys, "\"name\":\"d\"}}"));
        ck_assert_ptr_null(fixture_receive_text(args));
        json_object_put(fixture_call(root, "object.delete", "['d']"));
        fixture_deinit(&f);
}
END_TEST

/* Each way in which a call waits, and stops waiting. */
START_TEST(test_waits) {
        Session *gamma;
        Run r;

        run_init(&r, NULL);
        call(r.alpha, "event.open", "{'name':'e','create':true,'mode':'0666'}");
        watch(r.root, "{'name':'e'}");
        fixture_start(r.alpha, 5, "event.wait", "['e']");
        ck_assert_str_eq(next(r.root), "wait 100 event.wait event e -");
        call(r.beta, "event.set", "['e']");
        ck_assert_str_eq(next(r.root), "call 200 event.set event e -");
        ck_assert_str_eq(next(r.root), "end 100 event.wait event e -");
        call(r.beta, "event.clear", "['e']");
        next(r.root);
        fixture_start(r.beta, 5, "event.wait", "['e', 10]");
        ck_assert_str_eq(next(r.root), "wait 200 event.wait event e -");
        fixture_advance_ms(&r.f, 12);
        const char *line = fixture_receive_text(r.root);
        ck_assert_ptr_nonnull(strstr(line, "\"event\":\"end\""));
        ck_assert_ptr_nonnull(strstr(line, "\"waited_ms\":12,\"errno\":\"ETIMEDOUT\""));
        ck_assert_ptr_nonnull(strstr(line, "\"at_ms\":1700000000012,"));
        gamma = fixture_session(&r.f, 300, 3000, "gamma");
        fixture_start(gamma, 5, "event.wait", "['e']");
        ck_assert_str_eq(next(r.root), "wait 300 event.wait event e -");
        session_end(gamma);
        ck_assert_str_eq(next(r.root), "end 300 event.wait event e ECONNRESET");
        fixture_start(r.beta, 6, "event.wait", "['e']");
        ck_assert_str_eq(next(r.root), "wait 200 event.wait event e -");
        call(r.alpha, "object.delete", "['e']");
        ck_assert_str_eq(next(r.root), "call 100 object.delete event e -");
        ck_assert_str_eq(next(r.root), "end 200 event.wait event e EIDRM");
        ck_assert_str_eq(next(r.root), "");
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_anonymous_open_is_told_with_its_name) {
        Run r;

        run_init(&r, NULL);
        watch(r.owner, "[]");
        call(r.alpha, "dict.open", "[]");
        ck_assert_str_eq(next(r.owner), "call 100 dict.open dict anonymous:1 -");
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_filters) {
        static const struct {
                const char *filter;
                /* Which of "dict.set d", "lock.acquire l" and "server.ping" are reported. */
                const char *told;
        } rows[] = {
                {"{}", "dsp"},
                {"{'type':'dict'}", "d"},
                {"{'type':'lock'}", "s"},
                {"{'type':'server'}", "p"},
                {"{'type':'dic'}", ""},
                {"{'name':'d'}", "d"},
                {"{'name':'?'}", "ds"},
                {"{'name':'[a-k]*'}", "d"},
                {"{'method':'*.acquire'}", "s"},
                {"{'method':'server.*'}", "p"},
                {"{'pid':100}", "ds"},
                {"{'pid':200}", "p"},
                {"{'pid':200,'type':'dict'}", ""},
        };
        Run r;

        run_init(&r, NULL);
        call(r.alpha, "dict.open", "{'name':'d','create':true}");
        call(r.alpha, "lock.open", "{'name':'l','create':true}");
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                watch(r.root, rows[i].filter);
                call(r.alpha, "dict.set", "['d','k',1]");
                call(r.alpha, "lock.acquire", "['l']");
                call(r.beta, "server.ping", "[]");
                for (const char *told = rows[i].told; *told; told++) {
                        const char *text = next(r.root);
                        ck_assert_msg(strstr(text, *told == 'd'   ? " dict.set "
                                                   : *told == 's' ? " lock.acquire "
                                                                  : " server.ping "),
                                      "%s: %s", rows[i].filter, text);
                }
                ck_assert_msg(!*next(r.root), "%s: there is more", rows[i].filter);
                watch(r.root, "{'off':true}");
                call(r.alpha, "lock.release", "['l']");
                ck_assert_str_eq(next(r.root), "");
        }
        run_deinit(&r, "dl");
}
END_TEST

/* The events that users see: calls on objects that beta owns, may read, may only write, or may not use. */
START_TEST(test_permission) {
        static const struct {
                const char *name;
                bool beta_sees;
        } rows[] = {{"p", false}, {"q", true}, {"r", false}, {"s", true}};
        char params[64];
        Run r;

        run_init(&r, NULL);
        call(r.alpha, "dict.open", "{'name':'p','create':true,'mode':'0600'}");
        call(r.alpha, "dict.open", "{'name':'q','create':true,'mode':'0644'}");
        call(r.alpha, "dict.open", "{'name':'r','create':true,'mode':'0602'}");
        call(r.beta, "dict.open", "{'name':'s','create':true,'mode':'0000'}");
        watch(r.beta, "[]");
        watch(r.owner, "[]");
        watch(r.root, "[]");
        ck_assert_str_eq(next(r.owner), "call 1 server.monitor - - -");
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                snprintf(params, sizeof(params), "['%s']", rows[i].name);
                fixture_call_error(r.alpha, "dict.length", "%s", params);
                ck_assert_int_eq(*next(r.beta) != '\0', rows[i].beta_sees);
                ck_assert_ptr_nonnull(strstr(next(r.owner), "dict.length"));
                ck_assert_ptr_nonnull(strstr(next(r.root), "dict.length"));
                fixture_call_error(r.alpha, "object.stat", "%s", params);
                ck_assert_int_eq(*next(r.beta) != '\0', rows[i].beta_sees);
                next(r.owner);
                next(r.root);
        }
        /* Calls without an object, and on objects that do not exist, are reported only to users who see
         * all calls. */
        call(r.alpha, "object.list", "[]");
        fixture_call_error(r.alpha, "dict.get", "['nix','k']");
        ck_assert_str_eq(next(r.beta), "");
        ck_assert_ptr_nonnull(strstr(next(r.owner), "object.list"));
        ck_assert_ptr_nonnull(strstr(next(r.owner), "ENOENT"));
        /* The mode bits at the time of the call decide. */
        call(r.alpha, "object.chmod", "['p','0644']");
        ck_assert_ptr_nonnull(strstr(next(r.beta), "object.chmod"));
        drain(r.root);
        call(r.root, "object.delete", "['p']");
        ck_assert_str_eq(next(r.beta), "call 1 object.delete dict p -");
        struct json_object *answer = fixture_call(r.alpha, "server.monitor", "[]");
        ck_assert(!json_object_get_boolean(json_object_object_get(answer, "all")));
        json_object_put(answer);
        drain(r.owner);
        answer = fixture_call(r.owner, "server.monitor", "{'off':true}");
        ck_assert(json_object_get_boolean(json_object_object_get(answer, "all")));
        json_object_put(answer);
        run_deinit(&r, "qrs");
}
END_TEST

static int64_t member(struct json_object *o, const char *key) {
        return json_object_get_int64(json_object_object_get(o, key));
}

/* Unsent output never grows beyond the bound, and each event is either sent or counted as lost. */
START_TEST(test_slow_monitor) {
        enum { BOUND = 4096, N = 1000 };
        Limits limits = limits_default;
        int64_t n_told = 0, n_lost = 0, n_seen = 0, n_said = 0;
        const char *text;
        Run r;

        limits.monitor_bytes = BOUND;
        run_init(&r, &limits);
        watch(r.root, "[]");
        for (int i = 0; i < N; i++) {
                call(r.alpha, "server.ping", "[]");
                ck_assert_uint_le(buffer_size(&r.root->output), BOUND);
        }
        ck_assert(!r.root->is_cut_off);
        while (*(text = next(r.root)))
                n_seen += strncmp(text, "call ", 5) == 0;
        ck_assert_int_gt(n_seen, 10);
        ck_assert_int_lt(n_seen, N);
        /* When there is room again the monitor is told how many events it lost, and then receives further
         * ones. */
        call(r.alpha, "server.ping", "[]");
        ck_assert_int_eq(sscanf(next(r.root), "lost %lld", (long long *)&n_said), 1);
        ck_assert_int_eq(n_said, N - n_seen);
        ck_assert_str_eq(next(r.root), "call 100 server.ping - - -");
        struct json_object *answer = fixture_call(r.root, "server.monitor", "{'off':true}");
        n_told = member(answer, "told");
        n_lost = member(answer, "lost");
        json_object_put(answer);
        ck_assert_int_eq(n_told, n_seen + 1);
        ck_assert_int_eq(n_lost, n_said);
        run_deinit(&r, "");
}
END_TEST

/* Events that the monitor has not read do not hold up its replies. */
START_TEST(test_slow_monitor_still_gets_replies) {
        Limits limits = limits_default;
        const char *text;
        Run r;

        limits.monitor_bytes = 2048;
        run_init(&r, &limits);
        watch(r.root, "[]");
        for (int i = 0; i < 100; i++)
                call(r.alpha, "server.ping", "[]");
        fixture_start(r.root, 9, "server.ping", "[]");
        while (*(text = next(r.root)) && strcmp(text, "reply") != 0)
                ;
        ck_assert_str_eq(text, "reply");
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_bounds) {
        Limits limits = limits_default;
        Session *more;
        Run r;

        limits.monitors = 3;
        limits.monitors_per_uid = 2;
        run_init(&r, &limits);
        watch(r.alpha, "[]");
        more = fixture_session(&r.f, 101, 1000, "more");
        watch(more, "[]");
        watch(more, "{'type':'dict'}");
        session_end(more);
        more = fixture_session(&r.f, 102, 1000, "more");
        watch(more, "[]");
        ck_assert_str_eq(
                fixture_call_error(fixture_session(&r.f, 103, 1000, "x"), "server.monitor", "[]"),
                "EDQUOT");
        watch(r.beta, "[]");
        ck_assert_str_eq(fixture_call_error(r.owner, "server.monitor", "[]"), "EDQUOT");
        watch(r.root, "[]");
        ck_assert_uint_eq(r.f.core.n_monitors, 4);
        watch(r.beta, "{'off':true}");
        watch(r.beta, "{'off':true}");
        watch(r.owner, "[]");
        run_deinit(&r, "");
}
END_TEST

/* The call that deletes an object is reported with that object, to users who may see it. */
START_TEST(test_object_that_ends_with_the_call) {
        Run r;

        run_init(&r, NULL);
        call(r.alpha, "pipe.open", "{'name':'p','create':true,'mode':'0664','end':'reader'}");
        call(r.alpha, "pipe.open", "['p',false,false,'0600','persistent','writer']");
        fixture_start(r.alpha, 7, "event.open", "{'name':'e','create':true,'mode':'0664'}");
        json_object_put(fixture_receive(r.alpha));
        fixture_start(r.alpha, 8, "event.wait", "['e']");
        watch(r.beta, "{'type':'pipe'}");
        watch(r.root, "[]");
        call(r.alpha, "pipe.close", "['p','reader']");
        ck_assert_str_eq(next(r.root), "call 100 pipe.close pipe p -");
        ck_assert_str_eq(next(r.beta), "call 100 pipe.close pipe p -");
        call(r.alpha, "pipe.close", "['p','writer']");
        ck_assert_str_eq(next(r.root), "call 100 pipe.close pipe p -");
        ck_assert_str_eq(next(r.beta), "call 100 pipe.close pipe p -");
        ck_assert_str_eq(fixture_call_error(r.alpha, "object.stat", "['p']"), "ENOENT");
        drain(r.root);
        /* First comes the call that deletes, then the calls that it ends. */
        fixture_start(r.alpha, 9, "object.delete", "['e']");
        ck_assert_str_eq(next(r.root), "call 100 object.delete event e -");
        ck_assert_str_eq(next(r.root), "end 100 event.wait event e EIDRM");
        fixture_expect_reply(r.alpha, 9, "null");
        fixture_expect_reply(r.alpha, 8, "!EIDRM");
        run_deinit(&r, "");
}
END_TEST

/* Within a batch one call ends an object, and the next one uses its name for another. */
START_TEST(test_object_that_ends_within_a_batch) {
        Run r;

        run_init(&r, NULL);
        call(r.alpha, "pipe.open", "{'name':'p','create':true,'end':'reader'}");
        call(r.alpha, "pipe.open", "{'name':'p','end':'writer'}");
        watch(r.root, "{'name':'p'}");
        fixture_send(r.alpha,
                     "[{'jsonrpc':'2.0','id':1,'method':'pipe.close','params':['p','reader']},"
                     "{'jsonrpc':'2.0','id':2,'method':'pipe.close','params':['p','writer']},"
                     "{'jsonrpc':'2.0','id':3,'method':'list.open','params':{'name':'p','create':"
                     "true}},{'jsonrpc':'2.0','id':4,'method':'object.delete','params':['p']}]");
        ck_assert_str_eq(fixture_receive_text(r.alpha),
                         "[{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1},"
                         "{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":2},"
                         "{\"jsonrpc\":\"2.0\",\"result\":{\"name\":\"p\",\"created\":true,"
                         "\"id\":2,\"lifetime\":\"persistent\"},\"id\":3},"
                         "{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":4}]");
        ck_assert_str_eq(next(r.root), "call 100 pipe.close pipe p -");
        ck_assert_str_eq(next(r.root), "call 100 pipe.close pipe p -");
        ck_assert_str_eq(next(r.root), "call 100 list.open list p -");
        ck_assert_str_eq(next(r.root), "call 100 object.delete list p -");
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_bad_filters) {
        char pattern[MONITOR_PATTERN_MAX + 2];
        Run r;

        run_init(&r, NULL);
        memset(pattern, 'x', sizeof(pattern) - 1);
        pattern[sizeof(pattern) - 1] = '\0';
        ck_assert_str_eq(fixture_call_error(r.root, "server.monitor", "{'name':'%s'}", pattern),
                         "EINVAL");
        ck_assert_str_eq(fixture_call_error(r.root, "server.monitor", "{'type':'a\\u0000'}"),
                         "EINVAL");
        ck_assert_str_eq(fixture_call_error(r.root, "server.monitor", "{'pid':0}"), "EINVAL");
        ck_assert_str_eq(fixture_call_error(r.root, "server.monitor", "{'nix':0}"), "EINVAL");
        ck_assert_uint_eq(r.f.core.n_monitors, 0);
        watch(r.root, "{'method':'\\\\'}");
        run_deinit(&r, "");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("monitor");
        TCase *tc = tcase_create("monitor");

        tcase_add_test(tc, test_events);
        tcase_add_test(tc, test_contents);
        tcase_add_test(tc, test_waits);
        tcase_add_test(tc, test_anonymous_open_is_told_with_its_name);
        tcase_add_test(tc, test_filters);
        tcase_add_test(tc, test_permission);
        tcase_add_test(tc, test_slow_monitor);
        tcase_add_test(tc, test_slow_monitor_still_gets_replies);
        tcase_add_test(tc, test_bounds);
        tcase_add_test(tc, test_object_that_ends_with_the_call);
        tcase_add_test(tc, test_object_that_ends_within_a_batch);
        tcase_add_test(tc, test_bad_filters);
        suite_add_tcase(suite, tc);
        return suite;
}
