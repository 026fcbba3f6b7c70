/* The barrier: indices, generations, and each way it breaks. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"each party gets an index of its own",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a: barrier.parties ['b'] -> 3\n"
         "a: barrier.waiting ['b'] -> 0\n"
         "a: barrier.broken ['b'] -> false\n"
         "a#5: barrier.wait ['b']\n"
         "b#5: barrier.wait ['b',1000]\n"
         "c: barrier.waiting ['b'] -> 2\n"
         "c: barrier.wait ['b'] -> 2\n"
         "a#5 = 0\n"
         "b#5 = 1\n"
         "c: barrier.waiting ['b'] -> 0\n"},
        {"the last may come without waiting; another would have to, and does not count",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a: barrier.wait ['b',0] -> !EAGAIN\n"
         "a: barrier.waiting ['b'] -> 0\n"
         "a#5: barrier.wait ['b']\n"
         "b#5: barrier.wait ['b']\n"
         "c: barrier.wait ['b',0] -> 2\n"
         "a#5 = 0\n"
         "b#5 = 1\n"},
        {"the next generation begins at once, and who is too many belongs to it",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['b']\n"
         "b#5: barrier.wait ['b']\n"
         "c: barrier.wait ['b'] -> 2\n"
         "d#5: barrier.wait ['b']\n"
         "a#5 = 0\n"
         "b#5 = 1\n"
         "d?\n"
         "a#6: barrier.wait ['b']\n"
         "d?\n"
         "b: barrier.wait ['b'] -> 2\n"
         "d#5 = 0\n"
         "a#6 = 1\n"},
        {"released in a batch before the barrier is aborted in it",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['b']\n"
         "b#5: barrier.wait ['b']\n"
         "c[ barrier.wait ['b'] | barrier.abort ['b'] ]\n"
         "a#5 = 0\n"
         "b#5 = 1\n"
         "a: barrier.broken ['b'] -> true\n"},
        {"one party", "a: barrier.open {'name':'b','create':true,'parties':1} -> *\n"
                      "a: barrier.wait ['b'] -> 0\n"
                      "a: barrier.wait ['b',0] -> 0\n"},
        {"a death breaks it for all who wait, and says whose",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['b']\n"
         "b#5: barrier.wait ['b']\n"
         "kill b\n"
         "a#5 = !EPIPE~'why':'died','by':{'pid':200,'uid':1000,'comm':'beta','session':2}\n"
         "a: barrier.broken ['b'] -> true\n"
         "a: barrier.waiting ['b'] -> 0\n"
         "a: barrier.wait ['b'] -> !EPIPE~pid 200 (beta) died\n"
         "a: barrier.wait ['b',0] -> !EPIPE\n"
         "a: object.stat ['b'] -> ~'broken':true,'why':'died'\n"
         "a: barrier.reset ['b'] -> null\n"
         "a: barrier.broken ['b'] -> false\n"
         "a#6: barrier.wait ['b']\n"
         "c#5: barrier.wait ['b']\n"
         "d: barrier.wait ['b'] -> 2\n"
         "a#6 = 0\n"
         "c#5 = 1\n"},
        {"a timeout breaks it; whose time it was gets ETIMEDOUT",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['b',10]\n"
         "b#5: barrier.wait ['b']\n"
         "advance 10\n"
         "a#5 = !ETIMEDOUT\n"
         "b#5 = !EPIPE~'why':'timeout','by':{'pid':100\n"},
        {"two timeouts at once", "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
                                 "a#5: barrier.wait ['b',10]\n"
                                 "b#5: barrier.wait ['b',10]\n"
                                 "advance 10\n"
                                 "a#5 = !ETIMEDOUT\n"
                                 "b#5 = !ETIMEDOUT\n"
                                 "c: barrier.wait ['b'] -> !EPIPE~'by':{'pid':100\n"},
        {"a cancel breaks it", "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
                               "a#5: barrier.wait ['b']\n"
                               "b#5: barrier.wait ['b']\n"
                               "halfclose a\n"
                               "a#5 = !ECANCELED\n"
                               "b#5 = !EPIPE~'why':'cancelled'\n"},
        {"an abort breaks it until it is reset",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['b']\n"
         "c: barrier.abort ['b'] -> null\n"
         "a#5 = !EPIPE~'why':'abort','by':{'pid':300\n"
         "a: barrier.wait ['b'] -> !EPIPE\n"
         "a: barrier.abort ['b'] -> null\n"
         "a: barrier.reset ['b'] -> null\n"
         "a#6: barrier.wait ['b']\n"},
        {"a reset breaks it for those who wait, and for nobody else",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "c: barrier.reset ['b'] -> null\n"
         "a#5: barrier.wait ['b']\n"
         "b#5: barrier.wait ['b']\n"
         "c: barrier.reset ['b'] -> null\n"
         "a#5 = !EPIPE~'why':'reset','by':{'pid':300\n"
         "b#5 = !EPIPE~'why':'reset'\n"
         "a: barrier.broken ['b'] -> false\n"
         "a#6: barrier.wait ['b']\n"},
        {"aborted and reset in one batch",
         "a: barrier.open {'name':'b','create':true,'parties':3} -> *\n"
         "a#5: barrier.wait ['b']\n"
         "c[ barrier.abort ['b'] | barrier.reset ['b'] ]\n"
         "a#5 = !EPIPE~'why':'abort'\n"
         "a: barrier.broken ['b'] -> false\n"},
        {"bad arguments and permissions",
         "a: barrier.open {'name':'b','create':true} -> !EINVAL~'param':'parties'\n"
         "a: barrier.open {'name':'b','create':true,'parties':0} -> !EINVAL~'param':'parties'\n"
         "a: barrier.open {'name':'b','create':true,'parties':-1} -> !EINVAL\n"
         "a: barrier.open {'name':'b','create':true,'parties':2,'mode':'0604'} -> *\n"
         "a: barrier.open {'name':'b'} -> ~'created':false\n"
         "x: barrier.wait ['b'] -> !EACCES\n"
         "x: barrier.abort ['b'] -> !EACCES\n"
         "x: barrier.reset ['b'] -> !EACCES\n"
         "x: barrier.parties ['b'] -> 2\n"
         "x: barrier.waiting ['b'] -> 0\n"
         "x: barrier.broken ['b'] -> false\n"
         "a: barrier.wait ['b',-1] -> !EINVAL\n"
         "a: barrier.wait ['c'] -> !ENOENT\n"
         "a: event.wait ['b'] -> !EPROTOTYPE\n"},
};

Suite *make_suite(void) {
        return scenario_suite("barrier", scenarios, ELEMENTSOF(scenarios));
}
