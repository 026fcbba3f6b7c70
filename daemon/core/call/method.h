/* A method: a row of data that the dispatcher, the argument checker, the statistics, rpc.discover
 * and the command line read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

typedef struct Call Call;
typedef struct Object Object;

/* The documented outcomes of a method. Unexpected failures are negative errno, which callers return
 * unchanged. */
typedef enum Outcome {
        OUTCOME_DONE = 0,    /* the call's result is set */
        OUTCOME_REFUSED = 1, /* the call's failure is set */
        OUTCOME_PARKED = 2,  /* the call waits, and will run again */
        OUTCOME_LATER = 3,   /* the method keeps the call and replies later: see restart.h */
} Outcome;

/* The reason why a wait ended unserved. */
typedef enum WaitEnd {
        WAIT_END_TIMED_OUT,
        WAIT_END_CANCELLED,
        WAIT_END_SESSION_GONE,
        WAIT_END_OBJECT_GONE,
        WAIT_END_SHUTDOWN,
        WAIT_END_DEADLOCK,
} WaitEnd;

typedef enum ArgKind {
        ARG_ANY = 1, /* any value; null is a value */
        ARG_BOOL,
        ARG_INT,
        ARG_NUMBER, /* integer or double */
        ARG_STRING,
        ARG_KEY,     /* a string of at most ARG_KEY_MAX bytes, without U+0000 */
        ARG_NAME,    /* the name of an object */
        ARG_PATTERN, /* a pattern for names: at most ARG_NAME_MAX bytes, without U+0000 */
        ARG_ARRAY,
        ARG_OBJECT,
        ARG_TIMEOUT, /* milliseconds; absent or null: no limit */
        ARG_MODE,    /* permission bits: an integer, or octal digits in a string */
        ARG_CHOICE,  /* one of `choices` */
        ARG_ID,      /* an id of a call: integer or string */
} ArgKind;

enum {
        ARG_KEY_MAX = 1024,
        ARG_NAME_MAX = 255,
        ARGS_MAX = 16,
};

/* The meaning of a parameter of an open if the object exists already. */
typedef enum OpenRole {
        OPEN_NONE,  /* not a parameter of an open */
        OPEN_CALL,  /* concerns this call only */
        OPEN_START, /* the initial state of a new object; ignored for an existing one */
        /* a property of the object: a value other than that of get_present() is refused */
        OPEN_FOR_GOOD,
} OpenRole;

/* For ids of users and groups: shmgrctl also accepts names. */
#define UID_SCHEMA "{\"type\":\"integer\",\"format\":\"uid\"}"
#define GID_SCHEMA "{\"type\":\"integer\",\"format\":\"gid\"}"

/* A parameter. Null means absent for every kind but ARG_ANY. Arrays end with an entry without a
 * name. */
typedef struct Arg {
        const char *name;
        ArgKind kind;
        bool optional;
        bool bounded; /* ARG_INT: minimum and maximum apply */
        int64_t minimum, maximum;
        const char *const *choices; /* ARG_CHOICE: NULL-terminated */
        const char *fallback;       /* the default as JSON text, for people */
        const char *schema;         /* a JSON Schema as text, if the kind is not enough */
        const char *help;
        OpenRole role; /* each parameter of an open has one: see open-options.h */
        /* OPEN_FOR_GOOD: returns 0 and the value of the object (NULL: none; of an array the
         * length), or -ENOMEM. */
        int (*get_present)(const Object *object, struct json_object **ret);
        const char *agrees; /* ARG_CHOICE: the value that agrees with each object; may be NULL */
} Arg;

/* The parameter of methods that return a part of many entries. */
#define COUNT_ARG(help_)                                                                           \
        {                                                                                          \
                .name = "count", .kind = ARG_INT, .optional = true, .bounded = true, .minimum = 1, \
                .maximum = INT64_MAX, .fallback = "100", .help = help_                             \
        }

enum {
        METHOD_WRITES = 1 << 0, /* changes the object: needs write permission */
        METHOD_BLOCKS = 1 << 1, /* may park: has a timeout_ms parameter */
        METHOD_OPENS = 1 << 2,  /* runs without an existing object */
        /* releases something that the session has: needs no permission */
        METHOD_GIVES_BACK = 1 << 3,
        /* not reported to monitors, since every session begins with it */
        METHOD_UNTOLD = 1 << 4,
        /* what it takes would be lost if the session is gone: then refused */
        METHOD_TAKES = 1 << 5,
        METHOD_OPERATES = 1 << 7, /* acts on the daemon: only for root and the user who runs it */
        METHOD_READS = 1 << 6, /* returns contents although it writes: needs read permission, too */
};

/* Returns an upper bound of the steps of a call, from its arguments and the sizes of the objects:
 * see call-work.h. The object is NULL if the method has none. Changes nothing. */
typedef uint64_t WorkOf(const Call *call, const Object *object);

typedef struct Method {
        /* the verb; a method of an object has "name" as its first parameter */
        const char *name;
        int (*run)(Call *call, Object *object);
        WorkOf *work;        /* required */
        const char *instead; /* what to do if that is too much, for people; optional */
        /* For blocking methods whose wait has a state to undo: called when the wait ends unserved,
         * before the reply. OUTCOME_PARKED keeps it waiting (only after a timeout or a cancel); any
         * other outcome ends it. Optional. */
        int (*give_up)(Call *call, Object *object, WaitEnd why);
        /* For a waiting call in a snapshot: rebuilds the state that the method keeps besides its
         * arguments. ret receives the objects that the call waits for, each with a place, and
         * *ret_any whether it waits for any of them. Returns their number, 0 for a method of an
         * object; or a negative errno if no call waits in this way, or -ENOMEM. For methods with
         * such a state, and for those without an object. */
        int (*restore)(Call *call, Object **ret, size_t most, bool *ret_any);
        unsigned flags;
        const Arg *args;    /* behind the name; may be NULL */
        const char *result; /* a JSON Schema as text */
        const char *help;   /* one line */
} Method;
