/* server.waits: which session holds what, and which one waits for which. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"nobody", "a: server.waits -> {'sessions':[],'edges':[],'truncated':false}\n"},
        {"holders, waiters, and the edges between them",
         "a: lock.open {'name':'l','create':true} -> *\n"
         "a: lock.open {'name':'m','create':true} -> *\n"
         "a: lock.acquire ['l'] -> *\n"
         "b: lock.acquire ['m'] -> *\n"
         "advance 5\n"
         "b#5: lock.acquire ['l',1000]\n"
         "c#5: lock.acquire ['l']\n"
         "advance 7\n"
         "d: server.waits -> "
         "{'sessions':[{'pid':100,'uid':1000,'comm':'alpha','session':1,'holds':[{'name':'l','type'"
         ":'lock','n':1,'held_ms':12,'token':1}],'waits':[]},{'pid':200,'uid':1000,'comm':'beta','"
         "session':2,'holds':[{'name':'m','type':'lock','n':1,'held_ms':12,'token':2}],'waits':[{'"
         "method':'lock.acquire','names':['l'],'waiting_ms':7,'left_ms':993}]},{'pid':300,'uid':"
         "1000,'comm':'gamma','session':3,'holds':[],'waits':[{'method':'lock.acquire','names':['l'"
         "],'waiting_ms':7}]}],'edges':[{'from':2,'to':1,'name':'l','type':'lock','why':'holds'},{'"
         "from':3,'to':1,'name':'l','type':'lock','why':'holds'},{'from':3,'to':2,'name':'l','type'"
         ":'lock','why':'ahead'}],'truncated':false}\n"
         "a: lock.release ['l'] -> null\n"
         "b#5 = *\n"},
        {"several at once, and a condition over a named lock",
         "a: lock.open {'name':'l','create':true} -> *\n"
         "a: lock.open {'name':'m','create':true} -> *\n"
         "a: condition.open {'name':'c','create':true,'lock':'l'} -> *\n"
         "a: lock.acquire ['l'] -> *\n"
         "a#5: condition.wait ['c']\n"
         "b: lock.acquire ['l'] -> *\n"
         "c#5: lock.acquire_many [['l','m']]\n"
         "d: server.waits -> "
         "~'edges':[{'from':1,'to':2,'name':'l','type':'lock','why':'holds'},{'from':3,'to':2,'"
         "name':'l','type':'lock','why':'holds'}]\n"
         "d: server.waits -> ~'names':['l','m']\n"
         "d: server.waits -> ~'method':'condition.wait','names':['c']\n"},
};

Suite *make_suite(void) {
        return scenario_suite("waits", scenarios, ELEMENTSOF(scenarios));
}
