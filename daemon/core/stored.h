/* The rows of durable objects, as the core passes them to the shell (core_take_changes()) and reads
 * them back (core_load_stored()): a sequence of operations, each a StoredOp followed by n bytes,
 * without padding. */
#pragma once

#include <stdint.h>

typedef enum Durability { DURABLE_NO, DURABLE_ASYNC, DURABLE_SYNC } Durability;

extern const char *const durabilities[]; /* in the order of Durability, NULL at the end */

typedef enum StoredKind {
        STORED_PUT_OBJECT = 1, /* a StoredObject, its name, and its state as JSON */
        STORED_PUT_ELEMENT,    /* the element `first`, as JSON */
        STORED_DROP_ELEMENTS,  /* the elements from `first` to `last`; no bytes follow */
        STORED_DROP_OBJECT,    /* the object and its elements; no bytes follow */
} StoredKind;

typedef struct StoredOp {
        uint32_t kind, n;
        uint64_t id; /* of the object */
        int64_t first, last;
} StoredOp;

enum { STORED_TYPE_MAX = 16 };

typedef struct StoredObject {
        char type[STORED_TYPE_MAX];
        uint32_t uid, gid, mode;
        uint32_t durability; /* Durability */
        uint64_t max_bytes;
        int64_t created_ms;
        int64_t base;                 /* the key of a list's first element */
        int64_t used_ms, idle_ttl_ms; /* 0: unknown; 0: none */
        uint32_t n_name, n_state;
} StoredObject;
