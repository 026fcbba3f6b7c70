/* Reads all objects of a store at the start, each with its elements, as lines of a snapshot. Each
 * row has a checksum, so a changed bit is found. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "crash-point.h"
#include "store/database.h"
#include "stored.h"

enum { LINE_BYTES = 64 << 10 };

static int fail_damaged(const Store *store, uint64_t id, const char *what,
                        char fault[STORE_FAULT_MAX]) {
        snprintf(fault, STORE_FAULT_MAX, "%s: the file is damaged: %s of object %llu", store->path,
                 what, (unsigned long long)id);
        return -EBADMSG;
}

static void finalize(sqlite3_stmt **statement) {
        sqlite3_finalize(*statement);
}

/* Appends an element to the current line of contents, or begins the next line. */
static int add_element(Buffer *lines, size_t *start, const char *text, size_t n) {
        size_t size = buffer_size(lines);
        int r = 0;

        if (size > *start && size - *start > LINE_BYTES) {
                r = buffer_append_string(lines, "]}\n");
                *start = buffer_size(lines);
        }
        if (r == 0)
                r = buffer_size(lines) == *start
                            ? buffer_append_string(lines, "{\"kind\":\"contents\",\"elements\":[")
                            : buffer_append_byte(lines, ',');
        return r == 0 ? buffer_append(lines, text, n) : r;
}

static int read_element(Store *store, sqlite3_stmt *s, uint64_t id, Buffer *lines, size_t *start,
                        char fault[STORE_FAULT_MAX]) {
        const char *text = (const char *)sqlite3_column_text(s, 1);
        size_t n = (size_t)sqlite3_column_bytes(s, 1);

        if (!text || sqlite3_column_int64(s, 2) !=
                             store_sum_of_element(id, sqlite3_column_int64(s, 0), text, n))
                return fail_damaged(store, id, "an element", fault);
        return add_element(lines, start, text, n);
}

static int read_contents(Store *store, sqlite3_stmt *s, uint64_t id, Buffer *lines,
                         char fault[STORE_FAULT_MAX]) {
        size_t start = 0;
        int status, r = 0;

        sqlite3_bind_int64(s, 1, (int64_t)id);
        while (r == 0 && (status = sqlite3_step(s)) == SQLITE_ROW)
                r = read_element(store, s, id, lines, &start, fault);
        if (r == 0 && status != SQLITE_DONE)
                r = store_fail(store, fault);
        sqlite3_reset(s);
        if (r == 0 && buffer_size(lines) > start)
                r = buffer_append_string(lines, "]}\n");
        return r;
}

/* Reads a row. `text` receives the name and then the state, as in stored.h. */
static int read_row(Store *store, sqlite3_stmt *s, uint64_t id, StoredObject *row, Buffer *text,
                    char fault[STORE_FAULT_MAX]) {
        const char *type = (const char *)sqlite3_column_text(s, 1);
        const char *durable = (const char *)sqlite3_column_text(s, 6);

        *row = (StoredObject){
                .uid = (uint32_t)sqlite3_column_int64(s, 3),
                .gid = (uint32_t)sqlite3_column_int64(s, 4),
                .mode = (uint32_t)sqlite3_column_int64(s, 5),
                .max_bytes = (uint64_t)sqlite3_column_int64(s, 7),
                .created_ms = sqlite3_column_int64(s, 8),
                .base = sqlite3_column_int64(s, 9),
                .used_ms = sqlite3_column_int64(s, 12),
                .idle_ttl_ms = sqlite3_column_int64(s, 13),
                .n_name = (uint32_t)sqlite3_column_bytes(s, 2),
                .n_state = (uint32_t)sqlite3_column_bytes(s, 10),
        };
        if (!type || !durable)
                return fail_damaged(store, id, "the row", fault);
        strncpy(row->type, type, sizeof(row->type) - 1);
        while (row->durability < DURABLE_SYNC && strcmp(durabilities[row->durability], durable))
                row->durability++;
        buffer_truncate(text, 0);
        int r = buffer_append(text, sqlite3_column_text(s, 2), row->n_name);
        if (r == 0)
                r = buffer_append(text, sqlite3_column_text(s, 10), row->n_state);
        if (r == 0 &&
            (sqlite3_column_int64(s, 11) != store_sum_of_object(id, row, buffer_bytes(text)) ||
             sqlite3_column_int64(s, 14) != store_sum_of_use(id, row)))
                r = fail_damaged(store, id, "the row", fault);
        return r;
}

/* If the name of a deleted object was reused before its deletion was written, two objects have that
 * name: the later one counts. */
#define IS_OLDER                                                                                   \
        "EXISTS (SELECT 1 FROM object AS later WHERE later.name = object.name AND later.id > "     \
        "object.id)"

static const char drop_older[] =
        "BEGIN IMMEDIATE;"
        "DELETE FROM element WHERE object IN (SELECT id FROM object WHERE " IS_OLDER ");"
        "DELETE FROM object WHERE " IS_OLDER ";"
        "COMMIT;";

static const char select_objects[] =
        "SELECT id, type, name, uid, gid, mode, durable, max_bytes, created_ms, base, state, sum,"
        " used_ms, idle_ttl_ms, use_sum FROM object ORDER BY id";

static const char select_elements[] =
        "SELECT key, value, sum FROM element WHERE object = ?1 ORDER BY key";

static int read_object(Store *store, sqlite3_stmt *objects, sqlite3_stmt *elements, Buffer *text,
                       StoreReader *read, void *userdata, char fault[STORE_FAULT_MAX]) {
        CLEANUP(buffer_deinit) Buffer contents = {0};
        uint64_t id = (uint64_t)sqlite3_column_int64(objects, 0);
        StoredObject row;

        crash_point("read-object");
        int r = read_row(store, objects, id, &row, text, fault);
        if (r == 0)
                r = read_contents(store, elements, id, &contents, fault);
        return r == 0 ? read(userdata, id, &row, buffer_bytes(text), &contents, fault) : r;
}

int store_read(Store *store, StoreReader *read, void *userdata, char fault[STORE_FAULT_MAX]) {
        CLEANUP(finalize) sqlite3_stmt *objects = NULL;
        CLEANUP(finalize) sqlite3_stmt *elements = NULL;
        CLEANUP(buffer_deinit) Buffer text = {0};
        int status = SQLITE_DONE;

        crash_point("read-begin");
        int r = store_execute(store, drop_older, fault);
        if (r == 0)
                r = store_prepare(store, select_objects, &objects, fault);
        if (r == 0)
                r = store_prepare(store, select_elements, &elements, fault);
        while (r == 0 && (status = sqlite3_step(objects)) == SQLITE_ROW)
                r = read_object(store, objects, elements, &text, read, userdata, fault);
        crash_point("read-end");
        if (r == 0 && status != SQLITE_DONE)
                r = store_fail(store, fault);
        return r;
}
