/* CPython's multiprocessing.Manager, method by method: the types that hold values; for each method its equivalent
 * here, when it waits, what its timeout does, and its errors. doc/manager.md compares both, and refers to these rows
 * by their names. */
#include "base/macros.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"list.__getitem__: an index or a slice",
         "a: list.open {'name':'o','create':true,'value':[1,2,3]} -> *\n"
         "a: list.get ['o',0] -> 1\n"
         "a: list.get ['o',-1] -> 3\n"
         "a: list.get ['o',3] -> !ERANGE\n"
         "a: list.slice ['o',1] -> [2,3]\n"
         "a: list.slice ['o',null,null,-1] -> [3,2,1]\n"
         "a: list.slice ['o',null,null,0] -> !EINVAL\n"},
        {"list.__setitem__: an index or a slice",
         "a: list.open {'name':'o','create':true,'value':[1,2,3]} -> *\n"
         "a: list.set ['o',-1,9] -> null\n"
         "a: list.set ['o',3,9] -> !ERANGE\n"
         "a: list.set_slice ['o',0,2,null,[7]] -> null\n"
         "a: list.copy ['o'] -> [7,9]\n"
         "a: list.set_slice ['o',null,null,2,[1,2]] -> !EINVAL\n"},
        {"list.__delitem__: an index or a slice",
         "a: list.open {'name':'o','create':true,'value':[1,2,3,4]} -> *\n"
         "a: list.delete ['o',0] -> null\n"
         "a: list.delete ['o',9] -> !ERANGE\n"
         "a: list.delete_slice ['o',null,null,2] -> null\n"
         "a: list.copy ['o'] -> [3]\n"},
        {"list.__len__, list.__contains__",
         "a: list.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: list.length ['o'] -> 2\n"
         "a: list.contains ['o',2] -> true\n"
         "a: list.contains ['o',2.0] -> true\n"
         "a: list.contains ['o',3] -> false\n"
         "a: list.contains ['o',true] -> false\n"},
        {"list.__add__, list.__mul__, list.__rmul__: of a copy",
         "a: list.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: list.copy ['o'] -> [1,2]\n"},
        {"list.__iadd__, list.extend", "a: list.open {'name':'o','create':true,'value':[1]} -> *\n"
                                       "a: list.extend ['o',[2,3]] -> null\n"
                                       "a: list.extend ['o',4] -> !EINVAL~'param':'values'\n"
                                       "a: list.copy ['o'] -> [1,2,3]\n"},
        {"list.__imul__", "a: list.open {'name':'o','create':true,'value':[1,2]} -> *\n"
                          "a: list.repeat ['o',2] -> null\n"
                          "a: list.copy ['o'] -> [1,2,1,2]\n"
                          "a: list.repeat ['o',0] -> null\n"
                          "a: list.length ['o'] -> 0\n"},
        {"list.__reversed__, list.reverse",
         "a: list.open {'name':'o','create':true,'value':[1,2,3]} -> *\n"
         "a: list.slice ['o',null,null,-1] -> [3,2,1]\n"
         "a: list.reverse ['o'] -> null\n"
         "a: list.copy ['o'] -> [3,2,1]\n"},
        {"list.append, list.insert", "a: list.open {'name':'o','create':true,'value':[1]} -> *\n"
                                     "a: list.append ['o',2] -> null\n"
                                     "a: list.insert ['o',0,0] -> null\n"
                                     "a: list.insert ['o',99,9] -> null\n"
                                     "a: list.insert ['o',-1,8] -> null\n"
                                     "a: list.copy ['o'] -> [0,1,2,8,9]\n"},
        {"list.pop, list.remove", "a: list.open {'name':'o','create':true,'value':[1,2,3,2]} -> *\n"
                                  "a: list.pop ['o'] -> 2\n"
                                  "a: list.pop ['o',0] -> 1\n"
                                  "a: list.pop ['o',7] -> !ERANGE\n"
                                  "a: list.remove ['o',2] -> null\n"
                                  "a: list.remove ['o',2] -> !ENODATA\n"
                                  "a: list.pop ['o'] -> 3\n"
                                  "a: list.pop ['o'] -> !ENODATA\n"},
        {"list.index, list.count", "a: list.open {'name':'o','create':true,'value':[1,2,1]} -> *\n"
                                   "a: list.index ['o',1] -> 0\n"
                                   "a: list.index ['o',1,1] -> 2\n"
                                   "a: list.index ['o',2,0,1] -> !ENODATA\n"
                                   "a: list.count ['o',1] -> 2\n"
                                   "a: list.count ['o',5] -> 0\n"},
        {"list.sort", "a: list.open {'name':'o','create':true,'value':[3,1,2]} -> *\n"
                      "a: list.sort ['o'] -> null\n"
                      "a: list.copy ['o'] -> [1,2,3]\n"
                      "a: list.sort ['o',true] -> null\n"
                      "a: list.copy ['o'] -> [3,2,1]\n"
                      "a: list.append ['o','x'] -> null\n"
                      "a: list.sort ['o'] -> !EINVAL\n"
                      "a: list.copy ['o'] -> [3,2,1,'x']\n"},
        {"list.clear, list.copy", "a: list.open {'name':'o','create':true,'value':[1]} -> *\n"
                                  "a: list.copy ['o'] -> [1]\n"
                                  "a: list.clear ['o'] -> null\n"
                                  "a: list.copy ['o'] -> []\n"},
        {"dict.__getitem__, dict.get",
         "a: dict.open {'name':'o','create':true,'value':{'k':1}} -> *\n"
         "a: dict.get ['o','k'] -> 1\n"
         "a: dict.get ['o','x'] -> !ENODATA\n"
         "a: dict.get ['o','x',7] -> 7\n"
         "a: dict.get ['o','x',null] -> null\n"},
        {"dict.__setitem__, dict.__delitem__",
         "a: dict.open {'name':'o','create':true,'value':{}} -> *\n"
         "a: dict.set ['o','k',1] -> null\n"
         "a: dict.delete ['o','k'] -> null\n"
         "a: dict.delete ['o','k'] -> !ENODATA\n"
         "a: dict.set ['o',5,1] -> !EINVAL~'param':'key'\n"},
        {"dict.__len__, dict.__contains__",
         "a: dict.open {'name':'o','create':true,'value':{'k':null}} -> *\n"
         "a: dict.length ['o'] -> 1\n"
         "a: dict.contains ['o','k'] -> true\n"
         "a: dict.contains ['o','x'] -> false\n"},
        {"dict.keys, dict.values, dict.items: lists, in the order of insertion",
         "a: dict.open {'name':'o','create':true,'value':{'b':1,'a':2}} -> *\n"
         "a: dict.keys ['o'] -> ['b','a']\n"
         "a: dict.values ['o'] -> [1,2]\n"
         "a: dict.items ['o'] -> [['b',1],['a',2]]\n"},
        {"dict.__iter__, dict.__reversed__: of the keys",
         "a: dict.open {'name':'o','create':true,'value':{'b':1,'a':2}} -> *\n"
         "a: dict.scan ['o',0,1] -> {'cursor':1,'items':[['b',1]]}\n"
         "a: dict.set ['o','c',3] -> null\n"
         "a: dict.scan ['o',1,5] -> {'cursor':0,'items':[['a',2],['c',3]]}\n"},
        {"dict.copy, dict.clear", "a: dict.open {'name':'o','create':true,'value':{'k':1}} -> *\n"
                                  "a: dict.copy ['o'] -> {'k':1}\n"
                                  "a: dict.clear ['o'] -> null\n"
                                  "a: dict.copy ['o'] -> {}\n"},
        {"dict.pop, dict.popitem",
         "a: dict.open {'name':'o','create':true,'value':{'a':1,'b':2,'c':3}} -> *\n"
         "a: dict.pop ['o','a'] -> 1\n"
         "a: dict.pop ['o','a'] -> !ENODATA\n"
         "a: dict.pop ['o','a',7] -> 7\n"
         "a: dict.popitem ['o'] -> ['c',3]\n"
         "a: dict.popitem ['o'] -> ['b',2]\n"
         "a: dict.popitem ['o'] -> !ENODATA\n"},
        {"dict.setdefault, dict.update, dict.__ior__",
         "a: dict.open {'name':'o','create':true,'value':{'a':1}} -> *\n"
         "a: dict.setdefault ['o','a',5] -> 1\n"
         "a: dict.setdefault ['o','b'] -> null\n"
         "a: dict.update ['o',{'a':2,'c':3}] -> null\n"
         "a: dict.copy ['o'] -> {'a':2,'b':null,'c':3}\n"},
        {"dict.fromkeys, dict.__or__: a value at open, or of a copy",
         "a: dict.open {'name':'o','create':true,'value':{'a':null,'b':null}} -> *\n"
         "a: dict.copy ['o'] -> {'a':null,'b':null}\n"},
        {"Namespace.__getattribute__, Namespace.__setattr__, Namespace.__delattr__",
         "a: namespace.open {'name':'o','create':true,'value':{'x':1}} -> *\n"
         "a: namespace.get ['o','x'] -> 1\n"
         "a: namespace.set ['o','y',2] -> null\n"
         "b: namespace.get ['o','y'] -> 2\n"
         "a: namespace.delete ['o','y'] -> null\n"
         "a: namespace.get ['o','y'] -> !ENODATA\n"
         "a: namespace.set ['o','_z',3] -> null\n"
         "b: namespace.get ['o','_z'] -> 3\n"
         "a: namespace.set ['o','1x',1] -> !EINVAL~'param':'key'\n"},
        {"Value.get, Value.set, Value.value: the type is enforced",
         "a: value.open {'name':'o','create':true,'type':'int64','value':5} -> *\n"
         "a: value.get ['o'] -> 5\n"
         "a: value.set ['o',6] -> null\n"
         "a: value.set ['o','str'] -> !EINVAL~'param':'value'\n"
         "a: value.set ['o',0.5] -> !EINVAL\n"
         "a: value.get ['o'] -> 6\n"
         "a: value.open {'name':'p','create':true,'type':'i'} -> !EINVAL~'param':'type'\n"},
        {"Value: adding is one step",
         "a: value.open {'name':'o','create':true,'type':'int64'} -> *\n"
         "a: value.add ['o',2] -> 2\n"
         "a: value.exchange ['o',7] -> 2\n"
         "a: value.cas ['o',7,8] -> true\n"
         "a: value.cas ['o',7,9] -> false\n"
         "a: value.get ['o'] -> 8\n"},
        {"Array.__getitem__, Array.__setitem__, Array.__len__",
         "a: array.open {'name':'o','create':true,'value':[1,2,3]} -> *\n"
         "a: array.length ['o'] -> 3\n"
         "a: array.get ['o',-1] -> 3\n"
         "a: array.get ['o',3] -> !ERANGE\n"
         "a: array.set ['o',0,9] -> null\n"
         "a: array.set ['o',0,'x'] -> !EINVAL~'param':'value'\n"
         "a: array.slice ['o',0,2] -> [9,2]\n"
         "a: array.set_slice ['o',0,2,null,[7,8]] -> null\n"
         "a: array.set_slice ['o',0,2,null,[7]] -> !EINVAL\n"
         "a: array.slice ['o'] -> [7,8,3]\n"
         "a: array.open {'name':'p','create':true,'type':'x'} -> !EINVAL~'param':'type'\n"},
        {"set.add, set.discard, set.remove, set.pop",
         "a: set.open {'name':'o','create':true,'value':[]} -> *\n"
         "a: set.add ['o',1] -> true\n"
         "a: set.add ['o',1.0] -> false\n"
         "a: set.discard ['o',1] -> true\n"
         "a: set.discard ['o',1] -> false\n"
         "a: set.remove ['o',1] -> !ENODATA\n"
         "a: set.pop ['o'] -> !ENODATA\n"
         "a: set.add ['o',2] -> true\n"
         "a: set.pop ['o'] -> 2\n"},
        {"set.__contains__, set.__len__, set.__iter__, set.clear, set.copy",
         "a: set.open {'name':'o','create':true,'value':[1,2,1]} -> *\n"
         "a: set.contains ['o',1] -> true\n"
         "a: set.contains ['o',3] -> false\n"
         "a: set.length ['o'] -> 2\n"
         "a: set.scan ['o',0,1] -> {'cursor':1,'items':[1]}\n"
         "a: set.copy ['o'] -> [1,2]\n"
         "a: set.clear ['o'] -> null\n"
         "a: set.copy ['o'] -> []\n"},
        {"set.union, set.__or__, set.__ror__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.union ['o',[2,3]] -> [1,2,3]\n"
         "a: set.length ['o'] -> 2\n"},
        {"set.intersection, set.__and__, set.__rand__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.intersection ['o',[2,3]] -> [2]\n"},
        {"set.difference, set.__sub__, set.__rsub__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.difference ['o',[2,3]] -> [1]\n"},
        {"set.symmetric_difference, set.__xor__, set.__rxor__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.symmetric_difference ['o',[2,3]] -> [1,3]\n"},
        {"set.update, set.__ior__", "a: set.open {'name':'o','create':true,'value':[1]} -> *\n"
                                    "a: set.update ['o',[2]] -> null\n"
                                    "a: set.copy ['o'] -> [1,2]\n"},
        {"set.intersection_update, set.__iand__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.intersection_update ['o',[2,3]] -> null\n"
         "a: set.copy ['o'] -> [2]\n"},
        {"set.difference_update, set.__isub__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.difference_update ['o',[2,3]] -> null\n"
         "a: set.copy ['o'] -> [1]\n"},
        {"set.symmetric_difference_update, set.__ixor__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.symmetric_difference_update ['o',[2,3]] -> null\n"
         "a: set.copy ['o'] -> [1,3]\n"},
        {"set.issubset, set.__le__, set.__lt__",
         "a: set.open {'name':'o','create':true,'value':[1]} -> *\n"
         "a: set.issubset ['o',[1,2]] -> true\n"
         "a: set.issubset ['o',[2]] -> false\n"},
        {"set.issuperset, set.__ge__, set.__gt__",
         "a: set.open {'name':'o','create':true,'value':[1,2]} -> *\n"
         "a: set.issuperset ['o',[1]] -> true\n"
         "a: set.issuperset ['o',[3]] -> false\n"},
        {"set.isdisjoint", "a: set.open {'name':'o','create':true,'value':[1]} -> *\n"
                           "a: set.isdisjoint ['o',[2]] -> true\n"
                           "a: set.isdisjoint ['o',[1]] -> false\n"},
        {"what is wrong at open is said by its parameter, and nothing is made",
         "a: queue.open {'name':'o','create':true,'maxsize':'three'} -> !EINVAL~'param':'maxsize'\n"
         "a: list.open {'name':'o','create':true,'value':5} -> !EINVAL~'param':'value'\n"
         "a: array.open {'name':'o','create':true,'type':'int64','value':['x']} -> "
         "!EINVAL~'param':'value'\n"
         "a: barrier.open {'name':'o','create':true,'parties':'two'} -> !EINVAL~'param':'parties'\n"
         "a: lock.open {'name':'o','create':true,'on_owner_death':'maybe'} -> "
         "!EINVAL~'param':'on_owner_death'\n"
         "a: counter.open {'name':'o','create':true,'start':1} -> !EINVAL~'param':'start'\n"
         "a: object.list -> []\n"},
        {"any process meets the same object by its name",
         "a: dict.open {'name':'o','create':true} -> *\n"
         "a: dict.set ['o','k',1] -> null\n"
         "b: dict.open ['o'] -> ~'created':false\n"
         "b: dict.get ['o','k'] -> 1\n"},
};

Suite *make_suite(void) {
        return scenario_suite("manager-values", scenarios, ELEMENTSOF(scenarios));
}
