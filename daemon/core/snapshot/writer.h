/* Writes snapshots; doc/snapshot.md has the format.
 *
 * A snapshot is a text of records, one JSON object per line, whose first member is its kind. A
 * writer appends to a buffer. The first failure stays, and everything written after it is dropped,
 * so it is enough to check at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "json/value.h"

/* Receives a snapshot that is not kept in memory as a whole. */
typedef struct SnapshotSink {
        /* Returns 0, or a negative errno, which ends the writing. */
        int (*write)(void *userdata, const char *text, size_t n);
        void *userdata;
} SnapshotSink;

typedef struct SnapshotWriter {
        Buffer *out;
        /* receives the text in pieces, and the buffer has only the last; or NULL */
        const SnapshotSink *sink;
        int error; /* 0, -ENOMEM, or an error of the sink */
        size_t n_records;
        size_t start; /* of the current record in the buffer */
        bool needs_comma, in_record, in_contents;
} SnapshotWriter;

/* Ends the previous record and begins the next one. */
void snapshot_begin(SnapshotWriter *w, const char *kind);
/* Ends the current record or contents. */
void snapshot_end(SnapshotWriter *w);
/* Passes the rest of the text to the sink. */
void snapshot_flush(SnapshotWriter *w);

/* Writes the last record, of this kind, with the number of all before it. */
void snapshot_put_end(SnapshotWriter *w, const char *kind);

/* Each writes a member, or without a key (NULL) an element of an array. */
void snapshot_put_int(SnapshotWriter *w, const char *key, int64_t value);
/* A number above INT64_MAX is written as the negative number with these 64 bits. */
void snapshot_put_uint(SnapshotWriter *w, const char *key, uint64_t value);
/* The number must be finite. */
void snapshot_put_double(SnapshotWriter *w, const char *key, double value);
void snapshot_put_bool(SnapshotWriter *w, const char *key, bool value);
void snapshot_put_null(SnapshotWriter *w, const char *key);
/* Writes a string, {"hex": DIGITS} for bytes that are not UTF-8, or null for NULL. */
void snapshot_put_text(SnapshotWriter *w, const char *key, const char *text, size_t n);
void snapshot_put_string(SnapshotWriter *w, const char *key, const char *text);
/* Writes a stored value. */
void snapshot_write_value(SnapshotWriter *w, const char *key, const Value *value);
void snapshot_write_tree(SnapshotWriter *w, const char *key, struct json_object *tree);

void snapshot_open_array(SnapshotWriter *w, const char *key);
void snapshot_close_array(SnapshotWriter *w);
void snapshot_open_object(SnapshotWriter *w, const char *key);
void snapshot_close_object(SnapshotWriter *w);

/* Makes the next value an element of the contents of the last record. Contents go into records of
 * bounded size. */
void snapshot_put_content(SnapshotWriter *w);
