/* Reads snapshots; doc/snapshot.md has the format.
 *
 * The reader is at one record. The first failure stays: after it each function returns false or
 * NULL, and no further record is read. */
#pragma once

#include "snapshot/record.h"

/* Begins at the first record. */
void snapshot_reader_init(SnapshotReader *r, const char *text, size_t n);
void snapshot_reader_deinit(SnapshotReader *r);
/* Returns whether the current record is of this kind. */
bool snapshot_is(const SnapshotReader *r, const char *kind);
/* Advances to the next record. */
void snapshot_next(SnapshotReader *r);
/* Reads the last record, of this kind: it tells how many were written, and nothing follows it. */
void snapshot_read_end(SnapshotReader *r, const char *kind);
/* Reads the next element of the contents behind the record; false behind the last. The record is no
 * longer valid. */
bool snapshot_next_content(SnapshotReader *r, JsonSpan *ret);

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
