/* A holder ends, in every way in which a process ends: its lock passes to the next waiter, which is told of the
 * death. With real processes, and a real daemon. */
#include <stdio.h>

#include "base/macros.h"
#include "lib/play.h"
#include "tap-main.h"

/* Process a takes something for which b then waits. */
typedef struct Holding {
        const char *name, *setup, *take;
        const char *want;      /* what b calls */
        const char *inherited; /* the result of that call when a is gone */
        const char *release;   /* a call of b that gives it back */
} Holding;

#define DIED "~'owner_died':{'pid':$a,"

static const Holding holdings[] = {
        {"lock", "m: lock.open {'name':'o','create':true} -> *\n",
         "a: lock.acquire ['o'] -> {'token':1}\n", "lock.acquire ['o']", DIED,
         "lock.release ['o']"},
        {"rlock, three levels deep", "m: rlock.open {'name':'o','create':true} -> *\n",
         "a: rlock.acquire ['o'] -> *\n"
         "a: rlock.acquire ['o'] -> *\n"
         "a: rlock.acquire ['o'] -> {'token':1,'depth':3}\n",
         "rlock.acquire ['o']", DIED, "rlock.release ['o']"},
        {"rwlock for reading", "m: rwlock.open {'name':'o','create':true} -> *\n",
         "a: rwlock.acquire_read ['o'] -> *\n", "rwlock.acquire_write ['o']", "{'token':2}",
         "rwlock.release ['o']"},
        {"rwlock for writing, a writer waits", "m: rwlock.open {'name':'o','create':true} -> *\n",
         "a: rwlock.acquire_write ['o'] -> *\n", "rwlock.acquire_write ['o']", DIED,
         "rwlock.release ['o']"},
        {"rwlock for writing, a reader waits", "m: rwlock.open {'name':'o','create':true} -> *\n",
         "a: rwlock.acquire_write ['o'] -> *\n", "rwlock.acquire_read ['o']", DIED,
         "rwlock.release ['o']"},
        {"rwlock after an upgrade", "m: rwlock.open {'name':'o','create':true} -> *\n",
         "a: rwlock.acquire_read ['o'] -> *\n"
         "a: rwlock.acquire_write ['o'] -> *\n",
         "rwlock.acquire_read ['o']", DIED, "rwlock.release ['o']"},
        {"condition", "m: condition.open {'name':'o','create':true} -> *\n",
         "a: condition.acquire ['o'] -> *\n", "condition.acquire ['o']", DIED,
         "condition.release ['o']"},
        {"condition over a lock",
         "m: lock.open {'name':'l','create':true} -> *\n"
         "m: condition.open {'name':'o','create':true,'lock':'l'} -> *\n",
         "a: condition.acquire ['o'] -> *\n", "lock.acquire ['l']", DIED,
         "condition.release ['o']"},
        {"condition over an rlock",
         "m: rlock.open {'name':'l','create':true} -> *\n"
         "m: condition.open {'name':'o','create':true,'lock':'l'} -> *\n",
         "a: rlock.acquire ['l'] -> *\n"
         "a: condition.acquire ['o'] -> *\n",
         "condition.acquire ['o']", DIED, "condition.release ['o']"},
        {"semaphore, owned",
         "m: semaphore.open {'name':'o','create':true,'value':3,'owned':true} -> *\n",
         "a: semaphore.acquire ['o',2] -> null\n", "semaphore.acquire ['o',3]", "null",
         "semaphore.release ['o']"},
        {"queue, an item reserved",
         "m: queue.open {'name':'o','create':true} -> *\n"
         "m: queue.put ['o','item'] -> null\n",
         "a: queue.reserve ['o'] -> {'id':1,'value':'item'}\n", "queue.get ['o']", "'item'",
         "queue.nack ['o',1]"},
        {"queue, the reserved item keeps its room",
         "m: queue.open {'name':'o','create':true,'maxsize':1} -> *\n"
         "m: queue.put ['o','item'] -> null\n",
         "a: queue.reserve ['o'] -> *\n", "queue.reserve ['o']", "~'value':'item'",
         "queue.nack ['o',1]"},
        {"several at once",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: semaphore.open {'name':'p','create':true,'owned':true} -> *\n",
         "a: lock.acquire_many [['o','p']] -> *\n", "lock.acquire_many [['p','o']]", DIED,
         "lock.release ['o']"},
};

static const struct {
        const char *name;
        const char *before, *lines; /* lines at the very beginning; lines once b waits */
} ends[] = {
        {"is killed", "", "kill a\n"},
        {"exits without a release", "", "exit a\n"},
        {"is a thread that ends", "thread a\n", "end a\n"},
        {"runs another program", "", "exec a\n"},
        {"is killed, and leaves a child with its descriptors", "", "leave a\nkill a\n"},
        {"is killed, and its forked child lives on", "", "fork a c\nkill a\n"},
        {"is killed when its forked child has calls of its own", "",
         "fork a c\nc: server.ping [] -> 'pong'\nkill a\n"},
};

START_TEST(test_holder_goes) {
        const Holding *h = &holdings[_i % ELEMENTSOF(holdings)];
        size_t e = (size_t)_i / ELEMENTSOF(holdings);
        char name[128], script[2048];

        snprintf(name, sizeof(name), "%s: its holder %s", h->name, ends[e].name);
        snprintf(script, sizeof(script), "%s%s%sb& %s\n%sb= %s\nsettle\n", ends[e].before, h->setup,
                 h->take, h->want, ends[e].lines, h->inherited);
        play_run(&(Play){.name = name, .script = script});
}
END_TEST

/* The child of a holder holds nothing, and its end releases nothing. */
START_TEST(test_child_of_a_holder) {
        const Holding *h = &holdings[_i];
        char script[2048];

        snprintf(script, sizeof(script),
                 "%s%sfork a c\n"
                 "c: %s -> !EPERM\n"
                 "c& %s\n"
                 "kill c\n"
                 "settle\n"
                 "a: %s -> null\n",
                 h->setup, h->take, h->release, h->want, h->release);
        play_run(&(Play){.name = h->name, .script = script});
}
END_TEST

/* The types with an owner and a policy for its death. */
static const struct {
        const char *type, *acquire, *take_more, *owner;
} owned[] = {
        {"lock", "lock.acquire ['o']", "", "lock.owner ['o']"},
        {"rlock", "rlock.acquire ['o']", "a: rlock.acquire ['o'] -> *\n", "rlock.owner ['o']"},
        {"rwlock", "rwlock.acquire_write ['o']", "a: rwlock.acquire_read ['o'] -> *\n",
         "rwlock.owners ['o']"},
        {"condition", "condition.acquire ['o']", "a: condition.acquire ['o'] -> *\n",
         "condition.owner ['o']"},
};

/* %1$s is the type, %2$s the call that acquires, %3$s the call that returns the owner. */
static const struct {
        const char *name, *lines;
} policies[] = {
        {"release", "b= ~'token':2,'owner_died':{'pid':$a,'uid':\n"
                    "c& %2$s\n"
                    "b: %1$s.release ['o'] -> null\n"
                    "c= {'token':3}\n"
                    "c: %1$s.recover ['o'] -> !EINVAL\n"},
        {"poison", "b= !ENOTRECOVERABLE~'owner_died':{'pid':$a,\n"
                   "b: object.stat ['o'] -> ~'poisoned':true\n"
                   "c: %2$s -> !ENOTRECOVERABLE~'owner_died':{'pid':$a,\n"
                   "b: %1$s.recover ['o'] -> null\n"
                   "c: %2$s -> {'token':2}\n"
                   "b: %1$s.recover ['o'] -> !EINVAL\n"
                   "kill c\n"
                   "settle\n"
                   "b: %2$s -> !ENOTRECOVERABLE~'owner_died':{'pid':$c,\n"},
        {"keep", "settle\n"
                 "b?\n"
                 "c: %1$s.locked ['o'] -> true\n"
                 "c: %3$s -> ~'pid':$a,\n"
                 "c: %3$s -> ~'dead':true\n"
                 "c: %1$s.release ['o'] -> null\n"
                 "b= ~'token':2\n"
                 "c: %1$s.release ['o'] -> !EPERM\n"},
};

START_TEST(test_policy) {
        size_t o = (size_t)_i % ELEMENTSOF(owned), p = (size_t)_i / ELEMENTSOF(owned);
        char name[128], lines[1024], script[2048];

        /* gcc and clang cannot check a format with numbered arguments that is not a literal. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(lines, sizeof(lines), policies[p].lines, owned[o].type, owned[o].acquire,
                 owned[o].owner);
#pragma GCC diagnostic pop
        snprintf(name, sizeof(name), "%s, policy %s", owned[o].type, policies[p].name);
        snprintf(script, sizeof(script),
                 "m: %s.open {'name':'o','create':true,'on_owner_death':'%s'} -> *\n"
                 "a: %s -> {'token':1}\n%s"
                 "b& %s\n"
                 "kill a\n%s",
                 owned[o].type, policies[p].name, owned[o].acquire, owned[o].take_more,
                 owned[o].acquire, lines);
        play_run(&(Play){.name = name, .script = script});
}
END_TEST

static const Play plays[] = {
        {"permits without owner are signals, and do not come back",
         "m: semaphore.open {'name':'o','create':true,'value':2} -> *\n"
         "a: semaphore.acquire ['o',2] -> null\n"
         "kill a\n"
         "settle\n"
         "m: semaphore.value ['o'] -> 0\n"},
        {"owned permits that were given back do not come back again",
         "m: semaphore.open {'name':'o','create':true,'value':2,'owned':true} -> *\n"
         "a: semaphore.acquire ['o',2] -> null\n"
         "a: semaphore.release ['o'] -> null\n"
         "kill a\n"
         "settle\n"
         "m: semaphore.value ['o'] -> 2\n"},
        {"an acknowledged item does not come back",
         "m: queue.open {'name':'o','create':true} -> *\n"
         "m: queue.put ['o',1] -> null\n"
         "a: queue.reserve ['o'] -> {'id':1,'value':1}\n"
         "a: queue.ack ['o',1] -> null\n"
         "kill a\n"
         "settle\n"
         "m: queue.size ['o'] -> 0\n"
         "m: queue.join ['o',0] -> null\n"},
        {"a reserved item comes back to the front, and counts as unfinished",
         "m: queue.open {'name':'o','create':true} -> *\n"
         "m: queue.put_many ['o',[1,2,3]] -> null\n"
         "a: queue.reserve ['o'] -> {'id':1,'value':1}\n"
         "a: queue.reserve ['o'] -> ~'value':2\n"
         "kill a\n"
         "settle\n"
         "m: queue.get_many ['o',9] -> [1,2,3]\n"
         "m: queue.join ['o',0] -> !EAGAIN\n"},
        {"all that one process held goes at once, to whoever waits for it",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "m: rwlock.open {'name':'p','create':true} -> *\n"
         "m: semaphore.open {'name':'q','create':true,'owned':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "a: rwlock.acquire_write ['p'] -> *\n"
         "a: semaphore.acquire ['q'] -> *\n"
         "b& lock.acquire ['o']\n"
         "c& rwlock.acquire_read ['p']\n"
         "d& rwlock.acquire_read ['p']\n"
         "e& semaphore.acquire ['q']\n"
         "kill a\n"
         "b= " DIED "\n"
         "c= " DIED "\n"
         "d= *\n"
         "e= null\n"},
        {"heirs may die as well: each tells of the one before",
         "m: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "b& lock.acquire ['o']\n"
         "c& lock.acquire ['o']\n"
         "kill a\n"
         "b= " DIED "\n"
         "kill b\n"
         "c= ~'token':3,'owner_died':{'pid':$b,\n"},
        {"an owner of another process or thread is never mistaken for oneself",
         "m: rlock.open {'name':'o','create':true} -> *\n"
         "thread a\n"
         "a: rlock.acquire ['o'] -> *\n"
         "end a\n"
         "settle\n"
         "b: rlock.release ['o'] -> !EPERM\n"
         "b: rlock.acquire ['o',0] -> " DIED "\n"
         "c: rlock.release ['o'] -> !EPERM\n"
         "b: rlock.release ['o'] -> null\n"},
};

START_TEST(test_play) {
        play_run(&plays[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("death of a holder");
        TCase *c = tcase_create("death of a holder");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_holder_goes, 0, ELEMENTSOF(holdings) * ELEMENTSOF(ends));
        tcase_add_loop_test(c, test_child_of_a_holder, 0, ELEMENTSOF(holdings));
        tcase_add_loop_test(c, test_policy, 0, ELEMENTSOF(owned) * ELEMENTSOF(policies));
        tcase_add_loop_test(c, test_play, 0, ELEMENTSOF(plays));
        suite_add_tcase(suite, c);
        return suite;
}
