/* CPython's multiprocessing.Manager, method by method: the types that synchronise; for each method its equivalent
 * here, when it waits, what its timeout does, and its errors. doc/manager.md compares both, and refers to these rows
 * by their names. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"Lock.acquire: blocking, not blocking, with a timeout",
         "a: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.acquire ['o'] -> {'token':1}\n"
         "b: lock.acquire ['o',0] -> !EAGAIN\n"
         "b#5: lock.acquire ['o',50]\n"
         "advance 50\n"
         "b#5 = !ETIMEDOUT\n"
         "b: lock.acquire ['o',-1] -> !EINVAL~'param':'timeout_ms'\n"
         "b#6: lock.acquire ['o']\n"
         "a: lock.release ['o'] -> null\n"
         "b#6 = {'token':2}\n"},
        {"Lock.acquire: again by its owner is an error and no hanging",
         "a: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "a: lock.acquire ['o'] -> !EDEADLK\n"},
        {"Lock.release: of what is not locked, and by another",
         "a: lock.open {'name':'o','create':true} -> *\n"
         "a: lock.release ['o'] -> !EPERM\n"
         "a: lock.acquire ['o'] -> *\n"
         "b: lock.release ['o'] -> !EPERM\n"
         "a: lock.release ['o'] -> null\n"},
        {"Lock.locked", "a: lock.open {'name':'o','create':true} -> *\n"
                        "a: lock.locked ['o'] -> false\n"
                        "a: lock.acquire ['o'] -> *\n"
                        "b: lock.locked ['o'] -> true\n"},
        {"RLock.acquire: as often as its owner wants",
         "a: rlock.open {'name':'o','create':true} -> *\n"
         "a: rlock.acquire ['o'] -> {'token':1}\n"
         "a: rlock.acquire ['o',0] -> {'token':1,'depth':2}\n"
         "b: rlock.acquire ['o',0] -> !EAGAIN\n"},
        {"RLock.release: as often as acquired, by its owner alone",
         "a: rlock.open {'name':'o','create':true} -> *\n"
         "a: rlock.acquire ['o'] -> *\n"
         "a: rlock.acquire ['o'] -> *\n"
         "b: rlock.release ['o'] -> !EPERM\n"
         "a: rlock.release ['o'] -> null\n"
         "b: rlock.acquire ['o',0] -> !EAGAIN\n"
         "a: rlock.release ['o'] -> null\n"
         "a: rlock.release ['o'] -> !EPERM\n"
         "b: rlock.acquire ['o',0] -> *\n"},
        {"RLock.locked", "a: rlock.open {'name':'o','create':true} -> *\n"
                         "a: rlock.locked ['o'] -> false\n"
                         "a: rlock.acquire ['o'] -> *\n"
                         "b: rlock.locked ['o'] -> true\n"},
        {"Semaphore: a number that is not negative",
         "a: semaphore.open {'name':'o','create':true,'value':-1} -> !EINVAL~'param':'value'\n"
         "a: semaphore.open {'name':'o','create':true} -> *\n"
         "a: semaphore.value ['o'] -> 1\n"},
        {"Semaphore.acquire: blocking, not blocking, with a timeout",
         "a: semaphore.open {'name':'o','create':true,'value':2} -> *\n"
         "a: semaphore.acquire ['o'] -> null\n"
         "a: semaphore.acquire ['o'] -> null\n"
         "a: semaphore.acquire ['o',1,0] -> !EAGAIN\n"
         "b#5: semaphore.acquire ['o',1,50]\n"
         "advance 50\n"
         "b#5 = !ETIMEDOUT\n"
         "b#6: semaphore.acquire ['o']\n"
         "c: semaphore.release ['o'] -> null\n"
         "b#6 = null\n"},
        {"Semaphore.release: by anyone, of any number",
         "a: semaphore.open {'name':'o','create':true,'value':0} -> *\n"
         "a: semaphore.release ['o',3] -> null\n"
         "b: semaphore.release ['o'] -> null\n"
         "a: semaphore.release ['o',0] -> !EINVAL~'param':'n'\n"
         "a: semaphore.value ['o'] -> 4\n"},
        {"BoundedSemaphore.release: too often is an error",
         "a: semaphore.open {'name':'o','create':true,'value':1,'bounded':true} -> *\n"
         "a: semaphore.release ['o'] -> !EOVERFLOW\n"
         "a: semaphore.acquire ['o'] -> null\n"
         "a: semaphore.release ['o'] -> null\n"
         "a: semaphore.release ['o'] -> !EOVERFLOW\n"
         "a: semaphore.value ['o'] -> 1\n"},
        {"BoundedSemaphore.acquire",
         "a: semaphore.open {'name':'o','create':true,'value':1,'bounded':true} -> *\n"
         "a: semaphore.acquire ['o'] -> null\n"
         "b: semaphore.acquire ['o',1,0] -> !EAGAIN\n"
         "b: semaphore.acquire ['o',2] -> !EINVAL\n"},
        {"Condition: over an rlock of its own, a lock, or an rlock",
         "a: lock.open {'name':'l','create':true} -> *\n"
         "a: rlock.open {'name':'r','create':true} -> *\n"
         "a: list.open {'name':'x','create':true} -> *\n"
         "a: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.open {'name':'p','create':true,'lock':'l'} -> *\n"
         "a: condition.open {'name':'q','create':true,'lock':'r'} -> *\n"
         "a: condition.open {'name':'s','create':true,'lock':'x'} -> !EPROTOTYPE\n"
         "a: condition.open {'name':'s','create':true,'lock':'none'} -> !ENOENT\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.acquire ['o'] -> ~'depth':2\n"
         "a: condition.acquire ['p'] -> *\n"
         "b: lock.locked ['l'] -> true\n"
         "a: condition.acquire ['p'] -> !EDEADLK\n"
         "a: condition.acquire ['q'] -> *\n"
         "a: condition.acquire ['q'] -> ~'depth':2\n"},
        {"Condition.acquire, Condition.release",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.acquire ['o'] -> {'token':1}\n"
         "b: condition.acquire ['o',0] -> !EAGAIN\n"
         "b: condition.release ['o'] -> !EPERM\n"
         "a: condition.release ['o'] -> null\n"
         "a: condition.release ['o'] -> !EPERM\n"},
        {"Condition.wait: notified is true, and a time that is up an error",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.acquire ['o'] -> *\n"
         "a#5: condition.wait ['o']\n"
         "b: condition.acquire ['o'] -> *\n"
         "b: condition.notify ['o'] -> null\n"
         "a?\n"
         "b: condition.release ['o'] -> null\n"
         "a#5 = true\n"
         "a#6: condition.wait ['o',50]\n"
         "advance 50\n"
         "a#6 = !ETIMEDOUT\n"
         "a: condition.wait ['o',0] -> !EAGAIN\n"
         "a: condition.wait ['o',-1] -> !EINVAL~'param':'timeout_ms'\n"
         "a: condition.release ['o'] -> null\n"},
        {"Condition.wait: gives up the full depth and takes it back",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.acquire ['o'] -> *\n"
         "a: condition.acquire ['o'] -> ~'depth':3\n"
         "a#5: condition.wait ['o']\n"
         "b: condition.acquire ['o',0] -> *\n"
         "b: condition.notify ['o'] -> null\n"
         "b: condition.release ['o'] -> null\n"
         "a#5 = true\n"
         "a: condition.owner ['o'] -> ~'n':3\n"
         "a: condition.release ['o'] -> null\n"
         "a: condition.release ['o'] -> null\n"
         "b: condition.acquire ['o',0] -> !EAGAIN\n"
         "a: condition.release ['o'] -> null\n"
         "b: condition.acquire ['o',0] -> *\n"},
        {"Condition.wait, Condition.notify: not by who does not own the lock",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "a: condition.wait ['o'] -> !EPERM\n"
         "a: condition.notify ['o'] -> !EPERM\n"
         "a: condition.notify_all ['o'] -> !EPERM\n"
         "b: condition.acquire ['o'] -> *\n"
         "a: condition.notify ['o'] -> !EPERM\n"},
        {"Condition.notify: without waiters nothing, else so many",
         "a: condition.open {'name':'o','create':true} -> *\n"
         "d: condition.acquire ['o'] -> *\n"
         "d: condition.notify ['o'] -> null\n"
         "d: condition.notify ['o',-1] -> !EINVAL~'param':'n'\n"
         "d: condition.release ['o'] -> null\n"
         "a: condition.acquire ['o'] -> *\n"
         "a#5: condition.wait ['o']\n"
         "b: condition.acquire ['o'] -> *\n"
         "b#5: condition.wait ['o']\n"
         "c: condition.acquire ['o'] -> *\n"
         "c#5: condition.wait ['o']\n"
         "d: condition.acquire ['o'] -> *\n"
         "d: condition.notify ['o',2] -> null\n"
         "d: condition.release ['o'] -> null\n"
         "a#5 = true\n"
         "a: condition.release ['o'] -> null\n"
         "b#5 = true\n"
         "b: condition.release ['o'] -> null\n"
         "c?\n"},
        {"Condition.notify_all", "a: condition.open {'name':'o','create':true} -> *\n"
                                 "a: condition.acquire ['o'] -> *\n"
                                 "a#5: condition.wait ['o']\n"
                                 "b: condition.acquire ['o'] -> *\n"
                                 "b#5: condition.wait ['o']\n"
                                 "c: condition.acquire ['o'] -> *\n"
                                 "c: condition.notify_all ['o'] -> null\n"
                                 "c: condition.release ['o'] -> null\n"
                                 "a#5 = true\n"
                                 "a: condition.release ['o'] -> null\n"
                                 "b#5 = true\n"},
        {"Condition.locked", "a: condition.open {'name':'o','create':true} -> *\n"
                             "a: condition.locked ['o'] -> false\n"
                             "a: condition.acquire ['o'] -> *\n"
                             "b: condition.locked ['o'] -> true\n"},
        {"Event.set, Event.clear, Event.is_set", "a: event.open {'name':'o','create':true} -> *\n"
                                                 "a: event.is_set ['o'] -> false\n"
                                                 "a: event.set ['o'] -> null\n"
                                                 "b: event.is_set ['o'] -> true\n"
                                                 "b: event.clear ['o'] -> null\n"
                                                 "a: event.is_set ['o'] -> false\n"},
        {"Event.wait: set is true, and a time that is up an error",
         "a: event.open {'name':'o','create':true} -> *\n"
         "a#5: event.wait ['o']\n"
         "b#5: event.wait ['o',50]\n"
         "advance 50\n"
         "b#5 = !ETIMEDOUT\n"
         "a?\n"
         "c: event.set ['o'] -> null\n"
         "a#5 = true\n"
         "a: event.wait ['o'] -> true\n"},
        {"Barrier: a number of parties, of at least one",
         "a: barrier.open {'name':'o','create':true} -> !EINVAL~'param':'parties'\n"
         "a: barrier.open {'name':'o','create':true,'parties':0} -> !EINVAL~'param':'parties'\n"
         "a: barrier.open {'name':'o','create':true,'parties':1} -> *\n"
         "a: barrier.parties ['o'] -> 1\n"
         "a: barrier.wait ['o'] -> 0\n"},
        {"Barrier.wait: an index for each",
         "a: barrier.open {'name':'o','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['o']\n"
         "b#5: barrier.wait ['o',100]\n"
         "c: barrier.wait ['o'] -> 2\n"
         "a#5 = 0\n"
         "b#5 = 1\n"},
        {"Barrier.wait: a party may run an action by its index, and the others wait again",
         "a: barrier.open {'name':'o','create':true,'parties':2} -> *\n"
         "a: value.open {'name':'v','create':true,'value':0} -> *\n"
         "a#5: barrier.wait ['o']\n"
         "b: barrier.wait ['o'] -> 1\n"
         "a#5 = 0\n"
         "b#5: barrier.wait ['o']\n"
         "a: value.add ['v'] -> 1\n"
         "a: barrier.wait ['o'] -> 1\n"
         "b#5 = 0\n"
         "b: value.get ['v'] -> 1\n"},
        {"Barrier.wait: a timeout breaks it for all who wait",
         "a: barrier.open {'name':'o','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['o']\n"
         "b#5: barrier.wait ['o',50]\n"
         "advance 50\n"
         "b#5 = !ETIMEDOUT\n"
         "a#5 = !EPIPE~'why':'timeout','by':{'pid':200\n"
         "c: barrier.wait ['o'] -> !EPIPE\n"},
        {"Barrier.abort", "a: barrier.open {'name':'o','create':true,'parties':2} -> *\n"
                          "a#5: barrier.wait ['o']\n"
                          "b: barrier.abort ['o'] -> null\n"
                          "a#5 = !EPIPE~'why':'abort','by':{'pid':200\n"
                          "b: barrier.broken ['o'] -> true\n"
                          "b: barrier.wait ['o'] -> !EPIPE\n"},
        {"Barrier.reset: breaks it for those who wait, and mends it",
         "a: barrier.open {'name':'o','create':true,'parties':2} -> *\n"
         "a#5: barrier.wait ['o']\n"
         "b: barrier.reset ['o'] -> null\n"
         "a#5 = !EPIPE~'why':'reset'\n"
         "b: barrier.broken ['o'] -> false\n"
         "b: barrier.abort ['o'] -> null\n"
         "b: barrier.reset ['o'] -> null\n"
         "a#6: barrier.wait ['o']\n"
         "b: barrier.wait ['o'] -> 1\n"
         "a#6 = 0\n"},
        {"Barrier.parties, Barrier.n_waiting, Barrier.broken",
         "a: barrier.open {'name':'o','create':true,'parties':2} -> *\n"
         "a: barrier.parties ['o'] -> 2\n"
         "a: barrier.waiting ['o'] -> 0\n"
         "a: barrier.broken ['o'] -> false\n"
         "a#5: barrier.wait ['o']\n"
         "b: barrier.waiting ['o'] -> 1\n"},
        {"Queue: no bound without a maxsize",
         "a: queue.open {'name':'o','create':true} -> *\n"
         "a: queue.put_many ['o',[1,2,3]] -> null\n"
         "a: queue.full ['o'] -> false\n"
         "a: object.stat ['o'] -> ~'maxsize':0\n"
         "b: queue.open {'name':'p','create':true,'maxsize':-1} -> !EINVAL~'param':'maxsize'\n"},
        {"Queue.get, Queue.get_nowait", "a: queue.open {'name':'o','create':true} -> *\n"
                                        "a: queue.get ['o',0] -> !EAGAIN\n"
                                        "a: queue.get ['o',-1] -> !EINVAL~'param':'timeout_ms'\n"
                                        "a#5: queue.get ['o',50]\n"
                                        "advance 50\n"
                                        "a#5 = !ETIMEDOUT\n"
                                        "a#6: queue.get ['o']\n"
                                        "b: queue.put ['o','x'] -> null\n"
                                        "a#6 = 'x'\n"},
        {"Queue.put, Queue.put_nowait",
         "a: queue.open {'name':'o','create':true,'maxsize':1} -> *\n"
         "a: queue.put ['o',1] -> null\n"
         "a: queue.put ['o',2,0] -> !EAGAIN\n"
         "a: queue.put ['o',2,-1] -> !EINVAL~'param':'timeout_ms'\n"
         "a#5: queue.put ['o',2,50]\n"
         "advance 50\n"
         "a#5 = !ETIMEDOUT\n"
         "a#6: queue.put ['o',2]\n"
         "b: queue.get ['o'] -> 1\n"
         "a#6 = null\n"
         "b: queue.get ['o'] -> 2\n"},
        {"Queue.qsize, Queue.empty, Queue.full",
         "a: queue.open {'name':'o','create':true,'maxsize':2} -> *\n"
         "a: queue.size ['o'] -> 0\n"
         "a: queue.empty ['o'] -> true\n"
         "a: queue.put_many ['o',[1,2]] -> null\n"
         "a: queue.size ['o'] -> 2\n"
         "a: queue.empty ['o'] -> false\n"
         "a: queue.full ['o'] -> true\n"},
        {"Queue.task_done: too often is an error", "a: queue.open {'name':'o','create':true} -> *\n"
                                                   "a: queue.task_done ['o'] -> !EOVERFLOW\n"
                                                   "a: queue.put ['o',1] -> null\n"
                                                   "a: queue.task_done ['o'] -> null\n"
                                                   "a: queue.task_done ['o'] -> !EOVERFLOW\n"},
        {"Queue.join: until all is done, or the time is up",
         "a: queue.open {'name':'o','create':true} -> *\n"
         "a: queue.join ['o'] -> null\n"
         "a: queue.put ['o',1] -> null\n"
         "a: queue.get ['o'] -> 1\n"
         "a: queue.join ['o',0] -> !EAGAIN\n"
         "a#5: queue.join ['o',50]\n"
         "advance 50\n"
         "a#5 = !ETIMEDOUT\n"
         "a#6: queue.join ['o']\n"
         "b: queue.task_done ['o'] -> null\n"
         "a#6 = null\n"},
        {"Queue.shutdown: what is left can be got",
         "a: queue.open {'name':'o','create':true,'maxsize':1} -> *\n"
         "a: queue.put ['o',1] -> null\n"
         "b#5: queue.put ['o',2]\n"
         "a: queue.close ['o'] -> null\n"
         "b#5 = !ESHUTDOWN\n"
         "b: queue.put ['o',2] -> !ESHUTDOWN\n"
         "b: queue.get ['o'] -> 1\n"
         "b: queue.get ['o'] -> !ESHUTDOWN\n"},
        {"Queue.shutdown: getters who wait are woken",
         "a: queue.open {'name':'o','create':true} -> *\n"
         "b#5: queue.get ['o']\n"
         "a: queue.close ['o'] -> null\n"
         "b#5 = !ESHUTDOWN\n"},
        {"Queue.shutdown: immediate drops what is left, and joins go on",
         "a: queue.open {'name':'o','create':true} -> *\n"
         "a: queue.put_many ['o',[1,2]] -> null\n"
         "b#5: queue.join ['o']\n"
         "a: queue.close ['o',true] -> null\n"
         "b#5 = null\n"
         "b: queue.get ['o'] -> !ESHUTDOWN\n"},
        {"JoinableQueue: every queue is one", "a: queue.open {'name':'o','create':true} -> *\n"
                                              "a: queue.put ['o',1] -> null\n"
                                              "b: queue.get ['o'] -> 1\n"
                                              "a#5: queue.join ['o']\n"
                                              "b: queue.task_done ['o'] -> null\n"
                                              "a#5 = null\n"},
        {"LifoQueue, PriorityQueue",
         "a: queue.open {'name':'o','create':true,'order':'lifo'} -> *\n"
         "a: queue.put_many ['o',[1,2]] -> null\n"
         "a: queue.get ['o'] -> 2\n"
         "a: queue.open {'name':'p','create':true,'order':'priority'} -> *\n"
         "a: queue.put_many ['p',[2,1]] -> null\n"
         "a: queue.get ['p'] -> 1\n"},
};

Suite *make_suite(void) {
        return scenario_suite("manager-sync", scenarios, ELEMENTSOF(scenarios));
}
