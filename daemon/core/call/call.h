/* A call on its way through the core: the request, its session, and the result. It is on the heap from the start, so that
 * parking it allocates nothing and its address never changes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "attachment.h"
#include "base/macros.h"
#include "call/method.h"
#include "json/value.h"
#include "type.h"
#include "wait/waiter.h"

typedef struct Core Core;
typedef struct MethodRef MethodRef;
typedef struct Session Session;

/* A method as it is registered: the row of the table with all that belongs to it. */
struct MethodRef {
        const Method *method;
        const Type *type;       /* NULL for a service's */
        const Service *service; /* NULL for a type's */
        char *name;             /* "type.verb" */
        size_t n_name;
        const Arg *args[ARGS_MAX];
        unsigned n_args;
        uint32_t required;  /* bit set: the parameter must be given */
        unsigned n_leading; /* of args that are common to all types */
        unsigned access;    /* of the object: bits of Access that it needs, or 0 */
        uint64_t n_calls, n_errors;
        uint64_t n_steps;         /* of work, with that of reading the message and of the reply */
        int64_t total_ns, max_ns; /* running time, waits not included */
};

typedef enum ResultKind {
        RESULT_NULL,
        RESULT_BOOL,
        RESULT_INT,
        RESULT_VALUE,
        RESULT_TEXT, /* what Core.answer has */
        RESULT_JSON,
} ResultKind;

enum {
        CALL_ID_MAX = 256, /* bytes of text, quotes included where it is a string */
        CALL_SHORT_ID = 32,
        CALL_FEW_VALUES = 3,
        FAILURE_TEXT_MAX = 512,
};

struct Call {
        Session *session;
        Core *core;
        uint64_t number; /* of the call, in the core's life */
        MethodRef *ref;
        Object *object; /* NULL where there is none */

        Value *values; /* n_values, by position in ref->args; what is a span stands in the line */
        Value few_values[CALL_FEW_VALUES]; /* where they are, if there is room */
        struct json_object *tree; /* owned: of one of the values, for call_tree(), or NULL */
        uint32_t present;         /* bit set: the parameter was given */

        uint16_t n_id, n_key;
        char *id; /* owned, with the key: as it came, NUL-terminated; empty for a notification */
        char short_id[CALL_SHORT_ID]; /* where both are, if there is room */

        bool has_waited;      /* it was parked at some time */
        bool in_batch;        /* its reply goes into the batch's array */
        bool may_wait;        /* false in a batch and for notifications: as with a timeout of 0 */
        bool has_full_values; /* the block of its values has room for those of any method */
        unsigned phase;       /* of a method that waits more than once; 0 at first */
        int64_t deadline_ns;  /* monotonic; INT64_MAX for ever; set for methods that block */

        Wait wait;      /* its place in the queues while parked */
        uint64_t saved; /* for a method that waits more than once */
        Hold *hold;     /* owned: the hold that its session gave up during the wait, or NULL */
        void *state;    /* owned: what a method made out of its arguments, or NULL */

        uint64_t commit;     /* the number of its outcome, once that is decided */
        int outcome;         /* of a call whose reply is put off: reply.h */
        uint8_t n_values;    /* that were bound: as many as its method has parameters */
        uint8_t result_kind; /* ResultKind */
        union {
                int64_t result_int;              /* or bool */
                Value result;                    /* owned */
                struct json_object *result_json; /* owned */
        };
        /* owned: what goes with the reply of a call that succeeded, or NULL */
        Attachment *attachment;

        struct {
                int code;   /* of JSON-RPC */
                int error;  /* positive errno */
                char *text; /* owned; NULL where memory was short: call_failure_text() */
                struct json_object *data; /* further members for data, or NULL */
        } failure;
};

/* A fresh call, or NULL when memory ran out. */
Call *call_new(Session *session);
/* Gives it back. Takes NULL. */
Call *call_free(Call *call);
/* Makes room for a value of each parameter of its method, all null: 0 or -ENOMEM. */
int call_make_room(Call *call);
/* Its arguments are not looked at any more. */
void call_drop_arguments(Call *call);

/* Gives it the id, as text of at most CALL_ID_MAX bytes and as the value that this is: 0 or -ENOMEM. */
int call_set_id(Call *call, const char *text, size_t n, const Value *value);
/* The memory that a call takes which is parked, without its arguments. */
size_t call_own_memory(const Call *call);

/* The id decoded, after call_id_key(): how it is looked up. It has n_key bytes, and lives as long as the call. */
static inline char *call_key(const Call *call) {
        return call->id + call->n_id + 1;
}

/* Writes the form of an id by which calls are told apart, so that "a" and "\\u0061" are one: its
 * length, or 0 when it is longer than CALL_ID_MAX. The key has room for that and 4 bytes, or for as much as the id's text
 * has, and for 9 bytes. */
size_t call_id_key(const Value *id, char *key);

/* The arguments, counted from the first behind those that are common to all types. The caller has
 * declared their kinds, so they are of it. */
static inline bool call_has(const Call *call, unsigned i) {
        return call->present & (1u << (call->ref->n_leading + i));
}

static inline const Value *call_value(const Call *call, unsigned i) {
        return &call->values[call->ref->n_leading + i];
}

/* The number of members or elements of an array or object; 0 where it is absent. */
size_t call_length(const Call *call, unsigned i);
/* The members or elements, for json_cursor_next(); none where it is absent. */
void call_cursor(const Call *call, unsigned i, JsonCursor *ret);
/* One argument of a call as a tree of json-c, which the call keeps: 0 or -ENOMEM. */
int call_tree(Call *call, unsigned i, struct json_object **ret);
/* Copies what the call has of the line, into as much memory as that needs, so that it can wait: 0 or -ENOMEM. */
int call_keep_values(Call *call);
/* The bytes that its values take from the heap. */
size_t call_values_memory(const Call *call);

int64_t call_int(const Call *call, unsigned i, int64_t fallback);
bool call_bool(const Call *call, unsigned i, bool fallback);
/* NULL where absent; ret_n may be NULL. A NUL stands behind it, but not behind a key or a name. */
const char *call_string(const Call *call, unsigned i, size_t *ret_n);
/* The position of the given choice, or fallback where absent. */
int call_choice(const Call *call, unsigned i, int fallback);

/* The name of the object that the call gives, or that it was answered: false where there is none. It lives as long as the
 * call, and no NUL stands behind it. */
bool call_name(const Call *call, const char **ret, size_t *ret_n);

/* Results: each returns OUTCOME_DONE. */
int call_return_null(Call *call);
int call_return_bool(Call *call, bool value);
int call_return_int(Call *call, int64_t value);
/* Takes the value over. */
int call_return_value(Call *call, Value value);
/* Returns the JSON text that was written into Core.answer. */
int call_return_text(Call *call);
/* Takes the tree over. NULL is JSON null. */
int call_return_json(Call *call, struct json_object *value);
/* Takes over a value that was just made; NULL means that memory ran out, and returns -ENOMEM. */
int call_return_made(Call *call, struct json_object *value);

/* Failures: each returns OUTCOME_REFUSED. At most 128 bytes of a client's data belong in a text:
 * use "%.*s" with call_quote() for them. */
int call_refuse(Call *call, int error, const char *format, ...) PRINTF_LIKE(3, 4);
/* Replaces the text that a call was refused with. */
void call_set_text(Call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* The text of a call that was refused. */
const char *call_failure_text(const Call *call);
/* Forgets that it was refused. */
void call_forget_failure(Call *call);
/* A bad argument: EINVAL, and data.param names it. */
int call_refuse_arg(Call *call, const char *param, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds a member to data of a refused call; the value is taken over, and dropped when memory is short. */
void call_add_data(Call *call, const char *key, struct json_object *value);

/* Gives a refused call the data that others are refused with, too: nothing may be added to it. Takes NULL. */
void call_share_data(Call *call, struct json_object *data);

/* A client's text made fit for a message: shortened to 100 bytes at a character's end, controls and
 * format characters escaped. Lives until the next call of this function but three. */
const char *call_quote(const char *s, size_t n);
