/* Reads snapshots: the records one after the other, their contents, and the objects for ids.
 *
 * The reader is at one record, whose members record.c reads. The first error stays, and no further
 * record is read. The last record tells how many were written, so a text that is cut off is an
 * error as well.
 *
 * Marks (snapshot_mark()) lead from an id to the object made for it, while the snapshot is read. */
#include <errno.h>
#include <string.h>

#include "json/json-scan.h"
#include "snapshot/reader.h"

enum { DEPTH_MAX = 1100 }; /* more than any stored value has */

/* Returns the line that begins here, without its newline; false behind the last. */
static bool next_line(SnapshotReader *r, const char **ret, size_t *ret_n) {
        const char *newline = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;

        if (r->at == r->end)
                return false;
        r->n_lines++;
        if (!newline) {
                snapshot_fail(r, -EBADMSG, "the snapshot ends within a line");
                return false;
        }
        *ret = r->at;
        *ret_n = (size_t)(newline - r->at);
        r->at = newline + 1;
        return true;
}

static void read_record(SnapshotReader *r) {
        static const JsonLimits limits = {.max_depth = DEPTH_MAX, .max_members = SIZE_MAX / 2};
        const char *line;
        size_t n;
        JsonScan scan;

        snapshot_record_init(&r->record, r, NULL);
        if (r->error < 0 || !next_line(r, &line, &n))
                return;
        r->outline.n_levels = 1;
        int error = json_scan_outlined(line, n, &limits, &r->outline, &scan);
        if (error == -ENOMEM)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        else if (error < 0)
                snapshot_fail(r, -EBADMSG, "byte %zu: %s", scan.error_offset + 1, scan.error);
        else if (scan.root.kind != JSON_OBJECT)
                snapshot_fail(r, -EBADMSG, "a record must be an object");
        if (r->error < 0)
                return;
        snapshot_record_init(&r->record, r, &scan.root);
        if (!snapshot_find(&r->record, "kind", &r->kind) || r->kind.kind != JSON_STRING)
                snapshot_fail(r, -EBADMSG, "a record must have a string 'kind'");
}

void snapshot_reader_init(SnapshotReader *r, const char *text, size_t n) {
        *r = (SnapshotReader){.at = text, .end = text + n, .format = SNAPSHOT_FORMAT};
        read_record(r);
}

void snapshot_reader_deinit(SnapshotReader *r) {
        table_deinit(&r->marks);
}

bool snapshot_is(const SnapshotReader *r, const char *kind) {
        return r->error == 0 && r->record.span.text && json_span_equals(&r->kind, kind);
}

void snapshot_next(SnapshotReader *r) {
        snapshot_check_record(&r->record);
        r->in_contents = false;
        read_record(r);
}

/* Begins the contents of the current record. */
static void enter_contents(SnapshotReader *r) {
        snapshot_get_array(&r->record, "elements", &r->contents);
        r->in_contents = true;
}

void snapshot_read_end(SnapshotReader *r, const char *kind) {
        if (!snapshot_is(r, kind)) {
                if (r->error == 0 && r->record.span.text)
                        snapshot_fail(r, -EBADMSG, "unknown kind of record: %.*s",
                                      (int)(r->kind.n < 40 ? r->kind.n : 40), r->kind.text);
                snapshot_fail(r, -EBADMSG, "the end of the snapshot is missing");
                return;
        }
        uint64_t n = snapshot_get_uint(&r->record, "records");
        if (r->error == 0 && n != r->n_lines - 1)
                snapshot_fail(r, -EBADMSG, "it has %zu records, but %llu were written",
                              r->n_lines - 1, (unsigned long long)n);
        snapshot_next(r);
        if (r->error == 0 && r->record.span.text)
                snapshot_fail(r, -EBADMSG, "the snapshot continues behind its end");
}

bool snapshot_next_content(SnapshotReader *r, JsonSpan *ret) {
        if (r->error == 0 && !r->in_contents) {
                snapshot_next(r);
                if (!snapshot_is(r, "contents"))
                        return false;
                enter_contents(r);
        }
        while (r->error == 0) {
                r->n_steps++;
                if (json_cursor_next(&r->contents, NULL, ret))
                        return true;
                snapshot_next(r);
                if (!snapshot_is(r, "contents"))
                        break;
                enter_contents(r);
        }
        return false;
}

typedef struct Mark {
        uint64_t id, kind;
} Mark;

/* The key begins with the kind, so an object and a session may have the same id. */
int snapshot_mark(SnapshotReader *r, char kind, uint64_t id, void *what) {
        Mark mark = {.id = id, .kind = (uint64_t)kind};

        if (r->error < 0)
                return r->error;
        int error = table_add(&r->marks, &mark, sizeof(mark), what);
        if (error == -EEXIST)
                return snapshot_fail(r, -EBADMSG, "the id %lld is used twice", (long long)id);
        return error < 0 ? snapshot_fail(r, -ENOMEM, "memory ran out") : 0;
}

/* Returns NULL for an id that no earlier record had. The caller reports that as a fault. */
void *snapshot_marked(const SnapshotReader *r, char kind, uint64_t id) {
        Mark mark = {.id = id, .kind = (uint64_t)kind};

        return table_get(&r->marks, &mark, sizeof(mark));
}
