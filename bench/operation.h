/* The operations that are measured: their calls, and the Redis commands that do the same work. */
#pragma once

typedef struct Step {
        const char *method; /* NULL behind the last step */
        /* The parameters behind the name of the object, and the result, as JSON. "$v" is the value; in a result
         * '#' is any number of digits. */
        const char *params, *result;
        /* The command, its words separated by blanks: $o is the key, $v the value, $s the script of a release. The reply is RESP;
         * "=v" is the value. NULL where Redis has nothing that does the same. */
        const char *command, *reply;
        unsigned times; /* in a row; 0 is 1 */
} Step;

typedef struct Operation {
        const char *name;
        const char *type;     /* of the object; each connection has one of its own */
        const char *options;  /* more members for its open call, or NULL */
        const Step *first;    /* done once, before all */
        const Step *steps;    /* done again and again */
        unsigned calls;       /* that count as one operation: 2 for a pair */
        const char *no_redis; /* why Redis is not compared, or NULL */
} Operation;

extern const Operation operations[];
extern const unsigned n_operations;

/* NULL when there is none of this name. */
const Operation *operation_find(const char *name);

/* A lock of Redis may be released by its owner alone, which takes a script. */
extern const char operation_release_script[];
/* Its name in Redis, once it has been loaded. */
extern char operation_release_sha[41];
