/* The operations. Each leaves its object as it was, so it can be repeated without end. */
#include <string.h>

#include "base/macros.h"
#include "operation.h"

#define STEPS(...) ((const Step[]){__VA_ARGS__, {0}})

static const char nothing_like_it[] = "Redis has nothing that does the same";

const char operation_release_script[] = "if redis.call('get',KEYS[1])==ARGV[1] then return "
                                        "redis.call('del',KEYS[1]) else return 0 end";

char operation_release_sha[41];

#define SET_VALUE                                                                                  \
        { "dict.set", "\"k\",\"$v\"", "null", "HSET $o k $v", ":1\r\n" }
#define GET_VALUE                                                                                  \
        { "dict.get", "\"k\"", "\"$v\"", "HGET $o k", "=v" }

const Operation operations[] = {
        {.name = "dict.get",
         .type = "dict",
         .first = STEPS(SET_VALUE),
         .steps = STEPS(GET_VALUE),
         .calls = 1},
        {.name = "dict.set",
         .type = "dict",
         .first = STEPS(SET_VALUE),
         .steps = STEPS({"dict.set", "\"k\",\"$v\"", "null", "HSET $o k $v", ":0\r\n"}),
         .calls = 1},
        {.name = "dict.add",
         .type = "dict",
         .first = STEPS({"dict.set", "\"n\",0", "null", "HSET $o n 0", ":1\r\n"}),
         .steps = STEPS({"dict.add", "\"n\",1", "1", "HINCRBY $o n 1", ":1\r\n"},
                        {"dict.add", "\"n\",-1", "0", "HINCRBY $o n -1", ":0\r\n"}),
         .calls = 1},
        {.name = "counter.add",
         .type = "counter",
         .steps = STEPS({"counter.add", "1", "1", "INCRBY $o 1", ":1\r\n"},
                        {"counter.add", "-1", "0", "INCRBY $o -1", ":0\r\n"}),
         .calls = 1},
        {.name = "9 dict.get, 1 dict.set",
         .type = "dict",
         .first = STEPS(SET_VALUE),
         .steps = STEPS({"dict.get", "\"k\"", "\"$v\"", "HGET $o k", "=v", 9},
                        {"dict.set", "\"k\",\"$v\"", "null", "HSET $o k $v", ":0\r\n"}),
         .calls = 1},
        {.name = "list append + pop",
         .type = "list",
         .steps = STEPS({"list.append", "\"$v\"", "null", "RPUSH $o $v", ":1\r\n"},
                        {"list.pop", "", "\"$v\"", "RPOP $o", "=v"}),
         .calls = 2},
        {.name = "queue put + get",
         .type = "queue",
         .steps = STEPS({"queue.put", "\"$v\"", "null", "RPUSH $o $v", ":1\r\n"},
                        {"queue.get", "", "\"$v\"", "LPOP $o", "=v"}),
         .calls = 2},
        {.name = "set add + discard",
         .type = "set",
         .steps = STEPS({"set.add", "\"$v\"", "true", "SADD $o $v", ":1\r\n"},
                        {"set.discard", "\"$v\"", "true", "SREM $o $v", ":1\r\n"}),
         .calls = 2},
        {.name = "namespace.get",
         .type = "namespace",
         .first = STEPS({"namespace.set", "\"k\",\"$v\"", "null", "HSET $o k $v", ":1\r\n"}),
         .steps = STEPS({"namespace.get", "\"k\"", "\"$v\"", "HGET $o k", "=v"}),
         .calls = 1},
        {.name = "lock acquire + release",
         .type = "lock",
         .steps = STEPS({"lock.acquire", "", "{\"token\":#}", "SET $o 1 NX PX 30000", "+OK\r\n"},
                        {"lock.release", "", "null", "EVALSHA $s 1 $o 1", ":1\r\n"}),
         .calls = 2},
        {.name = "semaphore acquire + release",
         .type = "semaphore",
         .steps = STEPS({"semaphore.acquire", "", "null"}, {"semaphore.release", "", "null"}),
         .calls = 2,
         .no_redis = nothing_like_it},
        {.name = "event.is_set",
         .type = "event",
         .steps = STEPS({"event.is_set", "", "false"}),
         .calls = 1,
         .no_redis = nothing_like_it},
};

const unsigned n_operations = ELEMENTSOF(operations);

const Operation *operation_find(const char *name) {
        for (unsigned i = 0; i < n_operations; i++)
                if (strcmp(operations[i].name, name) == 0)
                        return &operations[i];
        return NULL;
}
