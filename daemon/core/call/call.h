/* A call in the core: the request, its session, and the result. It is on the heap from the start,
 * so parking it allocates nothing and its address never changes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "attachment.h"
#include "base/chains.h"
#include "base/heap.h"
#include "base/macros.h"
#include "call/method.h"
#include "json/value.h"
#include "line-time.h"
#include "type.h"
#include "wait/waiter.h"

typedef struct Core Core;
typedef struct MethodRef MethodRef;
typedef struct Session Session;

/* A registered method: the row of its table with everything that belongs to it. */
struct MethodRef {
        const Method *method;
        const Type *type;       /* NULL: it belongs to a service */
        const Service *service; /* NULL: it belongs to a type */
        char *name;             /* such as "lock.acquire" */
        size_t n_name;
        const Arg *args[ARGS_MAX];
        unsigned n_args;
        uint32_t required;  /* bit set: the parameter is required */
        unsigned n_leading; /* number of args that are common to all types */
        unsigned access;    /* bits of Access that it needs on the object, or 0 */
        uint64_t n_calls, n_errors;
        uint64_t n_steps; /* work of all calls, including reading and replying */
        MethodTime time;
};

typedef enum ResultKind {
        RESULT_NULL,
        RESULT_BOOL,
        RESULT_INT,
        RESULT_TEXT,  /* the text in Core.answer */
        RESULT_VALUE, /* from here on the call owns something */
        RESULT_JSON,
        RESULT_FAILURE, /* none: the call is refused */
} ResultKind;

enum {
        CALL_ID_MAX = 256, /* bytes of text, with quotes if it is a string */
        CALL_SHORT_ID = 24,
        CALL_FEW_VALUES = 3,
        FAILURE_TEXT_MAX = 512,
};

_Static_assert(ARGS_MAX <= 16, "Call.present has a bit for each");

/* A call has two parts. The first is cleared when the call begins. Of the second, which is larger, each member is written
 * before it is read: most calls use little of it, and only those that park use the structure of a waiter. */
struct Call {
        Session *session;
        Core *core;
        uint64_t number; /* number of the call, unique in the life of the core */
        MethodRef *ref;
        Object *object; /* NULL: none */

        Value *values; /* n_values, by position in ref->args; spans point into the line */
        struct json_object *tree; /* owned: one of the values, for call_tree(); or NULL */

        uint16_t present; /* bit set: the parameter was given */
        uint16_t n_id, n_key;
        int16_t outcome;      /* of a call whose reply is deferred: see reply.h */
        uint8_t n_values;     /* number of bound values: that of the parameters */
        uint8_t result_kind;  /* ResultKind */
        uint8_t phase;        /* of a method that waits several times; 0 at first */
        bool lacks_key;       /* its id is an integer, whose key is not made yet */
        bool has_waited;      /* it was parked at some time */
        bool in_batch;        /* its reply goes into the array of the batch */
        bool may_wait;        /* false in a batch and for notifications, as with a timeout of 0 */
        bool has_full_values; /* the block of its values has room for those of any method */
        bool is_parked;

        int16_t code, error; /* of a refused call: of JSON-RPC, and a positive errno; otherwise 0 */

        char *id; /* owned, with the key: as it came, NUL-terminated; empty for a notification */
        HeapNode deadline; /* its key is set when the call begins: monotonic, INT64_MAX for none */
        union {
                uint64_t saved;  /* for a method that waits several times */
                uint64_t commit; /* number of the outcome, when it is decided */
        };
        Hold *hold;  /* owned: the hold that its session gave up during the wait, or NULL */
        void *state; /* owned: built by the method from its arguments, or NULL */
        /* Owned: the descriptor sent with the reply of a successful call, or NULL. */
        Attachment *attachment;
        Value few_values[CALL_FEW_VALUES]; /* the place of its values, if they fit */

        /* The second part. By result_kind: */
        union CallResult {
                int64_t i;                /* an integer or a boolean */
                Value value;              /* owned */
                struct json_object *json; /* owned */
                struct {
                        char *text; /* owned; NULL if memory ran out: see call_failure_text() */
                        struct json_object *data; /* owned: further members for data, or NULL */
                } failure;
        } result;
        char short_id[CALL_SHORT_ID]; /* the place of id and key, if they fit */
        ChainNode parked;             /* Core.parked, while it is parked */
        Wait wait;                    /* its place in the queues while it is parked */
};

/* The bytes of the first part. */
#define CALL_CLEARED offsetof(Call, result)

/* Returns a fresh call, or NULL if memory ran out. */
Call *call_new(Session *session);
/* Frees the call. Takes NULL. */
Call *call_free(Call *call);
/* Makes room for a null value of each parameter of its method. Returns 0 or -ENOMEM. */
int call_make_room(Call *call);
/* Called when the arguments are no longer needed. */
void call_drop_arguments(Call *call);

/* Sets the id, as text of at most CALL_ID_MAX bytes and as its value. Returns 0 or -ENOMEM. */
int call_set_id(Call *call, const char *text, size_t n, const Value *value);
/* Returns the memory of a parked call without its arguments. */
size_t call_own_memory(const Call *call);

/* Notes that the call uses the object (idle.h), unless the session observes and the call only
 * reads. */
void call_use(const Call *call, Object *object);

/* Returns the key made from the id by call_id_key(), of n_key bytes. It lives as long as the
 * call. */
static inline char *call_key(const Call *call) {
        return call->id + call->n_id + 1;
}

/* Writes the key by which calls are distinguished: "a" and "\\u0061" are one id. The key must
 * have room for the length of the id's text and 4 bytes, and at least for 9 bytes. Returns the
 * length, or 0 if it exceeds CALL_ID_MAX. */
size_t call_id_key(const Value *id, char *key);

/* Gives the call an integer as id, by its text. Returns 0 or -ENOMEM. */
int call_set_integer_id(Call *call, const char *text, size_t n);
/* Returns whether a parked call of the session has the id of this one. */
bool call_id_is_in_flight(Call *call);
/* Makes a parked call findable by its session and id. Returns 0, -ENOMEM, or -EEXIST if another call
 * of the session has this id. */
int call_add_parked(Call *call);
void call_remove_parked(Call *call);
/* Returns the parked call of a session with this key, or NULL. */
Call *call_find_parked(const Session *session, const char *key, size_t n_key);

/* The arguments, counted from the first behind those that are common to all types. Their kinds are
 * as declared. */
static inline bool call_has(const Call *call, unsigned i) {
        return call->present & (1u << (call->ref->n_leading + i));
}

static inline const Value *call_value(const Call *call, unsigned i) {
        return &call->values[call->ref->n_leading + i];
}

/* Returns the number of members or elements of an array or object; 0 if it is absent. */
size_t call_length(const Call *call, unsigned i);
/* Returns a cursor over the members or elements, none if it is absent. */
void call_cursor(const Call *call, unsigned i, JsonCursor *ret);
/* Builds a tree of json-c from an argument, which the call owns. Returns 0 or -ENOMEM. */
int call_tree(Call *call, unsigned i, struct json_object **ret);
/* Copies all values out of the line into memory of the right size, so that the call can wait.
 * Returns 0 or -ENOMEM. */
int call_keep_values(Call *call);
/* Returns the bytes of heap that its values take. */
size_t call_values_memory(const Call *call);

int64_t call_int(const Call *call, unsigned i, int64_t fallback);
bool call_bool(const Call *call, unsigned i, bool fallback);
/* Returns NULL if the argument is absent; ret_n may be NULL. Keys and names are not NUL-terminated,
 * others are. */
const char *call_string(const Call *call, unsigned i, size_t *ret_n);
/* Returns the index of the given choice, or fallback if it is absent. */
int call_choice(const Call *call, unsigned i, int fallback);

/* Finds the name of the object, from the arguments or the result. Returns false if the call has
 * none. The name lives as long as the call, and is not NUL-terminated. */
bool call_name(const Call *call, const char **ret, size_t *ret_n);

/* Results: each returns OUTCOME_DONE. */
int call_return_null(Call *call);
int call_return_bool(Call *call, bool value);
int call_return_int(Call *call, int64_t value);
/* Takes ownership of the value. */
int call_return_value(Call *call, Value value);
/* Returns the JSON text that was written into Core.answer. */
int call_return_text(Call *call);
/* Takes ownership of the tree. NULL is JSON null. */
int call_return_json(Call *call, struct json_object *value);
/* Takes ownership of a value that was just built. NULL means that memory ran out: then returns
 * -ENOMEM. */
int call_return_made(Call *call, struct json_object *value);

/* Failures: each returns OUTCOME_REFUSED. A text contains at most 128 bytes from a client: use
 * "%.*s" with call_quote() for them. */
int call_refuse(Call *call, int error, const char *format, ...) PRINTF_LIKE(3, 4);
/* Replaces the text of a refused call. */
void call_set_text(Call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* Returns the text of a refused call. */
const char *call_failure_text(const Call *call);
/* Returns the further members of the data of a refused call, or NULL. */
struct json_object *call_failure_data(const Call *call);
/* Forgets the refusal. */
void call_forget_failure(Call *call);
/* Refuses a wrong argument with EINVAL, and its name in data.param. */
int call_refuse_arg(Call *call, const char *param, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds a member to the data of a refused call. Takes ownership of the value, and drops it if memory
 * ran out. */
void call_add_data(Call *call, const char *key, struct json_object *value);

/* Gives a refused call data that it shares with other calls; no member may be added to it. Takes
 * NULL. */
void call_share_data(Call *call, struct json_object *data);

/* Prepares a client's text for a message: cuts it to 100 bytes at the end of a character, and
 * escapes control and format characters. The result is valid for three more calls of this
 * function. */
const char *call_quote(const char *s, size_t n);
