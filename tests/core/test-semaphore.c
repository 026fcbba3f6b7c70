/* The semaphore: permits, turns, bounds, owners. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"permits", "a: semaphore.open {'name':'s','create':true,'value':2} -> *\n"
                    "a: semaphore.value ['s'] -> 2\n"
                    "a: semaphore.acquire ['s'] -> null\n"
                    "b: semaphore.acquire ['s',1,0] -> null\n"
                    "b: semaphore.value ['s'] -> 0\n"
                    "c: semaphore.acquire ['s',1,0] -> !EAGAIN\n"
                    "c#5: semaphore.acquire ['s']\n"
                    "b: semaphore.release ['s'] -> null\n"
                    "c#5 = null\n"
                    "d: semaphore.release ['s',3] -> null\n"
                    "d: semaphore.value ['s'] -> 3\n"},
        {"one by default", "a: semaphore.open {'name':'s','create':true} -> *\n"
                           "a: semaphore.acquire ['s'] -> null\n"
                           "a: semaphore.acquire ['s',1,0] -> !EAGAIN\n"},
        {"many permits are not overtaken by few",
         "a: semaphore.open {'name':'s','create':true,'value':1} -> *\n"
         "b#5: semaphore.acquire ['s',3]\n"
         "c#5: semaphore.acquire ['s',1]\n"
         "d: semaphore.acquire ['s',1,0] -> !EAGAIN\n"
         "a: semaphore.release ['s'] -> null\n"
         "b?\n"
         "a: semaphore.release ['s'] -> null\n"
         "b#5 = null\n"
         "c?\n"
         "a: semaphore.release ['s',1] -> null\n"
         "c#5 = null\n"},
        {"one that gives up lets those behind it go on",
         "a: semaphore.open {'name':'s','create':true,'value':1} -> *\n"
         "b#5: semaphore.acquire ['s',3,50]\n"
         "c#5: semaphore.acquire ['s',1]\n"
         "advance 49\n"
         "c?\n"
         "advance 1\n"
         "b#5 = !ETIMEDOUT\n"
         "c#5 = null\n"},
        {"one that dies lets those behind it go on, and takes nothing",
         "a: semaphore.open {'name':'s','create':true,'value':0} -> *\n"
         "b#5: semaphore.acquire ['s']\n"
         "c#5: semaphore.acquire ['s']\n"
         "kill b\n"
         "a: semaphore.release ['s'] -> null\n"
         "c#5 = null\n"
         "a: semaphore.value ['s'] -> 0\n"},
        {"permits that nobody owns are a signal: anyone may raise them, and they do not come back",
         "a: semaphore.open {'name':'s','create':true,'value':1} -> *\n"
         "a: semaphore.acquire ['s'] -> null\n"
         "kill a\n"
         "b: semaphore.value ['s'] -> 0\n"
         "b: semaphore.acquire ['s',1,0] -> !EAGAIN\n"
         "b#5: semaphore.acquire ['s']\n"
         "c: semaphore.release ['s'] -> null\n"
         "b#5 = null\n"},
        {"bounded",
         "a: semaphore.open {'name':'s','create':true,'value':2,'bounded':true} -> *\n"
         "a: semaphore.release ['s'] -> !EOVERFLOW~2 permits are free already, of at most 2\n"
         "a: semaphore.acquire ['s',2] -> null\n"
         "a: semaphore.release ['s',3] -> !EOVERFLOW\n"
         "a: semaphore.value ['s'] -> 0\n"
         "b: semaphore.release ['s',2] -> null\n"
         "a: semaphore.acquire ['s',3] -> !EINVAL~'param':'n'\n"},
        {"64 bits",
         "a: semaphore.open {'name':'s','create':true,'value':9223372036854775806} -> *\n"
         "a: semaphore.release ['s',2] -> !EOVERFLOW\n"
         "a: semaphore.release ['s'] -> null\n"
         "a: semaphore.release ['s'] -> !EOVERFLOW\n"
         "a: semaphore.value ['s'] -> 9223372036854775807\n"
         "a: semaphore.acquire ['s',9223372036854775807] -> null\n"
         "a: semaphore.value ['s'] -> 0\n"},
        {"owned permits come back when their session ends",
         "a: semaphore.open {'name':'s','create':true,'value':3,'owned':true} -> *\n"
         "a: semaphore.acquire ['s',2] -> null\n"
         "a: semaphore.acquire ['s'] -> null\n"
         "b#5: semaphore.acquire ['s',2]\n"
         "c#5: semaphore.acquire ['s']\n"
         "a: object.stat ['s'] -> ~'held_ms':0,'n':3\n"
         "kill a\n"
         "b#5 = null\n"
         "c#5 = null\n"
         "b: semaphore.value ['s'] -> 0\n"},
        {"owned permits are released by their session alone",
         "a: semaphore.open {'name':'s','create':true,'value':3,'owned':true} -> *\n"
         "a: semaphore.release ['s'] -> !EPERM~holds 0 permits\n"
         "a: semaphore.acquire ['s',2] -> null\n"
         "b: semaphore.release ['s'] -> !EPERM\n"
         "a: semaphore.release ['s',3] -> !EPERM~holds 2 permits\n"
         "a: semaphore.release ['s'] -> null\n"
         "a: semaphore.release ['s'] -> null\n"
         "a: semaphore.release ['s'] -> !EPERM\n"
         "a: semaphore.value ['s'] -> 3\n"
         "a: semaphore.acquire ['s',4] -> !EINVAL\n"},
        {"bad arguments and permissions",
         "a: semaphore.open {'name':'s','create':true,'value':-1} -> !EINVAL~'param':'value'\n"
         "a: semaphore.open {'name':'s','create':true,'bounded':1} -> !EINVAL~'param':'bounded'\n"
         "a: semaphore.open {'name':'s','create':true,'value':0,'mode':'0604'} -> *\n"
         "a: semaphore.acquire ['s',0] -> !EINVAL~'param':'n'\n"
         "a: semaphore.acquire ['s',-1] -> !EINVAL\n"
         "a: semaphore.release ['s',0] -> !EINVAL\n"
         "a: semaphore.release ['s',1.5] -> !EINVAL\n"
         "a: semaphore.acquire ['s',1,-1] -> !EINVAL~'param':'timeout_ms'\n"
         "x: semaphore.acquire ['s'] -> !EACCES\n"
         "x: semaphore.release ['s'] -> !EACCES\n"
         "x: semaphore.value ['s'] -> 0\n"
         "a: semaphore.value ['t'] -> !ENOENT\n"
         "a: event.set ['s'] -> !EPROTOTYPE\n"},
};

Suite *make_suite(void) {
        return scenario_suite("semaphore", scenarios, ELEMENTSOF(scenarios));
}
