/* Reading snapshots: doc/snapshot.md has the format.
 *
 * The reader stands at one record. The first failure stays with the reader: everything that is asked afterwards returns 0,
 * false or NULL, and no further record is read. Each member of a record is asked for once; a record that has members which
 * were not asked for is refused, since it says something that this daemon does not know. */
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

/* A record has less than 50 members; the longest is that of a session. */
enum { SNAPSHOT_FAULT_MAX = 256, SNAPSHOT_MEMBERS_MAX = 64 };

/* A member of a record. */
typedef struct SnapshotMember {
        JsonSpan key, value;
} SnapshotMember;

/* An object of a snapshot: a record, or one within it. Its members are found once, so that looking for one does not read the text
 * again. */
typedef struct SnapshotRecord {
        SnapshotReader *reader;
        JsonSpan span; /* its text is NULL behind the last record */
        size_t n_members, n_read;
        size_t next; /* the member behind the one that was found last */
        SnapshotMember members[SNAPSHOT_MEMBERS_MAX];
} SnapshotRecord;

/* Objects of the first format do not know when they were used. */
enum { SNAPSHOT_FORMAT_WITHOUT_USE = 1, SNAPSHOT_FORMAT = 2 };

struct SnapshotReader {
        const char *at, *end;
        size_t n_lines;
        int64_t format; /* of the text: SNAPSHOT_FORMAT, until its head says another one */
        int64_t now_ns; /* no time of a use is later */
        int error;      /* 0, -EBADMSG, -EPROTONOSUPPORT, -ENOMEM */
        char fault[SNAPSHOT_FAULT_MAX];
        uint64_t n_steps;      /* members compared, and elements read: tests assert on it */
        JsonOutline outline;   /* of the record */
        SnapshotRecord record; /* where it stands */
        JsonSpan kind;
        JsonCursor contents;
        bool in_contents;
        Table marks;
};

/* Stands at the first record. */
void snapshot_reader_init(SnapshotReader *r, const char *text, size_t n);
void snapshot_reader_deinit(SnapshotReader *r);
/* Notes the first fault; returns the reader's error. */
int snapshot_fail(SnapshotReader *r, int error, const char *format, ...) PRINTF_LIKE(3, 4);

/* Whether the reader stands at a record of this kind. */
bool snapshot_is(const SnapshotReader *r, const char *kind);
/* Goes on to the next record. */
void snapshot_next(SnapshotReader *r);
/* The next element of the contents that follow; false behind the last. The record before is done with. */
bool snapshot_next_content(SnapshotReader *r, JsonSpan *ret);

/* Whether there is such a member; it is read by that. */
bool snapshot_find(SnapshotRecord *record, const char *key, JsonSpan *ret);
/* Members that must be there. */
int64_t snapshot_get_int(SnapshotRecord *record, const char *key);
/* From least to most, both included. */
int64_t snapshot_get_range(SnapshotRecord *record, const char *key, int64_t least, int64_t most);
uint64_t snapshot_get_uint(SnapshotRecord *record, const char *key);
bool snapshot_get_bool(SnapshotRecord *record, const char *key);
/* A new text, NUL-terminated, or NULL for null. */
char *snapshot_get_text(SnapshotRecord *record, const char *key, size_t *ret_n);
/* The same where it fits into this many bytes with its NUL. */
void snapshot_get_string(SnapshotRecord *record, const char *key, char *ret, size_t size);
/* The place of a text among these, which end with NULL. */
unsigned snapshot_get_choice(SnapshotRecord *record, const char *key, const char *const *choices);
/* A stored value, which the caller owns: 0 or the reader's error; then it is null. */
int snapshot_get_value(SnapshotRecord *record, const char *key, Value *ret);
/* The same as a tree. */
int snapshot_get_tree(SnapshotRecord *record, const char *key, struct json_object **ret);
/* A cursor over the elements of an array. */
void snapshot_get_array(SnapshotRecord *record, const char *key, JsonCursor *ret);
/* An object within; to be checked when it is read. */
void snapshot_get_record(SnapshotRecord *record, const char *key, SnapshotRecord *ret);
/* The same of a value that was found. */
void snapshot_enter_record(SnapshotReader *r, const JsonSpan *span, SnapshotRecord *ret);
/* Nothing but what was read is in it. */
void snapshot_check_record(SnapshotRecord *record);

/* The same of values that stand alone, such as elements of arrays. */
int64_t snapshot_read_int(SnapshotReader *r, const JsonSpan *span);
bool snapshot_read_bool(SnapshotReader *r, const JsonSpan *span);
char *snapshot_read_text(SnapshotReader *r, const JsonSpan *span, size_t *ret_n);
int snapshot_read_value(SnapshotReader *r, const JsonSpan *span, Value *ret);
/* Up to n elements of an array, with exactly n there. False, and a fault, otherwise. */
bool snapshot_read_tuple(SnapshotReader *r, const JsonSpan *span, JsonSpan *ret, size_t n);
/* The next element; false at the end, or when the reader has failed. */
bool snapshot_next_element(SnapshotReader *r, JsonCursor *cursor, JsonSpan *ret);

/* Kinds of ids. */
enum {
        SNAPSHOT_OBJECT = 'o',
        SNAPSHOT_SESSION = 's',
        SNAPSHOT_CALL = 'c',     /* by the number of its wait */
        SNAPSHOT_ELEMENT = 'e',  /* that is reserved, by the id of its reservation */
        SNAPSHOT_RESERVED = 'r', /* the object that has the element, likewise */
        SNAPSHOT_RESERVATION = 'v',
        SNAPSHOT_DESCRIPTOR = 'd',
        SNAPSHOT_RELATION = 'n',
};

/* Sets the entry that an id of a kind stands for: 0; -EBADMSG if it is set already; -ENOMEM. */
int snapshot_mark(SnapshotReader *r, char kind, uint64_t id, void *what);
/* NULL for nothing. */
void *snapshot_marked(const SnapshotReader *r, char kind, uint64_t id);
/* Whether an entry of the reader's marks is of this kind. */
bool snapshot_mark_is(const TableEntry *entry, char kind);
