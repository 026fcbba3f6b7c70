/* All types, and what their tables share. services/tables.c lists the types. */
#pragma once

#include "type.h"

extern const Type type_array;
extern const Type type_barrier;
extern const Type type_condition;
extern const Type type_counter;
extern const Type type_dict;
extern const Type type_event;
extern const Type type_list;
extern const Type type_lock;
extern const Type type_namespace;
extern const Type type_pipe;
extern const Type type_queue;
extern const Type type_rlock;
extern const Type type_rwlock;
extern const Type type_semaphore;
extern const Type type_set;
extern const Type type_value;

#define NULL_SCHEMA           "{\"type\":\"null\"}"
#define BOOLEAN_SCHEMA        "{\"type\":\"boolean\"}"
#define INTEGER_SCHEMA        "{\"type\":\"integer\"}"
#define STRING_SCHEMA         "{\"type\":\"string\"}"
#define ARRAY_SCHEMA          "{\"type\":\"array\",\"items\":{}}"
#define OBJECT_SCHEMA         "{\"type\":\"object\"}"
#define OBJECT_OR_NULL_SCHEMA "{\"oneOf\":[{\"type\":\"object\"},{\"type\":\"null\"}]}"
#define ANY_SCHEMA            "{}"

/* The parameter of methods that block. */
#define TIMEOUT_ARG                                                                                \
        {                                                                                          \
                .name = "timeout_ms", .kind = ARG_TIMEOUT, .optional = true,                       \
                .help = "how long to wait: 0 does not wait, absent or null waits forever"          \
        }

/* The parameters "cursor" and "count" of methods that scan a container. */
#define SCAN_ARGS(help_of_count)                                                                   \
        {.name = "cursor",                                                                         \
         .kind = ARG_INT,                                                                          \
         .optional = true,                                                                         \
         .bounded = true,                                                                          \
         .maximum = INT64_MAX,                                                                     \
         .fallback = "0",                                                                          \
         .help = "the cursor that the last call returned; 0 begins"},                              \
                COUNT_ARG(help_of_count)

/* A method that does not block, in one line; further members may follow. */
#define METHOD(name_, run_, work_, flags_, args_, result_, help_, ...)                             \
        {                                                                                          \
                .name = name_, .run = run_, .work = work_, .flags = flags_, .args = args_,         \
                .result = result_, .help = help_, __VA_ARGS__                                      \
        }
