/* A method: a row of data that the dispatcher, the argument checker, the statistics, rpc.discover and the command
 * line all read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct json_object;

typedef struct Call Call;
typedef struct Object Object;

/* The documented outcomes of a method. Unexpected failures are negative errno, which callers return unchanged. */
typedef enum Outcome {
        OUTCOME_DONE = 0,    /* the call's result is set */
        OUTCOME_REFUSED = 1, /* the call's failure is set */
        OUTCOME_PARKED = 2,  /* the call waits, and will be run again */
        OUTCOME_LATER = 3,   /* the method keeps the call, and answers it later: restart.h */
} Outcome;

/* Why a wait ended without being served. */
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
        ARG_NAME,    /* an object's name */
        ARG_PATTERN, /* a pattern for names: at most ARG_NAME_MAX bytes, without U+0000 */
        ARG_ARRAY,
        ARG_OBJECT,
        ARG_TIMEOUT, /* milliseconds; absent or null is for ever */
        ARG_MODE,    /* permission bits: an integer, or octal digits in a string */
        ARG_CHOICE,  /* one of `choices` */
        ARG_ID,      /* an id of a call: integer or string */
} ArgKind;

enum {
        ARG_KEY_MAX = 1024,
        ARG_NAME_MAX = 255,
        ARGS_MAX = 16,
};

/* The meaning of a parameter of an open when the object exists already. */
typedef enum OpenRole {
        OPEN_NONE, /* it is not an open's */
        OPEN_CALL, /* it is about this call alone */
        OPEN_START, /* a new object begins with it; an old one has changed since, and it is ignored */
        OPEN_FOR_GOOD, /* what the object is: another value than get_present() tells is refused */
} OpenRole;

/* Of numbers of users and groups: shmgrctl takes names for them. */
#define UID_SCHEMA "{\"type\":\"integer\",\"format\":\"uid\"}"
#define GID_SCHEMA "{\"type\":\"integer\",\"format\":\"gid\"}"

/* One parameter. For every kind but ARG_ANY a null stands for absent. Arrays of
 * these end with an entry whose name is NULL. */
typedef struct Arg {
        const char *name;
        ArgKind kind;
        bool optional;
        bool bounded; /* ARG_INT: minimum and maximum hold */
        int64_t minimum, maximum;
        const char *const *choices; /* ARG_CHOICE: NULL-terminated */
        const char *fallback;       /* what holds where it is absent, as JSON text, for people */
        const char *schema;         /* a JSON Schema as text, where the kind does not say all */
        const char *help;
        OpenRole role; /* every parameter of an open has one: open-options.h */
        /* OPEN_FOR_GOOD: 0 and the value that the object has, NULL for none, of an array the length; or -ENOMEM. */
        int (*get_present)(const Object *object, struct json_object **ret);
} Arg;

enum {
        METHOD_WRITES = 1 << 0,     /* changes the object: needs write permission */
        METHOD_BLOCKS = 1 << 1,     /* may park: has a timeout_ms parameter */
        METHOD_OPENS = 1 << 2,      /* runs without an object that exists */
        METHOD_GIVES_BACK = 1 << 3, /* gives up what the session has: then it needs no permission */
        METHOD_UNTOLD = 1 << 4,     /* no news to monitors: every session begins with it */
        METHOD_TAKES = 1 << 5, /* what it takes is lost with who asked: not for one who is gone */
        METHOD_OPERATES = 1 << 7, /* acts on the daemon: for root and the user who runs it alone */
        METHOD_READS = 1 << 6, /* returns contents though it writes: needs read permission, too */
};

/* The steps that a call takes at most, from its arguments and the sizes that it meets: call-work.h.
 * The object is NULL where there is none. Nothing is changed. */
typedef uint64_t WorkOf(const Call *call, const Object *object);

typedef struct Method {
        /* the verb; "name" is always the first parameter where there is an object */
        const char *name;
        int (*run)(Call *call, Object *object);
        WorkOf *work;        /* every method has one */
        const char *instead; /* what to do where that is too much, for people. Optional. */
        /* Blocking methods whose wait has a state to undo: called when the wait ends unserved,
         * before the reply. OUTCOME_PARKED keeps it waiting (only after a timeout or a cancel);
         * any other outcome lets it end. Optional. */
        int (*give_up)(Call *call, Object *object, WaitEnd why);
        /* For a call that waits in a snapshot: makes what the method keeps in it besides its arguments, and tells the
         * objects that it waits for, each with a place, and whether for any of them: their number; negative where no
         * call waits like this, or -ENOMEM. A method of an object tells 0. For methods that keep something, and those
         * without an object. */
        int (*restore)(Call *call, Object **ret, size_t most, bool *ret_any);
        unsigned flags;
        const Arg *args;    /* behind the name; may be NULL */
        const char *result; /* a JSON Schema as text */
        const char *help;   /* one line */
} Method;
