/* Deadlocks of real processes: the call that would close a cycle fails at once and reports the whole cycle; a wait
 * that another session can end continues. */
#include "base/macros.h"
#include "lib/play.h"
#include "tap-main.h"

#define TWO_LOCKS                                                                                  \
        "m: lock.open {'name':'o','create':true} -> *\n"                                           \
        "m: lock.open {'name':'p','create':true} -> *\n"                                           \
        "a: lock.acquire ['o'] -> *\n"                                                             \
        "b: lock.acquire ['p'] -> *\n"

/* The cycle as the refused session sees it: b waits for a, and a for b. */
#define CYCLE_OF_TWO                                                                               \
        "~'cycle':[{'pid':$b,'uid':$u,'comm':'actor-b','session':~,'holds':['p'],"                 \
        "'waits_for':'o'},{'pid':$a,'uid':$u,'comm':'actor-a','session':~,'holds':['o'],"          \
        "'waits_for':'p'}]"

static const Play plays[] = {
        {"two processes and two locks, and all goes on when the one who is told lets go",
         TWO_LOCKS "a& lock.acquire ['p']\n"
                   "b: lock.acquire ['o'] -> !EDEADLK" CYCLE_OF_TWO "\n"
                   "a?\n"
                   "b: lock.release ['p'] -> null\n"
                   "a= *\n"},
        {"a timed wait in the cycle is reported as well, whoever it is",
         TWO_LOCKS "a& lock.acquire ['p',600000]\n"
                   "b: lock.acquire ['o',600000] -> !EDEADLK" CYCLE_OF_TWO "\n"
                   "a?\n"},
        {"who does not wait closes no cycle", TWO_LOCKS "a& lock.acquire ['p']\n"
                                                        "b: lock.acquire ['o',0] -> !EAGAIN\n"
                                                        "a?\n"},
        {"one alone: a lock is not recursive",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "a: lock.acquire ['o'] -> "
         "!EDEADLK~'cycle':[{'pid':$a,~'holds':['o'],'waits_for':'o'}]\n"},
        {"a thread and its process",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: lock.open {'name':'p','create':true} -> *\n"
         "thread b\n"
         "m: lock.acquire ['o'] -> *\n"
         "b: lock.acquire ['p'] -> *\n"
         "b& lock.acquire ['o']\n"
         "m: lock.acquire ['p'] -> !EDEADLK~'waits_for':'p'},{'pid':$b,~'waits_for':'o'}]\n"},
        {"a ring of five over locks, rlocks, rwlocks, and permits",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: rlock.open {'name':'p','create':true} -> *\n"
         "m: rwlock.open {'name':'q','create':true} -> *\n"
         "m: rwlock.open {'name':'r','create':true} -> *\n"
         "m: semaphore.open {'name':'s','create':true,'value':2,'owned':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "b: rlock.acquire ['p'] -> *\n"
         "c: rwlock.acquire_write ['q'] -> *\n"
         "d: rwlock.acquire_read ['r'] -> *\n"
         "e: semaphore.acquire ['s',2] -> null\n"
         "a& rlock.acquire ['p']\n"
         "b& rwlock.acquire_read ['q']\n"
         "c& rwlock.acquire_write ['r']\n"
         "d& semaphore.acquire ['s']\n"
         "e: lock.acquire ['o'] -> !EDEADLK~'cycle':[{'pid':$e,~'holds':['s'],'waits_for':'o'},"
         "{'pid':$a,~'holds':['o'],'waits_for':'p'},{'pid':$b,~'holds':['p'],'waits_for':'q'},"
         "{'pid':$c,~'holds':['q'],'waits_for':'r'},{'pid':$d,~'holds':['r'],'waits_for':'s'}]\n"
         "e: semaphore.release ['s',2] -> null\n"
         "d= null\n"},
        {"two readers who both want to write",
         "m: rwlock.open {'name':'o','create':true} -> *\n"
         "a: rwlock.acquire_read ['o'] -> *\n"
         "b: rwlock.acquire_read ['o'] -> *\n"
         "a& rwlock.acquire_write ['o']\n"
         "b: rwlock.acquire_write ['o'] -> !EDEADLK~'cycle':[{'pid':$b,~'holds':['o'],"
         "'waits_for':'o'},{'pid':$a,~'holds':['o'],'waits_for':'o'}]\n"
         "b: rwlock.release ['o'] -> null\n"
         "a= ~'depth':2\n"},
        {"a condition's lock that would never come back",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: lock.open {'name':'p','create':true} -> *\n"
         "m: condition.open {'name':'q','create':true,'lock':'o'} -> *\n"
         "a: lock.acquire ['p'] -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "a& condition.wait ['q']\n"
         "b: lock.acquire ['o'] -> *\n"
         "b: lock.acquire ['p'] -> !EDEADLK~'cycle':[{'pid':$b,~'holds':['o'],'waits_for':'p'},"
         "{'pid':$a,~'holds':['p'],'waits_for':'o'}]\n"
         "b: condition.notify ['q'] -> null\n"
         "b: lock.acquire ['p'] -> !EDEADLK\n"
         "b: lock.release ['o'] -> null\n"
         "a= true\n"},
        {"permits of two, each with one and in want of another",
         "m: semaphore.open {'name':'o','create':true,'value':2,'owned':true} -> *\n"
         "a: semaphore.acquire ['o'] -> null\n"
         "b: semaphore.acquire ['o'] -> null\n"
         "a& semaphore.acquire ['o']\n"
         "b: semaphore.acquire ['o'] -> !EDEADLK~'cycle':[{'pid':$b,~'waits_for':'o'},"
         "{'pid':$a,~'waits_for':'o'}]\n"},
        {"permits of three, of which one runs free: no deadlock",
         "m: semaphore.open {'name':'o','create':true,'value':3,'owned':true} -> *\n"
         "a: semaphore.acquire ['o'] -> null\n"
         "b: semaphore.acquire ['o'] -> null\n"
         "c: semaphore.acquire ['o'] -> null\n"
         "a& semaphore.acquire ['o']\n"
         "b& semaphore.acquire ['o']\n"
         "c: semaphore.release ['o'] -> null\n"
         "a= null\n"
         "a: semaphore.release ['o',2] -> null\n"
         "b= null\n"},
        {"several at once",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: lock.open {'name':'p','create':true} -> *\n"
         "m: lock.open {'name':'q','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "b: lock.acquire ['p'] -> *\n"
         "a& lock.acquire_many [['q','p']]\n"
         "b: lock.acquire ['o'] -> !EDEADLK~'cycle':[{'pid':$b,~'holds':['p'],'waits_for':'o'},"
         "{'pid':$a,~'holds':['o'],'waits_for':'p'}]\n"
         "b: lock.release ['p'] -> null\n"
         "a= *\n"},
        {"someone outside could give a permit that nobody owns: no deadlock",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: semaphore.open {'name':'p','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "b: semaphore.acquire ['p'] -> null\n"
         "a& semaphore.acquire ['p']\n"
         "b& lock.acquire ['o']\n"
         "c: semaphore.release ['p'] -> null\n"
         "a= null\n"
         "a: lock.release ['o'] -> null\n"
         "b= *\n"},
        {"someone outside could set the event: no deadlock",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: event.open {'name':'p','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "a& event.wait ['p']\n"
         "b& lock.acquire ['o']\n"
         "c: event.set ['p'] -> null\n"
         "a= true\n"
         "a: lock.release ['o'] -> null\n"
         "b= *\n"},
        {"one of several would do, and someone outside could give it: no deadlock",
         TWO_LOCKS "m: event.open {'name':'q','create':true} -> *\n"
                   "a& object.wait_any [[{'lock':'p'},{'event':'q'}]]\n"
                   "b& lock.acquire ['o']\n"
                   "c: event.set ['q'] -> null\n"
                   "a= {'index':1,'name':'q'}\n"
                   "a: lock.release ['o'] -> null\n"
                   "b= *\n"},
        {"a holder who runs could let go: no deadlock",
         "m: rwlock.open {'name':'o','create':true} -> *\n"
         "m: lock.open {'name':'p','create':true} -> *\n"
         "a: lock.acquire ['p'] -> *\n"
         "b: rwlock.acquire_write ['o'] -> *\n"
         "a& rwlock.acquire_read ['o']\n"
         "c& lock.acquire ['p']\n"
         "b: rwlock.release ['o'] -> null\n"
         "a= *\n"
         "a: lock.release ['p'] -> null\n"
         "c= *\n"},
        {"one in the ring is dead: no deadlock, though the daemon has not heard of it",
         TWO_LOCKS "b& lock.acquire ['o']\n"
                   "stop\n"
                   "kill b\n"
                   "a! lock.acquire ['p']\n"
                   "cont\n"
                   "a= ~'owner_died':{'pid':$b,\n"},
        {"one in the ring is killed later: the rest goes on",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: lock.open {'name':'p','create':true} -> *\n"
         "m: lock.open {'name':'q','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "b: lock.acquire ['p'] -> *\n"
         "c: lock.acquire ['q'] -> *\n"
         "a& lock.acquire ['p']\n"
         "b& lock.acquire ['q']\n"
         "c: lock.acquire ['o'] -> !EDEADLK\n"
         "kill b\n"
         "a= ~'owner_died':{'pid':$b,\n"},
};

START_TEST(test_play) {
        play_run(&plays[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("deadlocks of processes");
        TCase *c = tcase_create("deadlocks of processes");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_play, 0, ELEMENTSOF(plays));
        suite_add_tcase(suite, c);
        return suite;
}
