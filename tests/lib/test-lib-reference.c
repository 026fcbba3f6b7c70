/* References through the library: objects within objects are returned as proxies, and live exactly as long as
 * something refers to them. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "lib/daemon-fixture.h"
#include "sanitized.h"
#include "tap-main.h"

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

static int64_t daemon_stat(const char *key) {
        CLEANUP(json_putp) struct json_object *stats = NULL;

        ok(shmgr_call(m, "server.stats", NULL, &stats));
        return json_object_get_int64(json_object_object_get(stats, key));
}

/* Waits for an effect that is not complete when its call returns. */
static void await_stat(const char *key, int64_t n) {
        int64_t is = -1;

        for (int i = 0; i < 100000 && is != n; i++)
                is = daemon_stat(key);
        ck_assert_int_eq(is, n);
}

static void await_objects(int64_t n) {
        await_stat("objects", n);
}

/* Returns the memory of the daemon's process, in bytes. */
static int64_t daemon_memory(void) {
        char path[64];
        long total, resident;

        snprintf(path, sizeof(path), "/proc/%d/statm", (int)fixture.pid);
        FILE *file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%ld %ld", &total, &resident), 2);
        fclose(file);
        return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static shmgr_list *open_list(const char *name) {
        shmgr_list *list;

        ok(shmgr_list_open(m, name, name ? SHMGR_CREATE : 0, NULL, &list));
        return list;
}

/* Makes an array of 800 KB and more. */
static struct json_object *make_large_array(void) {
        struct json_object *array = json_object_new_array();

        for (int i = 0; i < 50000; i++)
                json_object_array_add(array, json_object_new_int64(INT64_C(1000000000000000) + i));
        return array;
}

static void append_list(shmgr_list *outer, shmgr_list *inner) {
        CLEANUP(json_putp) struct json_object *reference = shmgr_list_reference(inner);

        ok(shmgr_list_append(outer, reference));
}

static shmgr_list *pop_list(shmgr_list *outer) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        shmgr_list *list;

        ok(shmgr_list_pop(outer, -1, &value));
        ok(shmgr_list_open_reference(m, value, &list));
        return list;
}

enum { VALUES, LISTS_THAT_ARE_DROPPED, LISTS_THAT_COME_BACK, N_NESTINGS };

static void nest_and_pop(shmgr_list *outer, struct json_object *large, int nesting) {
        CLEANUP(shmgr_list_unrefp) shmgr_list *inner = NULL, *again = NULL;

        if (nesting == VALUES) {
                ok(shmgr_list_append(outer, large));
                ok(shmgr_list_pop(outer, -1, NULL));
                return;
        }
        inner = open_list(NULL);
        ok(shmgr_list_extend(inner, large));
        append_list(outer, inner);
        inner = shmgr_list_unref(inner);
        if (nesting == LISTS_THAT_ARE_DROPPED)
                ok(shmgr_list_pop(outer, -1, NULL));
        else
                again = pop_list(outer);
}

/* Sixty times 800 KB into a list and out of it: the daemon's memory returns to its size. */
START_TEST(test_nested_lists_leak_nothing) {
        CLEANUP(json_putp) struct json_object *large = make_large_array();
        shmgr_list *outer = open_list("outer");
        int64_t bytes = daemon_stat("bytes");

        ck_assert_int_gt(strlen(json_object_to_json_string(large)), 800000);
        for (int i = 0; i < 5; i++)
                nest_and_pop(outer, large, _i);
        await_objects(1);
        /* The daemon frees large values in later turns. */
        await_stat("bytes", bytes);
        int64_t memory = daemon_memory();
        for (int i = 0; i < 60; i++)
                nest_and_pop(outer, large, _i);
        await_objects(1);
        await_stat("bytes", bytes);
        /* The daemon keeps up to 8 MiB of buffers. The address sanitizer delays freeing, and the thread sanitizer uses
         * several bytes for each byte. */
        if (!IS_ADDRESS_SANITIZED && !IS_THREAD_SANITIZED)
                ck_assert_int_lt(daemon_memory() - memory, 16 << 20);
        shmgr_list_unref(outer);
}
END_TEST

START_TEST(test_reference_comes_back_as_the_proxy_of_its_object) {
        shmgr_list *outer = open_list("outer"), *inner = open_list(NULL);
        int64_t n;

        ok(shmgr_list_append_int64(inner, 5));
        append_list(outer, inner);
        shmgr_list_unref(inner);
        inner = pop_list(outer);
        ok(shmgr_list_length(inner, &n));
        ck_assert_int_eq(n, 1);
        ok(shmgr_list_append_int64(inner, 6));
        shmgr_list_unref(inner);
        shmgr_list_unref(outer);
        await_objects(1);
}
END_TEST

/* An object within an object is shared, whereas a value within a value is a copy. */
START_TEST(test_object_in_an_object_is_shared) {
        shmgr_list *outer = open_list("outer"), *inner = open_list(NULL), *again;
        struct json_object *value;

        append_list(outer, inner);
        ok(shmgr_list_get(outer, 0, &value));
        ok(shmgr_list_open_reference(m, value, &again));
        ok(shmgr_list_append_int64(again, 1));
        json_object_put(value);
        ok(shmgr_list_copy(inner, &value));
        expect_json(value, "[1]");
        shmgr_list_unref(again);
        shmgr_list_unref(inner);
        shmgr_list_unref(outer);
}
END_TEST

/* The value that was read is a copy: the object changes only when the copy is stored again. */
START_TEST(test_value_in_an_object_is_a_copy) {
        struct json_object *value = json_of("[{\"n\":1}]"), *again;
        shmgr_list *list = open_list("l");
        int64_t sum;

        ok(shmgr_list_extend(list, value));
        json_object_object_add(json_object_array_get_idx(value, 0), "n", json_object_new_int(2));
        ok(shmgr_list_copy(list, &again));
        expect_json(again, "[{\"n\":1}]");
        ok(shmgr_list_set(list, 0, json_object_array_get_idx(value, 0)));
        ok(shmgr_list_copy(list, &again));
        expect_json(again, "[{\"n\":2}]");
        ok(shmgr_list_set_int64(list, 0, 2));
        ok(shmgr_list_add(list, 0, 40, &sum));
        ck_assert_int_eq(sum, 42);
        json_object_put(value);
        shmgr_list_unref(list);
}
END_TEST

START_TEST(test_references_that_lead_nowhere) {
        CLEANUP(json_putp) struct json_object *none = json_of("{\"$object\":\"none\",\"x\":1}");
        CLEANUP(json_putp) struct json_object *nowhere = shmgr_reference_new("nowhere");
        CLEANUP(json_putp) struct json_object *list_value = NULL;
        shmgr_list *list = open_list("l"), *ret = NULL;
        shmgr_dict *dict = NULL;

        ck_assert_int_eq(shmgr_list_open_reference(m, none, &ret), -EINVAL);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), "refers to no object"));
        ck_assert_int_eq(shmgr_list_open_reference(m, NULL, &ret), -EINVAL);
        ck_assert_int_eq(shmgr_list_open_reference(m, nowhere, &ret), -ENOENT);
        ck_assert_int_eq(shmgr_list_append(list, nowhere), -ENOENT);
        list_value = shmgr_list_reference(list);
        ck_assert_int_eq(shmgr_dict_open_reference(m, list_value, &dict), -EPROTOTYPE);
        ck_assert_ptr_null(ret);
        ck_assert_ptr_null(dict);
        shmgr_list_unref(list);
}
END_TEST

static void *unref(void *proxy) {
        return shmgr_list_unref(proxy);
}

/* Another thread drops a proxy, so the next call of this thread closes an object before the open. */
START_TEST(test_popped_object_outlives_what_the_library_says_by_itself) {
        shmgr_list *outer = open_list("outer"), *inner = open_list(NULL), *other = open_list(NULL);
        struct json_object *value;
        pthread_t thread;

        ok(shmgr_list_append_int64(other, 1));
        append_list(outer, inner);
        shmgr_list_unref(inner);
        ok(shmgr_list_pop(outer, -1, &value));
        ck_assert_int_eq(pthread_create(&thread, NULL, unref, other), 0);
        pthread_join(thread, NULL);
        ok(shmgr_list_open_reference(m, value, &inner));
        json_object_put(value);
        shmgr_list_unref(inner);
        shmgr_list_unref(outer);
        await_objects(1);
}
END_TEST

/* Forks a child that runs the function, reports that it is done, and waits to be killed. */
static pid_t start_child(void (*run)(shmgr_list *list), shmgr_list *list) {
        int fds[2];
        char byte;

        ck_assert_int_eq(pipe(fds), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                run(list);
                if (write(fds[1], "", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        close(fds[1]);
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        close(fds[0]);
        return pid;
}

static void kill_child(pid_t pid) {
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void make_many(shmgr_list *list) {
        shmgr_list *own = open_list(NULL);

        for (int i = 0; i < 50; i++) {
                shmgr_list *inner = open_list(NULL);
                append_list(own, inner);
                append_list(inner, own);
                if (i % 10 == 0)
                        append_list(list, inner);
                shmgr_list_unref(inner);
        }
}

/* Fifty-one objects refer to each other, and five are open: all live as long as one of them is reachable. */
START_TEST(test_killed_process_leaves_nothing_that_nobody_can_reach) {
        shmgr_list *list = open_list("l");

        pid_t pid = start_child(make_many, list);
        ck_assert_int_eq(daemon_stat("objects"), 52);
        kill_child(pid);
        await_objects(52);
        for (int i = 0; i < 4; i++) {
                ok(shmgr_list_pop(list, 0, NULL));
                await_objects(52);
        }
        ok(shmgr_list_pop(list, 0, NULL));
        await_objects(1);
        shmgr_list_unref(list);
}
END_TEST

static void make_cycle(shmgr_list *none) {
        shmgr_list *first = open_list(NULL), *list = first;

        for (int i = 0; i < 30; i++) {
                shmgr_list *next = open_list(NULL);
                append_list(list, next);
                list = next;
        }
        append_list(list, first);
        append_list(list, list);
}

START_TEST(test_cycle_goes_with_the_process_that_made_it) {
        pid_t pid = start_child(make_cycle, NULL);

        ck_assert_int_eq(daemon_stat("objects"), 31);
        kill_child(pid);
        await_objects(0);
        ck_assert_int_eq(daemon_stat("bytes"), 0);
}
END_TEST

static void put_an_object(shmgr_list *none) {
        shmgr_list *inner = open_list(NULL);
        struct json_object *reference = shmgr_list_reference(inner);
        shmgr_queue *queue;

        ok(shmgr_list_append_string(inner, "from a process that is dead"));
        ok(shmgr_queue_open(m, "q", SHMGR_CREATE, NULL, &queue));
        ok(shmgr_queue_put(queue, reference, 0));
        json_object_put(reference);
}

/* The object travels through a queue, and outlives its sender. */
START_TEST(test_object_in_a_queue_outlives_its_sender) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        shmgr_queue *queue;
        shmgr_list *list;
        char *text;

        kill_child(start_child(put_an_object, NULL));
        ok(shmgr_queue_open(m, "q", 0, NULL, &queue));
        await_stat("sessions", 1);
        ok(shmgr_queue_get(queue, 0, &value));
        ok(shmgr_list_open_reference(m, value, &list));
        ok(shmgr_list_get_string(list, 0, &text));
        ck_assert_str_eq(text, "from a process that is dead");
        free(text);
        shmgr_list_unref(list);
        shmgr_queue_unref(queue);
        await_objects(1);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-reference");
        TCase *c = tcase_create("lib-reference");

        tcase_set_timeout(c, 120);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_nested_lists_leak_nothing, 0, N_NESTINGS);
        tcase_add_test(c, test_reference_comes_back_as_the_proxy_of_its_object);
        tcase_add_test(c, test_object_in_an_object_is_shared);
        tcase_add_test(c, test_value_in_an_object_is_a_copy);
        tcase_add_test(c, test_references_that_lead_nowhere);
        tcase_add_test(c, test_popped_object_outlives_what_the_library_says_by_itself);
        tcase_add_test(c, test_killed_process_leaves_nothing_that_nobody_can_reach);
        tcase_add_test(c, test_cycle_goes_with_the_process_that_made_it);
        tcase_add_test(c, test_object_in_a_queue_outlives_its_sender);
        suite_add_tcase(suite, c);
        return suite;
}
