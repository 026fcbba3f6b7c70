/* Writing snapshots: doc/snapshot.md has the format.
 *
 * A snapshot is a text of records, one JSON object a line, whose first member is its kind. A writer appends to a buffer.
 * The first failure stays with the writer, and all that is written after it is dropped, so only the end looks at it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "json/value.h"

/* Where a snapshot goes that does not stand in memory as a whole. */
typedef struct SnapshotSink {
        /* 0, or a negative errno, which ends the writing. */
        int (*write)(void *userdata, const char *text, size_t n);
        void *userdata;
} SnapshotSink;

typedef struct SnapshotWriter {
        Buffer *out;
        /* gets the text, in pieces, and the buffer has the last of it; or NULL */
        const SnapshotSink *sink;
        int error; /* 0, -ENOMEM, or an error of the sink */
        size_t n_records;
        size_t start; /* of the record that is being written, in the buffer */
        bool needs_comma, in_record, in_contents;
} SnapshotWriter;

/* Begins a record, after the end of the one before. */
void snapshot_begin(SnapshotWriter *w, const char *kind);
/* Ends the record, or the contents, that was begun last. */
void snapshot_end(SnapshotWriter *w);
/* Gives the sink what it has not got yet. */
void snapshot_flush(SnapshotWriter *w);

/* Each writes a member; without a key (NULL) an element of an array. */
void snapshot_put_int(SnapshotWriter *w, const char *key, int64_t value);
/* A number above INT64_MAX is written as the negative one of the same 64 bits. */
void snapshot_put_uint(SnapshotWriter *w, const char *key, uint64_t value);
/* A finite one. */
void snapshot_put_double(SnapshotWriter *w, const char *key, double value);
void snapshot_put_bool(SnapshotWriter *w, const char *key, bool value);
void snapshot_put_null(SnapshotWriter *w, const char *key);
/* A string, or {"hex": DIGITS} where the bytes are no UTF-8. NULL is written as null. */
void snapshot_put_text(SnapshotWriter *w, const char *key, const char *text, size_t n);
void snapshot_put_string(SnapshotWriter *w, const char *key, const char *text);
/* A stored value. */
void snapshot_write_value(SnapshotWriter *w, const char *key, const Value *value);
void snapshot_write_tree(SnapshotWriter *w, const char *key, struct json_object *tree);

void snapshot_open_array(SnapshotWriter *w, const char *key);
void snapshot_close_array(SnapshotWriter *w);
void snapshot_open_object(SnapshotWriter *w, const char *key);
void snapshot_close_object(SnapshotWriter *w);

/* The next value that is written is an element of the contents that belong to the record before: they go into records of
 * their own, each of bounded size. */
void snapshot_put_content(SnapshotWriter *w);
