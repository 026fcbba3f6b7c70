/* Every kind of wait, and every way in which it ends: the reply, and that nothing is taken unless the
 * wait was served. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "call/call.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "tap-main.h"

/* Session b waits as call 5, with 100 ms; session a is in its way. `serve` lets b continue. `free` shows,
 * after a has released the object and b was not served, that no session has it. */
static const struct {
        const char *name, *setup, *call, *serve, *reply, *free;
} waits[] = {
        {"lock.acquire",
         "a: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n",
         "lock.acquire ['o',100]", "a: lock.release ['o'] -> null\n", "{'token':2}",
         "c: lock.locked ['o'] -> false\n"},
        {"rlock.acquire",
         "a: rlock.open {'name':'o','create':true} -> *\n"
         "a: rlock.acquire ['o'] -> *\n",
         "rlock.acquire ['o',100]", "a: rlock.release ['o'] -> null\n", "{'token':2}",
         "c: rlock.locked ['o'] -> false\n"},
        {"rwlock.acquire_read",
         "a: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_write ['o'] -> *\n",
         "rwlock.acquire_read ['o',100]", "a: rwlock.release ['o'] -> null\n", "{'token':2}",
         "c: rwlock.locked ['o'] -> false\n"},
        {"rwlock.acquire_read behind a writer",
         "a: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n"
         "d#5: rwlock.acquire_write ['o']\n",
         "rwlock.acquire_read ['o',100]", "kill d\n", "{'token':2}",
         "a: rwlock.release ['o'] -> null\n"
         "c: rwlock.locked ['o'] -> false\n"},
        {"rwlock.acquire_write",
         "a: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n",
         "rwlock.acquire_write ['o',100]", "a: rwlock.release ['o'] -> null\n", "{'token':2}",
         "c: rwlock.locked ['o'] -> false\n"},
        {"rwlock upgrade",
         "a: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n"
         "b: rwlock.acquire_read ['o'] -> *\n",
         "rwlock.acquire_write ['o',100]", "a: rwlock.release ['o'] -> null\n",
         "{'token':3,'depth':2}", "c: rwlock.acquire_read ['o',0] -> *\n"},
        {"semaphore.acquire",
         "a: semaphore.open {'name':'o','create':true,'value':1} -> *\n"
         "a: semaphore.acquire ['o'] -> *\n",
         "semaphore.acquire ['o',1,100]", "a: semaphore.release ['o'] -> null\n", "null",
         "c: semaphore.value ['o'] -> 1\n"},
        {"semaphore.acquire of owned permits",
         "a: semaphore.open {'name':'o','create':true,'value':3,'owned':true} -> *\n"
         "a: semaphore.acquire ['o',2] -> *\n",
         "semaphore.acquire ['o',3,100]", "a: semaphore.release ['o',2] -> null\n", "null",
         "c: semaphore.value ['o'] -> 3\n"},
        {"counter.wait for at least", "a: counter.open {'name':'o','create':true} -> *\n",
         "counter.wait ['o','>=',3,100]", "a: counter.set ['o',4] -> null\n", "4",
         "c: counter.get ['o'] -> 4\n"},
        {"counter.wait for at most", "a: counter.open {'name':'o','create':true,'value':2} -> *\n",
         "counter.wait ['o','<=',0,100]", "a: counter.add ['o',-2] -> 0\n", "0",
         "c: counter.get ['o'] -> 0\n"},
        {"queue.put",
         "a: queue.open {'name':'o','create':true,'maxsize':1} -> *\n"
         "a: queue.put ['o',1] -> null\n",
         "queue.put ['o',2,100]", "a: queue.get ['o'] -> 1\n", "null",
         "c: queue.size ['o'] -> 0\n"},
        {"queue.put_many",
         "a: queue.open {'name':'o','create':true,'maxsize':2} -> *\n"
         "a: queue.put ['o',1] -> null\n",
         "queue.put_many ['o',[2,3],100]", "a: queue.get ['o'] -> 1\n", "null",
         "c: queue.size ['o'] -> 0\n"},
        {"queue.get", "a: queue.open {'name':'o','create':true} -> *\n", "queue.get ['o',100]",
         "a: queue.put ['o','x'] -> null\n", "'x'", "c: queue.peek ['o'] -> 'x'\n"},
        {"queue.get by priority",
         "a: queue.open {'name':'o','create':true,'order':'priority'} -> *\n",
         "queue.get ['o',100]", "a: queue.put_many ['o',[2,1]] -> null\n", "1",
         "c: queue.get_many ['o',5] -> [1,2]\n"},
        {"queue.get_many", "a: queue.open {'name':'o','create':true} -> *\n",
         "queue.get_many ['o',5,100]", "a: queue.put_many ['o',[1,2]] -> null\n", "[1,2]",
         "c: queue.size ['o'] -> 2\n"},
        {"queue.reserve", "a: queue.open {'name':'o','create':true} -> *\n",
         "queue.reserve ['o',100]", "a: queue.put ['o','x'] -> null\n", "{'id':1,'value':'x'}",
         "c: queue.get ['o'] -> 'x'\n"},
        {"queue.join",
         "a: queue.open {'name':'o','create':true} -> *\n"
         "a: queue.put ['o',1] -> null\n",
         "queue.join ['o',100]", "a: queue.task_done ['o'] -> null\n", "null",
         "c: queue.join ['o'] -> null\n"},
        {"event.wait", "a: event.open {'name':'o','create':true} -> *\n", "event.wait ['o',100]",
         "a: event.set ['o'] -> null\n", "true", "c: event.is_set ['o'] -> true\n"},
        {"barrier.wait", "a: barrier.open {'name':'o','create':true,'parties':2} -> *\n",
         "barrier.wait ['o',100]", "a: barrier.wait ['o'] -> *\n", "0", NULL},
        {"condition.acquire",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.acquire ['o'] -> *\n",
         "condition.acquire ['o',100]", "a: condition.release ['o'] -> null\n", "{'token':2}",
         "c: condition.locked ['o'] -> false\n"},
        {"condition.wait",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "b: condition.acquire ['o'] -> *\n",
         "condition.wait ['o',100]",
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.notify ['o'] -> null\n"
         "a: condition.release ['o'] -> null\n",
         "true", NULL},
        {"condition.wait over a named lock",
         "a: lock.open {'name':'l','create':true} -> *\n"
         "a: condition.open {'name':'o','create':true,'lock':'l'} -> *\n"
         "b: lock.acquire ['l'] -> *\n",
         "condition.wait ['o',100]",
         "a: lock.acquire ['l'] -> *\n"
         "a: condition.notify_all ['o'] -> null\n"
         "a: lock.release ['l'] -> null\n",
         "true", NULL},
        {"lock.acquire_many",
         "a: lock.open {'name':'o','create':true} -> *\n"
         "a: semaphore.open {'name':'p','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n",
         "lock.acquire_many [['p','o'],100]", "a: lock.release ['o'] -> null\n",
         "{'grants':[{'name':'p'},{'token':2,'name':'o'}]}",
         "c: lock.locked ['o'] -> false\n"
         "c: semaphore.value ['p'] -> 1\n"},
        {"object.wait_any",
         "a: event.open {'name':'o','create':true} -> *\n"
         "a: lock.open {'name':'p','create':true} -> *\n"
         "a: lock.acquire ['p'] -> *\n",
         "object.wait_any [[{'event':'o'},{'lock':'p'}],100]", "a: lock.release ['p'] -> null\n",
         "{'index':1,'name':'p'}", "c: lock.locked ['p'] -> false\n"},
};

/* The lines that end the wait; %1$s serves it, %2$s is the reply to that, %3$s shows that nothing was
 * taken. */
static const struct {
        const char *name, *lines;
        bool gives_up;
} ends[] = {
        {"served", "%1$sb#5 = %2$s\n", false},
        {"served in the turn in which its time is over", "%1$sadvance 100\nb#5 = %2$s\n", false},
        {"timed out", "advance 99\nb?\nadvance 1\nb#5 = !ETIMEDOUT\n%1$s%3$s", true},
        {"cancelled", "cancel b 5\nb#5 = !ECANCELED\n%1$s%3$s", true},
        {"its side of the socket closed", "halfclose b\nb#5 = !ECANCELED\n%1$s%3$s", true},
        {"session gone", "kill b\n%1$s%3$s", true},
        {"object deleted", "a: object.delete ['o'] -> null\nb#5 = !EIDRM\n", false},
        {"daemon ends", "shutdown\nb#5 = !ECONNRESET\n", false},
};

/* If serving would do more than serve b, this is done instead, after b has given up. */
static const char *serve_nobody(size_t i) {
        return waits[i].free ? waits[i].serve : "";
}

START_TEST(test_end) {
        size_t w = (size_t)_i / ELEMENTSOF(ends), e = (size_t)_i % ELEMENTSOF(ends);
        char name[128], script[2048], lines[1024];

        /* gcc and clang cannot check a format with numbered arguments that is not a literal. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(lines, sizeof(lines), ends[e].lines,
                 ends[e].gives_up ? serve_nobody(w) : waits[w].serve, waits[w].reply,
                 waits[w].free ? waits[w].free : "");
#pragma GCC diagnostic pop
        snprintf(name, sizeof(name), "%s, %s", waits[w].name, ends[e].name);
        snprintf(script, sizeof(script), "%sb#5: %s\n%s", waits[w].setup, waits[w].call, lines);
        scenario_run(&(Scenario){.name = name, .script = script});
}
END_TEST

static bool is_in_table(const char *method) {
        size_t n = strlen(method);

        for (size_t i = 0; i < ELEMENTSOF(waits); i++)
                if (strncmp(waits[i].call, method, n) == 0 && waits[i].call[n] == ' ')
                        return true;
        return false;
}

START_TEST(test_no_method_that_waits_is_missing) {
        Fixture f;

        fixture_init(&f, NULL);
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                ck_assert_msg(!(ref->method->flags & METHOD_BLOCKS) || is_in_table(ref->name),
                              "%s waits, and is not in the table of this test", ref->name);
        }
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wait-ends");
        TCase *c = tcase_create("wait-ends");

        tcase_add_loop_test(c, test_end, 0, ELEMENTSOF(waits) * ELEMENTSOF(ends));
        tcase_add_test(c, test_no_method_that_waits_is_missing);
        suite_add_tcase(suite, c);
        return suite;
}
