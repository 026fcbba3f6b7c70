/* Each allocation of a call fails once, in turn: either the call returns an error and has changed
 * nothing, or it is carried out as a whole. Accounts and memory return to their state before.
 *
 * Under a sanitizer or valgrind this program has no test cases: see failing-malloc.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "call/rpc.h"
#include "core/core-fixture.h"
#include "failing-malloc.h"
#include "tap-main.h"

/* Both methods are written without the type; `look` returns the whole contents of the object. */
static const struct {
        const char *open, *options, *prepare, *prepare_params, *method, *params, *look;
} cases[] = {
        {"queue", "", "queue.size", "['o']", "queue.put", "['o',{'a':[1,'x',null]}]",
         "queue.get_many"},
        {"queue", ",'order':'priority'", "queue.put_many", "['o',[1,2,3]]", "queue.put_many",
         "['o',[5,0.5,4]]", "queue.get_many"},
        {"queue", "", "queue.put_many", "['o',[1,2]]", "queue.put_many", "['o',[5,'x',4]]",
         "queue.get_many"},
        {"queue", "", "queue.put", "['o',{'a':1}]", "queue.get", "['o']", "queue.get_many"},
        {"queue", "", "queue.put_many", "['o',[1,2,3,4,5]]", "queue.get_many", "['o',4]",
         "queue.get_many"},
        {"queue", "", "queue.put_many", "['o',[1,null]]", "queue.reserve", "['o']",
         "queue.get_many"},
        {"set", ",'value':[1,2]", "set.length", "['o']", "set.add", "['o',{'b':[1],'a':2}]",
         "set.copy"},
        {"set", ",'value':[1,2]", "set.length", "['o']", "set.update", "['o',[2,3,{'x':1},'y']]",
         "set.copy"},
        {"set", ",'value':[1,2]", "set.length", "['o']", "set.symmetric_difference_update",
         "['o',[2,3,4,5,6,7,8,9,10,11,12]]", "set.copy"},
        {"set", ",'value':[1,2]", "set.length", "['o']", "set.union", "['o',[2,'z']]", "set.copy"},
        {"set", ",'value':[[1],2]", "set.length", "['o']", "set.pop", "['o']", "set.copy"},
        {"set", ",'value':[[1],2]", "set.length", "['o']", "set.discard", "['o',[1]]", "set.copy"},
        {"set", ",'value':[[1],2]", "set.length", "['o']", "set.scan", "['o']", "set.copy"},
        {"namespace", ",'value':{'x':1}", "namespace.items", "['o']", "namespace.set",
         "['o','y',[2]]", "namespace.items"},
        {"namespace", ",'value':{'x':1}", "namespace.items", "['o']", "namespace.set",
         "['o','x','z']", "namespace.items"},
        {"namespace", ",'value':{'x':1}", "namespace.items", "['o']", "namespace.delete",
         "['o','x']", "namespace.items"},
        {"value", ",'value':[1]", "value.get", "['o']", "value.set", "['o',{'a':2}]", "value.get"},
        {"value", ",'value':[1]", "value.get", "['o']", "value.exchange", "['o',7]", "value.get"},
        {"value", ",'type':'double'", "value.get", "['o']", "value.add", "['o',2]", "value.get"},
        {"value", ",'value':1", "value.get", "['o']", "value.cas", "['o',1,[2]]", "value.get"},
        {"array", ",'value':[1,2,3]", "array.length", "['o']", "array.set_slice",
         "['o',null,null,-1,[7,8,9]]", "array.slice"},
        {"array", ",'value':[1,2,3]", "array.length", "['o']", "array.add", "['o',1,5]",
         "array.slice"},
        {"array", ",'value':[1,2,3]", "array.length", "['o']", "array.slice", "['o']",
         "array.slice"},
        {"array", ",'length':2", "array.length", "['o']", "set.open",
         "{'name':'p','create':true,'value':[1,{'x':2},3]}", "array.slice"},
        {"array", ",'length':2", "array.length", "['o']", "namespace.open",
         "{'name':'p','create':true,'value':{'a':1,'b':[2]}}", "array.slice"},
        {"array", ",'length':2", "array.length", "['o']", "array.open",
         "{'name':'p','create':true,'value':[1,2]}", "array.slice"},
        {"array", ",'length':2", "array.length", "['o']", "pipe.open",
         "{'name':'p','create':true,'end':'reader'}", "array.slice"},
        {"pipe", ",'end':'reader'", "server.ping", "[]", "pipe.open", "{'name':'o','end':'writer'}",
         "object.stat"},
        {"pipe", ",'end':'reader'", "pipe.close", "['o','reader']", "pipe.open",
         "{'name':'o','create':true,'end':'writer'}", "object.stat"},
        {"array", ",'length':2", "array.length", "['o']", "queue.open",
         "{'name':'p','create':true,'maxsize':7}", "array.slice"},
};

/* Reads the contents of the object as text; for a queue this takes all items out. */
static void look(Session *session, const char *method, char *text, size_t size) {
        bool is_queue = strcmp(method, "queue.get_many") == 0;
        struct json_object *what = NULL;

        if (!is_queue || strcmp(fixture_call_error(session, "queue.peek", "['o']"), "") == 0)
                what = fixture_call(session, method, is_queue ? "['o',100,0]" : "['o']");
        snprintf(text, size, "%s", json_object_to_json_string_ext(what, JSON_C_TO_STRING_PLAIN));
        json_object_put(what);
}

typedef struct Result {
        bool has_failed; /* the allocation has failed */
        bool is_refused, is_cut_off;
        char left[1024];
} Result;

/* Carries one case out, with the n-th allocation of the call under test failing; 0: none. */
static Result run(int i, long n) {
        Result result = {0};
        char method[64];
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        Session *b = fixture_session(&f, 200, 1000, "beta");
        snprintf(method, sizeof(method), "%s.open", cases[i].open);
        json_object_put(fixture_call(b, method, "{'name':'o','create':true%s}", cases[i].options));
        json_object_put(fixture_call(b, cases[i].prepare, "%s", cases[i].prepare_params));

        char line[512];
        snprintf(line, sizeof(line), "{'jsonrpc':'2.0','id':1,'method':'%s','params':%s}",
                 cases[i].method, cases[i].params);
        for (char *at = line; *at; at++)
                *at = *at == '\'' ? '"' : *at;
        failing_malloc_set(n);
        rpc_input(a, line, strlen(line));
        result.has_failed = n > 0 && failing_malloc_left() == 0;
        failing_malloc_set(0);
        result.is_cut_off = a->is_cut_off;
        const char *text = fixture_receive_text(a);
        result.is_refused = text && strstr(text, "\"error\"");
        ck_assert(text || result.is_cut_off);

        look(b, cases[i].look, result.left, sizeof(result.left));
        session_end(a);
        while (table_size(&f.core.objects) > 0)
                json_object_put(fixture_call(b, "object.delete", "['%s']",
                                             table_size(&f.core.objects) > 1 ? "p" : "o"));
        fixture_expect_clean(&f);
        fixture_deinit(&f);
        return result;
}

START_TEST(test_each_allocation_fails_once) {
        long n_before, n = 0;
        Result before, after, now;

        (void)run(_i, 0);
        n_before = failing_malloc_count();
        after = run(_i, 0);
        ck_assert(!after.is_refused);
        /* The very first allocation is that of the call itself. */
        before = run(_i, 1);
        ck_assert(before.is_refused || before.is_cut_off);
        do {
                now = run(_i, ++n);
                if (!now.has_failed)
                        break;
                bool is_before = strcmp(now.left, before.left) == 0;
                bool is_after = strcmp(now.left, after.left) == 0;
                if (now.is_cut_off)
                        ck_assert_msg(is_before || is_after, "failure %ld left %s", n, now.left);
                else
                        ck_assert_msg(now.is_refused ? is_before : is_after,
                                      "failure %ld: %s, and it left %s", n,
                                      now.is_refused ? "refused" : "done", now.left);
        } while (n < 10000);
        ck_assert(!now.has_failed);
        /* A call with short values allocates only the call and its reply. */
        ck_assert_int_gt(n, 1);
        ck_assert_int_eq(failing_malloc_count(), n_before);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("types, out of memory");

        if (!failing_malloc_works())
                return suite;
        TCase *c = tcase_create("types, out of memory");
        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, test_each_allocation_fails_once, 0, ELEMENTSOF(cases));
        suite_add_tcase(suite, c);
        return suite;
}
