/* The event: set, clear and wait. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"a flag", "a: event.open {'name':'e','create':true} -> *\n"
                   "a: event.is_set ['e'] -> false\n"
                   "a: event.wait ['e',0] -> !EAGAIN\n"
                   "a: event.set ['e'] -> null\n"
                   "a: event.is_set ['e'] -> true\n"
                   "a: event.wait ['e'] -> true\n"
                   "a: event.wait ['e',0] -> true\n"
                   "a: event.set ['e'] -> null\n"
                   "a: event.clear ['e'] -> null\n"
                   "a: event.clear ['e'] -> null\n"
                   "a: event.is_set ['e'] -> false\n"
                   "a: object.stat ['e'] -> ~'set':false\n"},
        {"all who wait go on", "a: event.open {'name':'e','create':true} -> *\n"
                               "a#5: event.wait ['e']\n"
                               "b#5: event.wait ['e',1000]\n"
                               "c#5: event.wait ['e']\n"
                               "d: event.set ['e'] -> null\n"
                               "a#5 = true\n"
                               "b#5 = true\n"
                               "c#5 = true\n"},
        {"set and cleared in one batch still wakes those who waited",
         "a: event.open {'name':'e','create':true} -> *\n"
         "a#5: event.wait ['e']\n"
         "b[ event.set ['e'] | event.clear ['e'] ]\n"
         "a#5 = true\n"
         "a: event.is_set ['e'] -> false\n"
         "a#6: event.wait ['e']\n"
         "a?\n"},
        {"waiting needs to read, setting to write",
         "a: event.open {'name':'e','create':true,'mode':'0604'} -> *\n"
         "x#5: event.wait ['e']\n"
         "x: event.set ['e'] -> !EACCES\n"
         "x: event.clear ['e'] -> !EACCES\n"
         "x: event.is_set ['e'] -> false\n"
         "a: event.set ['e'] -> null\n"
         "x#5 = true\n"
         "a: event.wait ['e',-1] -> !EINVAL\n"
         "a: event.wait ['f'] -> !ENOENT\n"
         "a: barrier.wait ['e'] -> !EPROTOTYPE\n"},
};

Suite *make_suite(void) {
        return scenario_suite("event", scenarios, ELEMENTSOF(scenarios));
}
