/* The rlock: depth, ownership, death. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"acquired again by its owner, and released as often",
         "a: rlock.open {'name':'r','create':true} -> *\n"
         "a: rlock.locked ['r'] -> false\n"
         "a: rlock.owner ['r'] -> null\n"
         "a: rlock.acquire ['r'] -> {'token':1}\n"
         "a: rlock.acquire ['r',0] -> {'token':1,'depth':2}\n"
         "a: rlock.acquire ['r',50] -> {'token':1,'depth':3}\n"
         "b#5: rlock.acquire ['r']\n"
         "a: rlock.release ['r'] -> null\n"
         "a: rlock.release ['r'] -> null\n"
         "b?\n"
         "a: rlock.locked ['r'] -> true\n"
         "advance 20\n"
         "a: rlock.owner ['r'] -> "
         "{'pid':100,'uid':1000,'comm':'alpha','session':1,'held_ms':20,'n':1,'token':1}\n"
         "a: rlock.release ['r'] -> null\n"
         "b#5 = {'token':2}\n"
         "a: rlock.release ['r'] -> !EPERM~another session owns it: pid 200 (beta)\n"
         "b: rlock.release ['r'] -> null\n"
         "b: rlock.release ['r'] -> !EPERM~it is not locked\n"},
        {"its owner does not wait behind those who wait",
         "a: rlock.open {'name':'r','create':true} -> *\n"
         "a: rlock.acquire ['r'] -> *\n"
         "b#5: rlock.acquire ['r']\n"
         "a: rlock.acquire ['r'] -> {'token':1,'depth':2}\n"
         "c: rlock.acquire ['r',0] -> !EAGAIN\n"},
        {"first come, first served", "a: rlock.open {'name':'r','create':true} -> *\n"
                                     "a: rlock.acquire ['r'] -> *\n"
                                     "b#5: rlock.acquire ['r']\n"
                                     "c#5: rlock.acquire ['r']\n"
                                     "d#5: rlock.acquire ['r']\n"
                                     "kill c\n"
                                     "a: rlock.release ['r'] -> null\n"
                                     "b#5 = {'token':2}\n"
                                     "b: rlock.release ['r'] -> null\n"
                                     "d#5 = {'token':3}\n"},
        {"the depth dies with the owner",
         "a: rlock.open {'name':'r','create':true} -> *\n"
         "a: rlock.acquire ['r'] -> *\n"
         "a: rlock.acquire ['r'] -> *\n"
         "b#5: rlock.acquire ['r']\n"
         "kill a\n"
         "b#5 = ~'owner_died':{'pid':100,'uid':1000,'comm':'alpha','session':1,'ms_ago':0}\n"
         "b: rlock.acquire ['r'] -> {'token':2,'depth':2}\n"},
        {"poison", "a: rlock.open {'name':'r','create':true,'on_owner_death':'poison'} -> *\n"
                   "a: rlock.acquire ['r'] -> *\n"
                   "a: rlock.acquire ['r'] -> *\n"
                   "b#5: rlock.acquire ['r']\n"
                   "kill a\n"
                   "b#5 = !ENOTRECOVERABLE~then call rlock.recover\n"
                   "b: rlock.acquire ['r'] -> !ENOTRECOVERABLE~'owner_died':{'pid':100\n"
                   "b: rlock.recover ['r'] -> null\n"
                   "b: rlock.recover ['r'] -> !EINVAL\n"
                   "b: rlock.acquire ['r'] -> {'token':2}\n"},
        {"keep", "a: rlock.open {'name':'r','create':true,'on_owner_death':'keep'} -> *\n"
                 "a: rlock.acquire ['r'] -> *\n"
                 "a: rlock.acquire ['r'] -> *\n"
                 "b#5: rlock.acquire ['r']\n"
                 "kill a\n"
                 "b?\n"
                 "c: rlock.locked ['r'] -> true\n"
                 "c: rlock.owner ['r'] -> ~'dead':true\n"
                 "c: rlock.release ['r'] -> null\n"
                 "b#5 = ~owner_died\n"},
        {"permissions", "a: rlock.open {'name':'r','create':true,'mode':'0604'} -> *\n"
                        "x: rlock.acquire ['r'] -> !EACCES\n"
                        "x: rlock.release ['r'] -> !EACCES\n"
                        "x: rlock.recover ['r'] -> !EACCES\n"
                        "x: rlock.locked ['r'] -> false\n"
                        "x: rlock.owner ['r'] -> null\n"},
        {"bad arguments", "a: rlock.open {'name':'r','create':true} -> *\n"
                          "a: rlock.acquire [] -> !EINVAL~'param':'name'\n"
                          "a: rlock.acquire ['r',-1] -> !EINVAL~'param':'timeout_ms'\n"
                          "a: rlock.acquire ['r','x'] -> !EINVAL~'param':'timeout_ms'\n"
                          "a: rlock.acquire ['r',1,2] -> !EINVAL\n"
                          "a: rlock.acquire {'name':'r','deep':1} -> !EINVAL~'param':'deep'\n"
                          "a: rlock.acquire ['none'] -> !ENOENT\n"
                          "a: lock.acquire ['r'] -> !EPROTOTYPE\n"
                          "a: rlock.open {'name':'s','create':true,'on_owner_death':'cry'} -> "
                          "!EINVAL~'param':'on_owner_death'\n"},
};

Suite *make_suite(void) {
        return scenario_suite("rlock", scenarios, ELEMENTSOF(scenarios));
}
