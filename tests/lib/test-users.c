/* Several users: which of them may do what with an object, and what becomes of objects whose users are gone. The
 * users are processes that have changed their uid, so this needs root. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/macros.h"
#include "lib/play.h"
#include "tap-main.h"

#define USERS                                                                                      \
        "as a 1001 100\n"                                                                          \
        "as b 1002 100\n"                                                                          \
        "as c 1003 200\n"

static const Play plays[] = {
        {"an object is its maker's alone",
         USERS "a: list.open {'name':'o','create':true,'value':[1]} -> *\n"
               "a: object.stat ['o'] -> ~'uid':1001,'gid':100,~'mode':'0600'\n"
               "b: list.get ['o',0] -> !EACCES\n"
               "b: list.append ['o',2] -> !EACCES\n"
               "b: list.open ['o'] -> !EACCES\n"
               "b: object.stat ['o'] -> ~'uid':1001\n"
               "b: object.delete ['o'] -> !EACCES\n"
               "b: object.chmod ['o',438] -> !EACCES\n"
               "b: object.chown ['o',1002] -> !EACCES\n"
               "c: list.get ['o',0] -> !EACCES\n"
               "a: list.get ['o',0] -> 1\n"},
        {"members of the socket's group share by the bits alone",
         USERS "socket 100\n"
               "a: list.open {'name':'o','create':true,'mode':'0660'} -> *\n"
               "a: object.stat ['o'] -> ~'uid':1001,'gid':100,\n"
               "b: list.append ['o',1] -> null\n"
               "c: list.append ['o',2] -> !EACCES\n"
               "c: list.open {'name':'p','create':true,'mode':'0660'} -> *\n"
               "c: object.stat ['p'] -> ~'uid':1003,'gid':200,\n"
               "c: object.stat ['o'] -> ~'readable':false\n"},
        {"an object is made for a group of its maker",
         USERS "socket 0\n"
               "a: lock.open {'name':'o','create':true,'mode':'0660','group':100} -> *\n"
               "a: lock.open {'name':'p','create':true,'mode':'0660','group':200} -> !EPERM\n"
               "m: lock.open {'name':'p','create':true,'mode':'0660','group':200} -> *\n"
               "b: lock.acquire ['o'] -> *\n"
               "b: lock.acquire ['p'] -> !EACCES\n"
               "c: lock.acquire ['p'] -> *\n"},
        {"the group may read, others may not",
         USERS "a: dict.open {'name':'o','create':true,'mode':'0640','value':{'k':1}} -> *\n"
               "b: dict.get ['o','k'] -> 1\n"
               "b: dict.set ['o','k',2] -> !EACCES\n"
               "c: dict.get ['o','k'] -> !EACCES\n"},
        {"everyone may write, and nobody read",
         USERS "a: queue.open {'name':'o','create':true,'mode':'0622'} -> *\n"
               "b: queue.put ['o',1] -> null\n"
               "c: queue.put ['o',2] -> null\n"
               "c: queue.size ['o'] -> !EACCES\n"
               "c: queue.peek ['o'] -> !EACCES\n"
               "a: queue.get_many ['o',5] -> [1,2]\n"},
        {"root may do all", USERS "a: list.open {'name':'o','create':true,'value':[1]} -> *\n"
                                  "m: list.append ['o',2] -> null\n"
                                  "m: list.get ['o',0] -> 1\n"
                                  "m: object.chown ['o',1002,200] -> null\n"
                                  "a: list.get ['o',0] -> !EACCES\n"
                                  "b: list.get ['o',1] -> 2\n"
                                  "c: list.get ['o',0] -> !EACCES\n"
                                  "b: object.chmod ['o','0640'] -> null\n"
                                  "c: list.get ['o',0] -> 1\n"
                                  "b: object.delete ['o'] -> null\n"
                                  "b: list.get ['o',0] -> !ENOENT\n"},
        {"an owner may not give his object away, but to a group of his",
         USERS "a: list.open {'name':'o','create':true} -> *\n"
               "a: object.chown ['o',1002] -> !EACCES\n"
               "a: object.chown ['o',null,200] -> !EACCES\n"
               "a: object.chown ['o',null,100] -> null\n"},
        {"a lock between users, and word of who died",
         USERS "a: lock.open {'name':'o','create':true,'mode':'0660'} -> *\n"
               "b: lock.acquire ['o'] -> *\n"
               "c: lock.acquire ['o',0] -> !EACCES\n"
               "a& lock.acquire ['o']\n"
               "kill b\n"
               "a= ~'owner_died':{'pid':$b,'uid':1002,\n"
               "m: object.stat ['o'] -> ~'holders':[{'pid':$a,'uid':1001,\n"},
        {"who may use it no more may still give back what he has",
         USERS "a: lock.open {'name':'o','create':true,'mode':'0660'} -> *\n"
               "a: rwlock.open {'name':'p','create':true,'mode':'0660'} -> *\n"
               "a: semaphore.open {'name':'q','create':true,'mode':'0660','owned':true} -> *\n"
               "a: queue.open {'name':'r','create':true,'mode':'0660'} -> *\n"
               "a: condition.open {'name':'s','create':true,'mode':'0660'} -> *\n"
               "a: condition.open {'name':'t','create':true,'mode':'0660','lock':'o'} -> *\n"
               "a: queue.put ['r',1] -> null\n"
               "b: queue.reserve ['r'] -> {'id':1,'value':1}\n"
               "b: condition.acquire ['t'] -> *\n"
               "b: rwlock.acquire_write ['p'] -> *\n"
               "b: semaphore.acquire ['q'] -> *\n"
               "b: condition.acquire ['s'] -> *\n"
               "a: object.chmod ['o','0600'] -> null\n"
               "a: object.chmod ['p','0600'] -> null\n"
               "a: object.chmod ['q','0600'] -> null\n"
               "a: object.chmod ['r','0600'] -> null\n"
               "a: object.chmod ['s','0600'] -> null\n"
               "b: condition.release ['t'] -> null\n"
               "b: condition.acquire ['t',0] -> !EACCES\n"
               "b: rwlock.downgrade ['p'] -> null\n"
               "b: rwlock.release ['p'] -> null\n"
               "b: rwlock.release ['p'] -> !EACCES\n"
               "b: semaphore.release ['q'] -> null\n"
               "b: semaphore.release ['q'] -> !EACCES\n"
               "b: queue.nack ['r',1] -> null\n"
               "b: queue.nack ['r',1] -> !EPERM\n"
               "b: condition.release ['s'] -> null\n"
               "b: condition.release ['s'] -> !EACCES\n"
               "a: lock.locked ['o'] -> false\n"},
        {"what a dead owner left locked is nobody's to release who may not use it", USERS
         "a: lock.open {'name':'o','create':true,'mode':'0660','on_owner_death':'keep'} -> *\n"
         "a: lock.acquire ['o'] -> *\n"
         "kill a\n"
         "settle\n"
         "c: lock.release ['o'] -> !EACCES\n"
         "b: lock.release ['o'] -> null\n"},
        {"who waits and may no more is told",
         USERS "a: lock.open {'name':'o','create':true,'mode':'0660'} -> *\n"
               "a: lock.acquire ['o'] -> *\n"
               "b& lock.acquire ['o']\n"
               "a: object.chmod ['o','0600'] -> null\n"
               "a: lock.release ['o'] -> null\n"
               "b= !EACCES\n"
               "a: lock.locked ['o'] -> false\n"},
        {"a wait for several needs the right to all",
         USERS "a: lock.open {'name':'o','create':true,'mode':'0666'} -> *\n"
               "a: lock.open {'name':'p','create':true} -> *\n"
               "a: event.open {'name':'q','create':true} -> *\n"
               "b: lock.acquire_many [['o','p']] -> !EACCES\n"
               "b: lock.locked ['o'] -> false\n"
               "b: object.wait_any [[{'lock':'o'},{'event':'q'}]] -> *\n"
               "b: object.wait_any [[{'event':'q'}]] -> !EACCES\n"},
        {"a condition over a lock needs the right to both",
         USERS "a: lock.open {'name':'o','create':true} -> *\n"
               "b: condition.open {'name':'p','create':true,'lock':'o'} -> !EACCES\n"
               "a: condition.open {'name':'p','create':true,'lock':'o','mode':'0666'} -> *\n"
               "b: condition.acquire ['p'] -> !EACCES\n"
               "a: object.chmod ['o','0666'] -> null\n"
               "b: condition.acquire ['p'] -> *\n"},
        {"nobody refers to what he may not use",
         USERS "a: list.open {'name':'o','create':true} -> *\n"
               "b: list.open {'name':'p','create':true} -> *\n"
               "b: list.append ['p',{'$object':'o'}] -> !EACCES\n"
               "b: list.length ['p'] -> 0\n"},
        {"a set does not tell what is in one that may not be read",
         USERS "a: set.open {'name':'o','create':true,'value':[1]} -> *\n"
               "b: set.open {'name':'p','create':true,'value':[1]} -> *\n"
               "b: set.intersection {'name':'p','other':'o'} -> !EACCES\n"
               "b: set.update {'name':'p','other':'o'} -> !EACCES\n"},
        {"an ephemeral object of one user lives for another who has it open",
         USERS "a: list.open {'name':'o','create':true,'lifetime':'ephemeral','mode':'0666'} -> *\n"
               "b: list.open ['o'] -> ~'created':false\n"
               "kill a\n"
               "settle\n"
               "b: list.append ['o',1] -> null\n"
               "kill b\n"
               "settle\n"
               "c: list.get ['o',0] -> !ENOENT\n"},
        {"a persistent object outlives its user's processes, and is still his",
         USERS "a: list.open {'name':'o','create':true,'value':[1]} -> *\n"
               "exit a\n"
               "settle\n"
               "b: list.get ['o',0] -> !EACCES\n"
               "as a 1001 100\n"
               "a: list.get ['o',0] -> 1\n"},
        {"nobody sees what others have in a listing that he may not read",
         USERS "a: list.open {'name':'o','create':true} -> *\n"
               "b: list.open {'name':'p','create':true,'mode':'0604'} -> *\n"
               "c: list.get ['p',0] -> !ERANGE\n"
               "m: object.list [] -> ~'name':'o'~'name':'p'\n"},
};

START_TEST(test_play) {
        play_run(&plays[_i]);
}
END_TEST

Suite *make_suite(void) {
        if (geteuid() != 0) {
                printf("1..0 # SKIP only root can become several users\n");
                exit(0);
        }
        Suite *suite = suite_create("users");
        TCase *c = tcase_create("users");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_play, 0, ELEMENTSOF(plays));
        suite_add_tcase(suite, c);
        return suite;
}
