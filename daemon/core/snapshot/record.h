/* The members of a record of a snapshot, and the values in them.
 *
 * The first failure stays: after it each function returns 0, false or NULL. Each member of a record
 * is read once. A record with members that were not read is refused, since it has information that
 * this daemon does not know. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/macros.h"
#include "base/table.h"
#include "json/json-outline.h"
#include "json/json-span.h"
#include "json/value.h"

typedef struct SnapshotReader SnapshotReader;

/* A record has less than 50 members; that of a session has the most. */
enum { SNAPSHOT_FAULT_MAX = 256, SNAPSHOT_MEMBERS_MAX = 64 };

/* A member of a record. */
typedef struct SnapshotMember {
        JsonSpan key, value;
} SnapshotMember;

/* An object of a snapshot: a record, or one within it. Its members are found once, so finding one
 * does not parse the text again. */
typedef struct SnapshotRecord {
        SnapshotReader *reader;
        JsonSpan span; /* its text is NULL behind the last record */
        size_t n_members, n_read;
        size_t next; /* the member behind the last one that was found */
        SnapshotMember members[SNAPSHOT_MEMBERS_MAX];
} SnapshotRecord;

/* Objects of the first format do not know when they were used. */
enum { SNAPSHOT_FORMAT_WITHOUT_USE = 1, SNAPSHOT_FORMAT = 2 };

struct SnapshotReader {
        const char *at, *end;
        size_t n_lines;
        int64_t format; /* of the text: SNAPSHOT_FORMAT, until its head says another one */
        int64_t now_ns; /* no time of a use is later */
        int error;      /* 0, -EBADMSG, -EPROTONOSUPPORT or -ENOMEM */
        char fault[SNAPSHOT_FAULT_MAX];
        uint64_t n_steps;      /* members compared and elements read, for tests */
        JsonOutline outline;   /* of the record */
        SnapshotRecord record; /* the current record */
        JsonSpan kind;
        JsonCursor contents;
        bool in_contents;
        Table marks;
};

/* Notes the first fault. Returns the reader's error. */
int snapshot_fail(SnapshotReader *r, int error, const char *format, ...) PRINTF_LIKE(3, 4);

/* Finds the members of an object: of a record, or of one within it; NULL: there is none. */
void snapshot_record_init(SnapshotRecord *record, SnapshotReader *r, const JsonSpan *span);

/* Finds an optional member, and counts it as read. Returns whether it exists. */
bool snapshot_find(SnapshotRecord *record, const char *key, JsonSpan *ret);
/* Returns whether an optional member exists, which is to be read by its key. */
bool snapshot_has(SnapshotRecord *record, const char *key);
/* Each reads a required member. */
int64_t snapshot_get_int(SnapshotRecord *record, const char *key);
/* Within least and most. */
int64_t snapshot_get_range(SnapshotRecord *record, const char *key, int64_t least, int64_t most);
uint64_t snapshot_get_uint(SnapshotRecord *record, const char *key);
bool snapshot_get_bool(SnapshotRecord *record, const char *key);
/* Returns a new text, NUL-terminated, or NULL for null. */
char *snapshot_get_text(SnapshotRecord *record, const char *key, size_t *ret_n);
/* Copies a text, which must fit into `size` bytes with its NUL. */
void snapshot_get_string(SnapshotRecord *record, const char *key, char *ret, size_t size);
/* Returns the index of a text in a list that ends with NULL. */
unsigned snapshot_get_choice(SnapshotRecord *record, const char *key, const char *const *choices);
/* Reads a stored value, which the caller owns. Returns 0 or the reader's error, with null as
 * value. */
int snapshot_get_value(SnapshotRecord *record, const char *key, Value *ret);
/* Reads a value as a tree. */
int snapshot_get_tree(SnapshotRecord *record, const char *key, struct json_object **ret);
/* Returns a cursor over the elements of an array. */
void snapshot_get_array(SnapshotRecord *record, const char *key, JsonCursor *ret);
/* Begins an object within the record, to be ended with snapshot_check_record(). */
void snapshot_get_record(SnapshotRecord *record, const char *key, SnapshotRecord *ret);
/* Begins an object at a value that was found. */
void snapshot_enter_record(SnapshotReader *r, const JsonSpan *span, SnapshotRecord *ret);
/* Checks that all members were read. */
void snapshot_check_record(SnapshotRecord *record);

/* Each reads a value without a key, such as an element of an array. */
int64_t snapshot_read_int(SnapshotReader *r, const JsonSpan *span);
bool snapshot_read_bool(SnapshotReader *r, const JsonSpan *span);
char *snapshot_read_text(SnapshotReader *r, const JsonSpan *span, size_t *ret_n);
int snapshot_read_value(SnapshotReader *r, const JsonSpan *span, Value *ret);
/* Reads an array of exactly n elements. Returns false after a fault. */
bool snapshot_read_tuple(SnapshotReader *r, const JsonSpan *span, JsonSpan *ret, size_t n);
/* Reads the next element. Returns false at the end, or if the reader has failed. */
bool snapshot_next_element(SnapshotReader *r, JsonCursor *cursor, JsonSpan *ret);
