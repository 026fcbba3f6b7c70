/* Each allocation of saving and of loading fails once, in turn: the function returns -ENOMEM, nothing is written, nothing
 * leaks, and the core that was to be saved continues.
 *
 * Under a sanitizer or valgrind this program has no test cases: see failing-malloc.h. */
#include <errno.h>
#include <string.h>

#include "core/core-fixture.h"
#include "failing-malloc.h"
#include "tap-main.h"

static const struct {
        char session;
        const char *method, *params;
} calls[] = {
        {'a', "lock.open", "{'name':'l','create':true}"},
        {'a', "queue.open", "{'name':'q','create':true,'order':'priority'}"},
        {'a', "dict.open", "{'name':'d','create':true,'value':{'x':{'$object':'l'},'y':[1,2.5]}}"},
        {'a', "set.open", "{'name':'s','create':true,'value':[1,'two',[3]]}"},
        {'a', "list.open", "{'name':'li','create':true,'value':[1,'two',[3]]}"},
        {'a', "array.open", "{'name':'ar','create':true,'value':[1,2,3]}"},
        {'a', "condition.open", "{'name':'c','create':true,'lock':'l'}"},
        {'a', "barrier.open", "{'name':'b','create':true,'parties':3}"},
        {'a', "semaphore.open", "{'name':'se','create':true,'owned':true}"},
        {'a', "pipe.open", "{'name':'p','create':true,'end':'reader'}"},
        {'a', "queue.put_many", "['q',[3,1,2]]"},
        {'b', "queue.reserve", "['q']"},
        {'a', "lock.acquire", "['l']"},
        {'a', "condition.wait", "['c']"},
        {'b', "lock.acquire", "['l']"},
        {'b', "barrier.wait", "['b',5000]"},
        {'a', "lock.acquire_many", "{'objects':['l','se']}"},
        {'a', "object.wait_any", "{'conditions':[{'lock':'l'},{'semaphore':'se'}]}"},
        {'b', "session.hello", "{'client':'x','note':'busy'}"},
        {'b', "server.monitor", "{'name':'*'}"},
};

static Session *begin(Fixture *f, Session **ret_b) {
        fixture_init(f, NULL);
        Session *a = fixture_session(f, 100, 1000, "alpha");
        *ret_b = fixture_session(f, 200, 1000, "beta");
        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                fixture_start(calls[i].session == 'a' ? a : *ret_b, 10 + (int64_t)i,
                              calls[i].method, calls[i].params);
        return a;
}

START_TEST(each_allocation_of_saving_fails_once) {
        Fixture f;
        Session *b;
        Buffer sound = {0};
        int r;
        long n = 0;

        begin(&f, &b);
        ck_assert_int_eq(core_save(&f.core, &sound), 0);
        do {
                Buffer text = {0};
                failing_malloc_set(++n);
                r = core_save(&f.core, &text);
                failing_malloc_set(0);
                ck_assert(r == 0 || r == -ENOMEM);
                ck_assert_uint_eq(buffer_size(&text), r == 0 ? buffer_size(&sound) : 0);
                buffer_deinit(&text);
        } while (r < 0);
        ck_assert_int_gt(n, 2);
        fixture_expect(fixture_session(&f, 300, 0, "gamma"), "server.ping", "[]", "'pong'");
        buffer_deinit(&sound);
        fixture_deinit(&f);
}
END_TEST

START_TEST(each_allocation_of_loading_fails_once) {
        Fixture f;
        Session *b;
        Buffer sound = {0};
        char fault[CORE_FAULT_MAX];
        int r;
        long n = 0;

        begin(&f, &b);
        ck_assert_int_eq(core_save(&f.core, &sound), 0);
        long n_before = failing_malloc_count();
        do {
                Core core;
                ck_assert_int_eq(core_init(&core, NULL), 0);
                core.source = &f.source;
                failing_malloc_set(++n);
                r = core_load(&core, buffer_bytes(&sound), buffer_size(&sound), fault);
                failing_malloc_set(0);
                ck_assert_msg(r == 0 || r == -ENOMEM, "allocation %ld: %d: %s", n, r, fault);
                ck_assert(r == 0 || strstr(fault, "memory"));
                core_leave_descriptors(&core);
                if (r == 0)
                        core_end_load(&core);
                core_deinit(&core);
        } while (r < 0);
        ck_assert_int_gt(n, 100);
        ck_assert_int_eq(failing_malloc_count(), n_before);
        fixture_expect(fixture_session(&f, 300, 0, "gamma"), "server.ping", "[]", "'pong'");
        buffer_deinit(&sound);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("snapshot, out of memory");

        if (!failing_malloc_works())
                return suite;
        TCase *c = tcase_create("snapshot, out of memory");
        tcase_set_timeout(c, 60);
        tcase_add_test(c, each_allocation_of_saving_fails_once);
        tcase_add_test(c, each_allocation_of_loading_fails_once);
        suite_add_tcase(suite, c);
        return suite;
}
