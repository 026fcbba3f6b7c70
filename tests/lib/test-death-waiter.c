/* A waiter is killed: it takes nothing, puts nothing, and delays no waiter behind it. With real processes, and
 * a real daemon. */
#include <stdio.h>

#include "base/macros.h"
#include "lib/play.h"
#include "tap-main.h"

/* Processes b and c wait, in this order, for something that a has. */
typedef struct Waiting {
        const char *name, *setup;
        const char *call;
        const char *serve;  /* a call of a that serves one waiter */
        const char *served; /* the result of c's call then */
        const char *left;   /* with no waiter left: lines for a that show that nothing was taken */
} Waiting;

static const Waiting waitings[] = {
        {"lock.acquire",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n",
         "lock.acquire ['o']", "lock.release ['o']", "{'token':2}",
         "a: lock.acquire ['o',0] -> *\n"},
        {"rlock.acquire",
         "m: rlock.open {'name':'o','create':true} -> *\n"
         "a: rlock.acquire ['o'] -> *\n",
         "rlock.acquire ['o']", "rlock.release ['o']", "{'token':2}",
         "m: rlock.acquire ['o',0] -> *\n"},
        {"rwlock.acquire_read",
         "m: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_write ['o'] -> *\n",
         "rwlock.acquire_read ['o']", "rwlock.release ['o']", "{'token':2}",
         "m: rwlock.acquire_write ['o',0] -> *\n"},
        {"rwlock.acquire_write",
         "m: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n",
         "rwlock.acquire_write ['o']", "rwlock.release ['o']", "{'token':2}",
         "m: rwlock.acquire_write ['o',0] -> *\n"},
        {"semaphore.acquire",
         "m: semaphore.open {'name':'o','create':true} -> *\n"
         "a: semaphore.acquire ['o'] -> null\n",
         "semaphore.acquire ['o']", "semaphore.release ['o']", "null",
         "m: semaphore.value ['o'] -> 1\n"},
        {"semaphore.acquire of owned permits",
         "m: semaphore.open {'name':'o','create':true,'value':3,'owned':true} -> *\n"
         "a: semaphore.acquire ['o',2] -> null\n",
         "semaphore.acquire ['o',2]", "semaphore.release ['o']", "null",
         "m: semaphore.value ['o'] -> 2\n"},
        {"condition.acquire",
         "m: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.acquire ['o'] -> *\n",
         "condition.acquire ['o']", "condition.release ['o']", "{'token':2}",
         "m: condition.acquire ['o',0] -> *\n"},
        {"queue.get", "m: queue.open {'name':'o','create':true} -> *\n", "queue.get ['o']",
         "queue.put ['o','item']", "'item'", "m: queue.get ['o',0] -> 'item'\n"},
        {"queue.get_many", "m: queue.open {'name':'o','create':true} -> *\n",
         "queue.get_many ['o',5]", "queue.put ['o','item']", "['item']",
         "m: queue.get ['o',0] -> 'item'\n"},
        {"queue.get by priority",
         "m: queue.open {'name':'o','create':true,'order':'priority'} -> *\n", "queue.get ['o']",
         "queue.put ['o',1]", "1", "m: queue.get ['o',0] -> 1\n"},
        {"queue.reserve", "m: queue.open {'name':'o','create':true} -> *\n", "queue.reserve ['o']",
         "queue.put ['o','item']", "~'value':'item'", "m: queue.get ['o',0] -> 'item'\n"},
        {"queue.put",
         "m: queue.open {'name':'o','create':true,'maxsize':1} -> *\n"
         "m: queue.put ['o','first'] -> null\n",
         "queue.put ['o','ghost']", "queue.get ['o']", "null", "m: queue.size ['o'] -> 0\n"},
        {"queue.put_many",
         "m: queue.open {'name':'o','create':true,'maxsize':2} -> *\n"
         "m: queue.put ['o','first'] -> null\n",
         "queue.put_many ['o',['ghost','ghost']]", "queue.get ['o']", "null",
         "m: queue.size ['o'] -> 0\n"},
        {"queue.join",
         "m: queue.open {'name':'o','create':true} -> *\n"
         "m: queue.put ['o',1] -> null\n",
         "queue.join ['o']", "queue.task_done ['o']", "null", "m: queue.join ['o',0] -> null\n"},
        {"event.wait", "m: event.open {'name':'o','create':true} -> *\n", "event.wait ['o']",
         "event.set ['o']", "true", "m: event.wait ['o',0] -> true\n"},
        {"counter.wait", "m: counter.open {'name':'o','create':true} -> *\n",
         "counter.wait ['o','>=',1]", "counter.add ['o']", "1", "m: counter.get ['o'] -> 1\n"},
        {"lock.acquire_many",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: semaphore.open {'name':'p','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n",
         "lock.acquire_many [['p','o']]", "lock.release ['o']", "*",
         "m: lock.acquire_many [['o','p'],0] -> *\n"},
        {"object.wait_any",
         "m: event.open {'name':'o','create':true} -> *\n"
         "m: queue.open {'name':'p','create':true} -> *\n",
         "object.wait_any [[{'event':'o'},{'queue':'p'}]]", "queue.put ['p',1]",
         "{'index':1,'name':'p'}", "m: queue.get ['p',0] -> 1\n"},
};

/* %1$s is the setup, %2$s the call in which b and c wait, %3$s the call of a that serves one waiter, %4$s what
 * is left if no waiter took it, %5$s the result of c's call. */
static const struct {
        const char *name, *script;
} deaths[] = {
        {"it takes nothing", "%1$s"
                             "b& %2$s\n"
                             "kill b\n"
                             "settle\n"
                             "a: %3$s -> *\n"
                             "%4$s"},
        {"it keeps nobody waiting", "%1$s"
                                    "b& %2$s\n"
                                    "c& %2$s\n"
                                    "kill b\n"
                                    "a: %3$s -> *\n"
                                    "c= %5$s\n"},
        {"the daemon hears of the death and of what is free in one turn",
         "%1$s"
         "b& %2$s\n"
         "a: server.ping [] -> 'pong'\n"
         "stop\n"
         "kill b\n"
         "a! %3$s\n"
         "cont\n"
         "a= *\n"
         "%4$s"},
        {"the next gets it in that turn", "%1$s"
                                          "b& %2$s\n"
                                          "c& %2$s\n"
                                          "a: server.ping [] -> 'pong'\n"
                                          "stop\n"
                                          "kill b\n"
                                          "a! %3$s\n"
                                          "cont\n"
                                          "a= *\n"
                                          "c= %5$s\n"},
        {"a child of it has its descriptors", "%1$s"
                                              "leave b\n"
                                              "b& %2$s\n"
                                              "kill b\n"
                                              "settle\n"
                                              "a: %3$s -> *\n"
                                              "%4$s"},
        {"a child of it has its descriptors, in one turn", "%1$s"
                                                           "leave b\n"
                                                           "b& %2$s\n"
                                                           "a: server.ping [] -> 'pong'\n"
                                                           "stop\n"
                                                           "kill b\n"
                                                           "a! %3$s\n"
                                                           "cont\n"
                                                           "a= *\n"
                                                           "%4$s"},
        {"it is the child of who waits as well", "%1$s"
                                                 "fork c b\n"
                                                 "b& %2$s\n"
                                                 "c& %2$s\n"
                                                 "kill b\n"
                                                 "settle\n"
                                                 "c?\n"
                                                 "a: %3$s -> *\n"
                                                 "c= %5$s\n"},
        {"it lives, but the daemon is killed and another started", "%1$s"
                                                                   "b& %2$s\n"
                                                                   "restart\n"
                                                                   "b= !ECONNRESET\n"
                                                                   "b: server.ping [] -> 'pong'\n"
                                                                   "c: server.ping [] -> 'pong'\n"},
};

START_TEST(test_waiter_is_killed) {
        const Waiting *w = &waitings[_i % ELEMENTSOF(waitings)];
        size_t d = (size_t)_i / ELEMENTSOF(waitings);
        char name[128], script[2048];

        /* gcc and clang cannot check a format with numbered arguments that is not a literal. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(script, sizeof(script), deaths[d].script, w->setup, w->call, w->serve, w->left,
                 w->served);
#pragma GCC diagnostic pop
        snprintf(name, sizeof(name), "%s, its waiter is killed: %s", w->name, deaths[d].name);
        play_run(&(Play){.name = name, .script = script});
}
END_TEST

static const Play plays[] = {
        {"rwlock: a reader that waits to write is killed",
         "m: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n"
         "b: rwlock.acquire_read ['o'] -> *\n"
         "b& rwlock.acquire_write ['o']\n"
         "c& rwlock.acquire_write ['o']\n"
         "kill b\n"
         "settle\n"
         "c?\n"
         "a: rwlock.release ['o'] -> null\n"
         "c= {'token':3}\n"},
        {"rwlock: readers behind a writer that is killed go on",
         "m: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n"
         "b& rwlock.acquire_write ['o']\n"
         "c& rwlock.acquire_read ['o']\n"
         "kill b\n"
         "c= {'token':2}\n"},
        {"condition: a waiter is killed before the notification",
         "m: condition.open {'name':'o','create':true} -> *\n"
         "b: condition.acquire ['o'] -> *\n"
         "b& condition.wait ['o']\n"
         "kill b\n"
         "settle\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.notify_all ['o'] -> null\n"
         "a: condition.release ['o'] -> null\n"
         "m: condition.acquire ['o',0] -> *\n"},
        {"condition over a lock: a waiter is killed before the notification",
         "m: lock.open {'name':'l','create':true} -> *\n"
         "m: condition.open {'name':'o','create':true,'lock':'l'} -> *\n"
         "b: lock.acquire ['l'] -> *\n"
         "b& condition.wait ['o']\n"
         "kill b\n"
         "settle\n"
         "a: lock.acquire ['l'] -> *\n"
         "a: condition.notify_all ['o'] -> null\n"
         "a: lock.release ['l'] -> null\n"
         "m: lock.acquire ['l',0] -> *\n"},
        {"condition: a waiter is killed between the notification and the lock",
         "m: condition.open {'name':'o','create':true} -> *\n"
         "b: condition.acquire ['o'] -> *\n"
         "b& condition.wait ['o']\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.notify ['o'] -> null\n"
         "kill b\n"
         "settle\n"
         "a: condition.release ['o'] -> null\n"
         "m: condition.acquire ['o',0] -> *\n"},
        {"condition over a lock: a waiter is killed between the notification and the lock",
         "m: lock.open {'name':'l','create':true} -> *\n"
         "m: condition.open {'name':'o','create':true,'lock':'l'} -> *\n"
         "b: lock.acquire ['l'] -> *\n"
         "b& condition.wait ['o']\n"
         "a: lock.acquire ['l'] -> *\n"
         "a: condition.notify ['o'] -> null\n"
         "kill b\n"
         "settle\n"
         "a: lock.release ['l'] -> null\n"
         "m: lock.acquire ['l',0] -> *\n"},
        {"condition: the notification of a dead waiter goes to the next",
         "m: condition.open {'name':'o','create':true} -> *\n"
         "b: condition.acquire ['o'] -> *\n"
         "b& condition.wait ['o']\n"
         "c: condition.acquire ['o'] -> *\n"
         "c& condition.wait ['o']\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.notify ['o'] -> null\n"
         "kill b\n"
         "settle\n"
         "a: condition.release ['o'] -> null\n"
         "c= true\n"
         "c: condition.release ['o'] -> null\n"},
        {"condition over a lock: the notification of a dead waiter goes to the next",
         "m: lock.open {'name':'l','create':true} -> *\n"
         "m: condition.open {'name':'o','create':true,'lock':'l'} -> *\n"
         "b: lock.acquire ['l'] -> *\n"
         "b& condition.wait ['o']\n"
         "c: lock.acquire ['l'] -> *\n"
         "c& condition.wait ['o']\n"
         "a: lock.acquire ['l'] -> *\n"
         "a: condition.notify ['o'] -> null\n"
         "a: server.ping [] -> 'pong'\n"
         "stop\n"
         "kill b\n"
         "a! lock.release ['l']\n"
         "cont\n"
         "a= null\n"
         "c= true\n"
         "c: lock.release ['l'] -> null\n"},
        {"condition: a notifier is killed, and who it notified is told of the death",
         "m: condition.open {'name':'o','create':true} -> *\n"
         "b: condition.acquire ['o'] -> *\n"
         "b& condition.wait ['o']\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.notify ['o'] -> null\n"
         "kill a\n"
         "b= true\n"
         "b: condition.release ['o'] -> null\n"},
        {"condition: a waiter is killed, whose depth is nobody's",
         "m: condition.open {'name':'o','create':true} -> *\n"
         "b: condition.acquire ['o'] -> *\n"
         "b: condition.acquire ['o'] -> ~'depth':2\n"
         "b& condition.wait ['o']\n"
         "kill b\n"
         "settle\n"
         "a: condition.acquire ['o'] -> {'token':2}\n"
         "a: condition.release ['o'] -> null\n"
         "a: condition.locked ['o'] -> false\n"},
        {"barrier: a party is killed, and all others are told at once by whom it is broken",
         "m: barrier.open {'name':'o','create':true,'parties':4} -> *\n"
         "a& barrier.wait ['o']\n"
         "b& barrier.wait ['o']\n"
         "c& barrier.wait ['o']\n"
         "kill b\n"
         "a= !EPIPE~'why':'died','by':{'pid':$b,\n"
         "c= !EPIPE~'why':'died','by':{'pid':$b,\n"
         "d: barrier.wait ['o'] -> !EPIPE~'why':'died','by':{'pid':$b,\n"
         "m: barrier.broken ['o'] -> true\n"
         "m: barrier.waiting ['o'] -> 0\n"
         "m: barrier.reset ['o'] -> null\n"
         "a& barrier.wait ['o']\n"
         "b& barrier.wait ['o']\n"
         "c& barrier.wait ['o']\n"
         "d: barrier.wait ['o'] -> 3\n"
         "a= 0\n"
         "b= 1\n"
         "c= 2\n"},
        {"barrier: a dead party is not counted, even where the last one comes in the same turn",
         "m: barrier.open {'name':'o','create':true,'parties':2} -> *\n"
         "b& barrier.wait ['o']\n"
         "a: server.ping [] -> 'pong'\n"
         "stop\n"
         "kill b\n"
         "a! barrier.wait ['o']\n"
         "cont\n"
         "a= !EPIPE~'why':'died','by':{'pid':$b,\n"},
        {"barrier: a party that is a thread ends with its process",
         "m: barrier.open {'name':'o','create':true,'parties':2} -> *\n"
         "thread b\n"
         "leave b\n"
         "b& barrier.wait ['o']\n"
         "kill b\n"
         "settle\n"
         "a: barrier.wait ['o'] -> !EPIPE~'why':'died','by':{'pid':$b,\n"},
        {"six waiters in a row, of whom the living get it in their order",
         "m: queue.open {'name':'o','create':true} -> *\n"
         "a& queue.get ['o']\n"
         "b& queue.get ['o']\n"
         "c& queue.get ['o']\n"
         "d& queue.get ['o']\n"
         "e& queue.get ['o']\n"
         "f& queue.get ['o']\n"
         "g: server.ping [] -> 'pong'\n"
         "stop\n"
         "kill a\n"
         "kill c\n"
         "kill e\n"
         "g! queue.put_many ['o',[1,2,3,4]]\n"
         "cont\n"
         "g= null\n"
         "b= 1\n"
         "d= 2\n"
         "f= 3\n"
         "m: queue.get ['o',0] -> 4\n"},
};

START_TEST(test_play) {
        play_run(&plays[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("death of a waiter");
        TCase *c = tcase_create("death of a waiter");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_waiter_is_killed, 0, ELEMENTSOF(waitings) * ELEMENTSOF(deaths));
        tcase_add_loop_test(c, test_play, 0, ELEMENTSOF(plays));
        suite_add_tcase(suite, c);
        return suite;
}
