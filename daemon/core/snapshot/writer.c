/* Writes snapshots: one JSON object per line.
 *
 * The first error stays, so callers write on and check once at the end. Contents of objects are
 * divided into records of about CONTENTS_BYTES, so no line is as long as a large object, and a
 * reader needs memory for one of them only. Texts that are not UTF-8, such as names of commands,
 * are written in hexadecimal. */
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json-text.h"
#include "snapshot/writer.h"

enum {
        CONTENTS_BYTES = 64 << 10, /* size of a record of contents, about */
        PIECE_BYTES = 256 << 10, /* piece for the sink, about: it stays in the processor's cache */
};

static void keep_error(SnapshotWriter *w, int r) {
        if (w->error == 0)
                w->error = r;
}

static void append(SnapshotWriter *w, const char *text) {
        if (w->error == 0)
                w->error = buffer_append_string(w->out, text);
}

/* Writes the comma and the key before a value. */
static void begin_value(SnapshotWriter *w, const char *key) {
        size_t n = key ? strlen(key) : 0;
        Buffer *out = w->out;

        if (w->error == 0)
                w->error = buffer_reserve(out, n + 4);
        if (w->error < 0)
                return;
        if (w->needs_comma)
                out->data[out->end++] = ',';
        w->needs_comma = true;
        if (!key)
                return;
        out->data[out->end++] = '"';
        memcpy(out->data + out->end, key, n);
        out->end += n;
        out->data[out->end++] = '"';
        out->data[out->end++] = ':';
}

void snapshot_flush(SnapshotWriter *w) {
        if (w->error == 0 && buffer_size(w->out) > 0)
                w->error = w->sink->write(w->sink->userdata, buffer_bytes(w->out),
                                          buffer_size(w->out));
        buffer_clear(w->out);
}

void snapshot_begin(SnapshotWriter *w, const char *kind) {
        snapshot_end(w);
        w->in_record = true;
        w->start = buffer_size(w->out);
        w->n_records++;
        append(w, "{");
        w->needs_comma = false;
        snapshot_put_string(w, "kind", kind);
}

void snapshot_end(SnapshotWriter *w) {
        if (w->in_record)
                append(w, w->in_contents ? "]}\n" : "}\n");
        w->in_record = w->in_contents = false;
        if (w->sink && buffer_size(w->out) >= PIECE_BYTES)
                snapshot_flush(w);
}

void snapshot_put_int(SnapshotWriter *w, const char *key, int64_t value) {
        begin_value(w, key);
        if (w->error == 0)
                keep_error(w, json_write_int(w->out, value));
}

void snapshot_put_uint(SnapshotWriter *w, const char *key, uint64_t value) {
        snapshot_put_int(w, key, (int64_t)value);
}

void snapshot_put_double(SnapshotWriter *w, const char *key, double value) {
        begin_value(w, key);
        if (w->error == 0)
                keep_error(w, json_write_double(w->out, value));
}

void snapshot_put_bool(SnapshotWriter *w, const char *key, bool value) {
        begin_value(w, key);
        append(w, value ? "true" : "false");
}

void snapshot_put_null(SnapshotWriter *w, const char *key) {
        begin_value(w, key);
        append(w, "null");
}

static void put_hex(SnapshotWriter *w, const char *key, const char *text, size_t n) {
        snapshot_open_object(w, key);
        begin_value(w, "hex");
        append(w, "\"");
        for (size_t i = 0; i < n && w->error == 0; i++)
                w->error = buffer_append_format(w->out, "%02x", (unsigned char)text[i]);
        append(w, "\"");
        snapshot_close_object(w);
}

void snapshot_put_text(SnapshotWriter *w, const char *key, const char *text, size_t n) {
        if (!text) {
                snapshot_put_null(w, key);
                return;
        }
        if (!utf8_is_valid(text, n)) {
                put_hex(w, key, text, n);
                return;
        }
        begin_value(w, key);
        if (w->error == 0)
                keep_error(w, json_write_string(w->out, text, n));
}

void snapshot_put_string(SnapshotWriter *w, const char *key, const char *text) {
        snapshot_put_text(w, key, text, text ? strlen(text) : 0);
}

void snapshot_write_value(SnapshotWriter *w, const char *key, const Value *value) {
        begin_value(w, key);
        if (w->error == 0)
                keep_error(w, value_write(w->out, value));
}

void snapshot_write_tree(SnapshotWriter *w, const char *key, struct json_object *tree) {
        begin_value(w, key);
        if (w->error == 0)
                keep_error(w, json_write(w->out, tree));
}

static void open_container(SnapshotWriter *w, const char *key, const char *bracket) {
        begin_value(w, key);
        append(w, bracket);
        w->needs_comma = false;
}

static void close_container(SnapshotWriter *w, const char *bracket) {
        append(w, bracket);
        w->needs_comma = true;
}

void snapshot_open_array(SnapshotWriter *w, const char *key) {
        open_container(w, key, "[");
}

void snapshot_close_array(SnapshotWriter *w) {
        close_container(w, "]");
}

void snapshot_open_object(SnapshotWriter *w, const char *key) {
        open_container(w, key, "{");
}

void snapshot_close_object(SnapshotWriter *w) {
        close_container(w, "}");
}

void snapshot_put_content(SnapshotWriter *w) {
        if (w->in_contents && buffer_size(w->out) - w->start < CONTENTS_BYTES)
                return;
        snapshot_begin(w, "contents");
        snapshot_open_array(w, "elements");
        w->in_contents = true;
}

void snapshot_put_end(SnapshotWriter *w, const char *kind) {
        size_t n = w->n_records;

        snapshot_begin(w, kind);
        snapshot_put_uint(w, "records", n);
        snapshot_end(w);
}
