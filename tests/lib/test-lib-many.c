/* Several objects in one call, through the library and with real processes: acquire_many, wait_any, and waits. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

enum { N_PROCESSES = 6, N_ROUNDS = 60, N_THINGS = 4 };

static Daemon fixture;
static shmgr_manager *m;

static void setup(void) {
        daemon_start(&fixture);
        m = fixture.manager;
}

static void teardown(void) {
        daemon_stop(&fixture);
}

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void call(const char *method, const char *params) {
        CLEANUP(json_putp) struct json_object *json = json_of(params);

        ok(shmgr_call(m, method, json, NULL));
}

static void await_stat(const char *key, int64_t n) {
        int64_t is = -1;

        for (int i = 0; i < 100000 && is != n; i++) {
                CLEANUP(json_putp) struct json_object *stats = NULL;
                ok(shmgr_call(m, "server.stats", NULL, &stats));
                is = json_object_get_int64(json_object_object_get(stats, key));
        }
        ck_assert_int_eq(is, n);
}

static void expect_exit(pid_t pid, int wanted) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == wanted,
                      "the child ended with 0x%x", (unsigned)status);
}

/* Things that a process can have exclusively, how it asks for each, and how it gives it back. */
static const struct {
        const char *open, *open_params, *object, *release, *release_params;
} things[N_THINGS] = {
        {"lock.open", "[\"o0\",true]", "\"o0\"", "lock.release", "[\"o0\"]"},
        {"rlock.open", "[\"o1\",true]", "\"o1\"", "rlock.release", "[\"o1\"]"},
        {"rwlock.open", "[\"o2\",true]", "{\"name\":\"o2\",\"mode\":\"write\"}", "rwlock.release",
         "[\"o2\"]"},
        {"semaphore.open", "{\"name\":\"o3\",\"create\":true,\"value\":3,\"owned\":true}",
         "{\"name\":\"o3\",\"n\":2}", "semaphore.release", "[\"o3\",2]"},
};

static void open_things(void) {
        for (int i = 0; i < N_THINGS; i++) {
                char value[64];
                call(things[i].open, things[i].open_params);
                snprintf(value, sizeof(value), "[\"n%d\",true]", i);
                call("value.open", value);
                snprintf(value, sizeof(value), "[\"n%d\",0]", i);
                call("value.set", value);
        }
}

/* Draws some of the things, in any order; returns them as bits. */
static unsigned choose(unsigned *seed, struct json_object *objects) {
        unsigned chosen = 0;

        do
                for (int n = 0; n < N_THINGS; n++) {
                        int i = rand_r(seed) % N_THINGS;
                        if (chosen & 1 << i)
                                continue;
                        chosen |= 1 << i;
                        json_object_array_add(objects, json_of(things[i].object));
                }
        while (!chosen);
        return chosen;
}

/* Counts in two calls, between which an update would be lost if another process had the thing, too. */
static int count(int i) {
        shmgr_value *value;
        char name[16];
        int64_t n;

        snprintf(name, sizeof(name), "n%d", i);
        int r = shmgr_value_open(m, name, 0, NULL, &value);
        if (r < 0)
                return r;
        r = shmgr_value_get_int64(value, &n);
        if (r == 0)
                r = shmgr_value_set_int64(value, n + 1);
        shmgr_value_unref(value);
        return r;
}

static int use(unsigned chosen) {
        int r = 0;

        for (int i = 0; i < N_THINGS && r == 0; i++) {
                CLEANUP(json_putp) struct json_object *params = json_of(things[i].release_params);
                if (!(chosen & 1 << i))
                        continue;
                r = count(i);
                if (r == 0)
                        r = shmgr_call(m, things[i].release, params, NULL);
        }
        return r;
}

/* Takes things many times, and writes how often it had each of them to fd. */
static void work(unsigned seed, int fd) {
        int n_uses[N_THINGS] = {0};

        for (int round = 0; round < N_ROUNDS; round++) {
                CLEANUP(json_putp) struct json_object *objects = json_object_new_array();
                unsigned chosen = choose(&seed, objects);
                int r = shmgr_acquire_many(m, objects, round % 3 ? SHMGR_FOREVER : 2, NULL);
                if (r == -ETIMEDOUT)
                        continue;
                if (r == 0)
                        r = use(chosen);
                if (r < 0)
                        _exit(-r);
                for (int i = 0; i < N_THINGS; i++)
                        n_uses[i] += !!(chosen & 1 << i);
        }
        _exit(write(fd, n_uses, sizeof(n_uses)) == sizeof(n_uses) ? 0 : 1);
}

/* In whatever order the things are named, no deadlock happens, no two processes have one thing, and all are
 * given back. */
START_TEST(test_many_processes_take_many_things) {
        int total[N_THINGS] = {0}, fds[2];
        pid_t pids[N_PROCESSES];

        open_things();
        ck_assert_int_eq(pipe(fds), 0);
        for (int i = 0; i < N_PROCESSES; i++) {
                pids[i] = fork();
                ck_assert_int_ge(pids[i], 0);
                if (pids[i] == 0)
                        work(1000 * _i + i, fds[1]);
        }
        for (int i = 0; i < N_PROCESSES; i++) {
                int n_uses[N_THINGS];
                expect_exit(pids[i], 0);
                ck_assert_int_eq(read(fds[0], n_uses, sizeof(n_uses)), sizeof(n_uses));
                for (int k = 0; k < N_THINGS; k++)
                        total[k] += n_uses[k];
        }
        for (int k = 0; k < N_THINGS; k++) {
                char params[16], text[16];
                struct json_object *value, *json;
                snprintf(params, sizeof(params), "[\"n%d\"]", k);
                snprintf(text, sizeof(text), "%d", total[k]);
                json = json_of(params);
                ok(shmgr_call(m, "value.get", json, &value));
                expect_json(value, text);
                json_object_put(json);
        }
        struct json_object *all = json_of("[\"o3\",\"o2\",\"o1\",\"o0\"]");
        ok(shmgr_acquire_many(m, all, 0, NULL));
        json_object_put(all);
}
END_TEST

START_TEST(test_all_or_none) {
        CLEANUP(json_putp) struct json_object *all = json_of("[\"o0\",\"o1\",\"o2\",\"o3\"]");
        CLEANUP(json_putp) struct json_object *grants = NULL;
        int fds[2];
        char byte;

        open_things();
        ck_assert_int_eq(pipe(fds), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                CLEANUP(json_putp) struct json_object *last = json_of("[\"o3\"]");
                for (int i = 0; i < 3; i++)
                        ok(shmgr_acquire_many(m, last, 0, NULL));
                (void)!write(fds[1], "", 1);
                for (;;)
                        pause();
        }
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        ck_assert_int_eq(shmgr_acquire_many(m, all, 0, NULL), -EAGAIN);
        ck_assert_int_eq(shmgr_acquire_many(m, all, 20, NULL), -ETIMEDOUT);
        ck_assert_int_eq(shmgr_acquire_many(m, all, -7, NULL), -EINVAL);
        call("lock.acquire", "[\"o0\",0]"); /* acquire_many took none of its objects */
        call("lock.release", "[\"o0\"]");
        kill(pid, SIGKILL);
        ok(shmgr_acquire_many(m, all, SHMGR_FOREVER, &grants));
        ck_assert_uint_eq(json_object_array_length(grants), 4);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static const char any[] =
        "[{\"event\":\"e\"},{\"queue\":\"q\"},{\"counter\":\"c\",\"op\":\">=\",\"value\":3},"
        "{\"lock\":\"l\"},{\"semaphore\":\"s\"},{\"rlock\":\"r\"},{\"rwlock\":\"w\"}]";

/* For each type, the change that makes an object ready. */
static const struct {
        const char *method, *params;
} wakers[] = {
        {"event.set", "[\"e\"]"},         {"queue.put", "[\"q\",1]"},
        {"counter.add", "[\"c\",3]"},     {"lock.release", "[\"l\"]"},
        {"semaphore.release", "[\"s\"]"}, {"rlock.release", "[\"r\"]"},
        {"rwlock.release", "[\"w\"]"},
};

static void open_all_kinds(void) {
        call("event.open", "[\"e\",true]");
        call("queue.open", "[\"q\",true]");
        call("counter.open", "[\"c\",true]");
        call("lock.open", "[\"l\",true]");
        call("semaphore.open", "{\"name\":\"s\",\"create\":true,\"value\":0}");
        call("rlock.open", "[\"r\",true]");
        call("rwlock.open", "[\"w\",true]");
        call("lock.acquire", "[\"l\"]");
        call("rlock.acquire", "[\"r\"]");
        call("rwlock.acquire_read", "[\"w\"]");
}

START_TEST(test_wait_any) {
        CLEANUP(json_putp) struct json_object *conditions = json_of(any);
        int64_t index = -1;

        open_all_kinds();
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(shmgr_wait_any(m, conditions, SHMGR_FOREVER, &index) == 0 ? (int)index : 99);
        await_stat("waits", 1);
        call(wakers[_i].method, wakers[_i].params);
        expect_exit(pid, _i);
        /* wait_any took nothing. */
        pid = fork();
        if (pid == 0)
                _exit(shmgr_wait_any(m, conditions, 0, &index) == 0 ? (int)index : 99);
        expect_exit(pid, _i);
}
END_TEST

START_TEST(test_wait_any_that_ends_otherwise) {
        CLEANUP(json_putp) struct json_object *event = json_of("[{\"event\":\"e\"}]");
        CLEANUP(json_putp) struct json_object *none = json_of("[]");

        open_all_kinds();
        ck_assert_int_eq(shmgr_wait_any(m, event, 0, NULL), -EAGAIN);
        ck_assert_int_eq(shmgr_wait_any(m, event, 10, NULL), -ETIMEDOUT);
        ck_assert_int_eq(shmgr_wait_any(m, none, 10, NULL), -EINVAL);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(shmgr_wait_any(m, event, SHMGR_FOREVER, NULL) == -EIDRM ? 0 : 1);
        await_stat("waits", 1);
        ok(shmgr_delete(m, "e"));
        expect_exit(pid, 0);
}
END_TEST

START_TEST(test_waits) {
        CLEANUP(json_putp) struct json_object *waits = NULL;
        shmgr_lock *lock;

        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        ok(shmgr_lock_acquire(lock, 0, NULL));
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL) == 0 ? 0 : 1);
        await_stat("waits", 1);
        ok(shmgr_waits(m, &waits));
        struct json_object *edge =
                json_object_array_get_idx(json_object_object_get(waits, "edges"), 0);
        ck_assert_str_eq(json_object_get_string(json_object_object_get(edge, "why")), "holds");
        ck_assert_uint_eq(json_object_array_length(json_object_object_get(waits, "sessions")), 2);
        ok(shmgr_lock_release(lock));
        expect_exit(pid, 0);
        shmgr_lock_unref(lock);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-many");
        TCase *c = tcase_create("lib-many");

        tcase_set_timeout(c, 240);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_many_processes_take_many_things, 0, 3);
        tcase_add_test(c, test_all_or_none);
        tcase_add_loop_test(c, test_wait_any, 0, ELEMENTSOF(wakers));
        tcase_add_test(c, test_wait_any_that_ends_otherwise);
        tcase_add_test(c, test_waits);
        suite_add_tcase(suite, c);
        return suite;
}
