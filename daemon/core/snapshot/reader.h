/* Reads snapshots; doc/snapshot.md has the format.
 *
 * The reader is at one record. The first failure stays: after it each function returns 0, false or
 * NULL, and no further record is read. Each member of a record is read once. A record with members
 * that were not read is refused, since it has information that this daemon does not know. */
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

/* Begins at the first record. */
void snapshot_reader_init(SnapshotReader *r, const char *text, size_t n);
void snapshot_reader_deinit(SnapshotReader *r);
/* Notes the first fault. Returns the reader's error. */
int snapshot_fail(SnapshotReader *r, int error, const char *format, ...) PRINTF_LIKE(3, 4);

/* Returns whether the current record is of this kind. */
bool snapshot_is(const SnapshotReader *r, const char *kind);
/* Advances to the next record. */
void snapshot_next(SnapshotReader *r);
/* Reads the last record, of this kind: it tells how many were written, and nothing follows it. */
void snapshot_read_end(SnapshotReader *r, const char *kind);
/* Reads the next element of the contents behind the record; false behind the last. The record is no
 * longer valid. */
bool snapshot_next_content(SnapshotReader *r, JsonSpan *ret);

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

/* The kinds of ids. */
enum {
        SNAPSHOT_OBJECT = 'o',
        SNAPSHOT_SESSION = 's',
        SNAPSHOT_CALL = 'c',     /* by the number of its wait */
        SNAPSHOT_ELEMENT = 'e',  /* a reserved element, by the id of its reservation */
        SNAPSHOT_RESERVED = 'r', /* the object of that element, by the same id */
        SNAPSHOT_RESERVATION = 'v',
        SNAPSHOT_DESCRIPTOR = 'd',
        SNAPSHOT_RELATION = 'n',
};

/* Sets the entry of an id. Returns 0; -EBADMSG if it is already set; or -ENOMEM. */
int snapshot_mark(SnapshotReader *r, char kind, uint64_t id, void *what);
/* Returns NULL for an unknown id. */
void *snapshot_marked(const SnapshotReader *r, char kind, uint64_t id);
/* Returns whether an entry of the reader's marks is of this kind. */
bool snapshot_mark_is(const TableEntry *entry, char kind);
