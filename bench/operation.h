/* The operations that are measured: their calls, and the Redis commands that do the same work. */
#pragma once

typedef struct Step {
        const char *method; /* NULL after the last step */
        /* The parameters after the name of the object, and the result, as JSON. "$v" is the value; in a result
         * '#' is any number of digits. */
        const char *params, *result;
        /* The command, its words separated by blanks: $o is the key, $v the value, $s the script of a release. The reply is RESP;
         * "=v" is the value. NULL if Redis has no such command. */
        const char *command, *reply;
        unsigned times; /* repetitions of the step; 0 means 1 */
} Step;

typedef struct Operation {
        const char *name;
        const char *type;     /* of the object; each connection has one of its own */
        const char *options;  /* more members for its open call, or NULL */
        const Step *first;    /* steps that run once, at the beginning */
        const Step *steps;    /* steps that are repeated */
        unsigned calls;       /* calls that count as one operation: 2 for a pair */
        const char *no_redis; /* why Redis is not compared, or NULL */
} Operation;

extern const Operation operations[];
extern const unsigned n_operations;

/* NULL if no operation has this name. */
const Operation *operation_find(const char *name);

/* The script that releases a lock of Redis only for its owner. */
extern const char operation_release_script[];
/* The hash by which Redis names the script after it was loaded. */
extern char operation_release_sha[41];
