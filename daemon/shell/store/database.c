/* The database of a state directory: opens, checks and writes it.
 *
 * A transaction is written with the WAL of SQLite and synchronous = FULL, so it is on the disk when
 * COMMIT returns. After a failure it is rolled back, and the database has the state before it.
 *
 * The first store_open() checks the structure of the file and its format, and read.c the checksum of each
 * row. A failed check is an error of the start: no object is left out in silence. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "base/siphash.h"
#include "crash-point.h"
#include "store/database.h"
#include "stored.h"

/* Other programs may read the database (sqlite3, a backup). They block a write only for moments. */
enum { BUSY_MS = 10000 };

/* Tokens are exact in JSON. */
#define TOKENS_MAX (INT64_C(1) << 53)

static const char tables[] =
        "BEGIN;"
        "CREATE TABLE object (id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL,"
        " uid INTEGER NOT NULL, gid INTEGER NOT NULL, mode INTEGER NOT NULL, durable TEXT NOT NULL,"
        " max_bytes INTEGER NOT NULL, created_ms INTEGER NOT NULL, base INTEGER NOT NULL,"
        " state TEXT NOT NULL, sum INTEGER NOT NULL, used_ms INTEGER NOT NULL,"
        " idle_ttl_ms INTEGER NOT NULL, use_sum INTEGER NOT NULL);"
        "CREATE INDEX object_name ON object (name, id);"
        "CREATE TABLE element (object INTEGER NOT NULL, key INTEGER NOT NULL, value TEXT NOT NULL,"
        " sum INTEGER NOT NULL, PRIMARY KEY (object, key)) WITHOUT ROWID;"
        "CREATE TABLE number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
        "PRAGMA application_id = 1936223591;" /* STORE_APPLICATION */
        "PRAGMA user_version = 2;"            /* STORE_FORMAT */
        "COMMIT;";

/* From the first format. */
static const char migration[] =
        "BEGIN;"
        "ALTER TABLE object ADD COLUMN used_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE object ADD COLUMN idle_ttl_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE object ADD COLUMN use_sum INTEGER NOT NULL DEFAULT 0;"
        "PRAGMA user_version = 2;" /* STORE_FORMAT */
        "COMMIT;";

static const char *const statements[] = {
        [BEGIN] = "BEGIN IMMEDIATE",
        [COMMIT] = "COMMIT",
        [ADD_OBJECT] = "INSERT INTO object (id, type, name, uid, gid, mode, durable, max_bytes,"
                       " created_ms, base, state, sum, used_ms, idle_ttl_ms, use_sum)"
                       " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
        /* The other columns never change. The index of names is not touched. */
        [CHANGE_OBJECT] = "UPDATE object SET uid = ?4, gid = ?5, mode = ?6, max_bytes = ?8,"
                          " base = ?10, state = ?11, sum = ?12, used_ms = ?13, use_sum = ?15"
                          " WHERE id = ?1",
        [PUT_ELEMENT] = "INSERT OR REPLACE INTO element VALUES (?1,?2,?3,?4)",
        [DROP_OBJECT] = "DELETE FROM object WHERE id = ?1",
        [DROP_ELEMENTS] = "DELETE FROM element WHERE object = ?1 AND key BETWEEN ?2 AND ?3",
        [PUT_TOKENS] = "INSERT OR REPLACE INTO number VALUES ('tokens', ?1)",
};

/* The key is not secret: the checksums detect damage, but no forgery by a program that may write to
 * the file. */
static const HashKey sum_key = {.k0 = UINT64_C(0x73686d67722d7374), .k1 = 1};

int64_t store_sum_of_element(uint64_t id, int64_t key, const void *text, size_t n) {
        uint64_t parts[] = {id, (uint64_t)key, siphash13(&sum_key, text, n)};

        return (int64_t)siphash13(&sum_key, parts, sizeof(parts));
}

int64_t store_sum_of_object(uint64_t id, const StoredObject *row, const char *name) {
        uint64_t parts[] = {
                id,
                siphash13(&sum_key, row->type, strlen(row->type)),
                row->uid,
                row->gid,
                row->mode,
                row->durability,
                row->max_bytes,
                (uint64_t)row->created_ms,
                (uint64_t)row->base,
                siphash13(&sum_key, name, row->n_name + row->n_state),
        };

        return (int64_t)siphash13(&sum_key, parts, sizeof(parts));
}

/* A sum of its own: without the columns of this format, rows are valid in the first one. A migrated row has zeros. */
int64_t store_sum_of_use(uint64_t id, const StoredObject *row) {
        uint64_t parts[] = {id, (uint64_t)row->used_ms, (uint64_t)row->idle_ttl_ms};

        return row->used_ms || row->idle_ttl_ms ? (int64_t)siphash13(&sum_key, parts, sizeof(parts))
                                                : 0;
}

/* Also ENOSPC for an exhausted quota. */
static int errno_of(sqlite3 *db) {
        int error = sqlite3_system_errno(db);

        switch (sqlite3_errcode(db) & 0xff) {
        case SQLITE_FULL:
                return ENOSPC;
        case SQLITE_NOMEM:
                return ENOMEM;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return EBADMSG;
        case SQLITE_ERROR: /* in a statement of this program */
                return EINVAL;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
                return error == ENOSPC || error == EDQUOT ? ENOSPC : EIO;
        default:
                return EIO;
        }
}

int store_fail(const Store *store, char fault[STORE_FAULT_MAX]) {
        int error = errno_of(store->db);

        snprintf(fault, STORE_FAULT_MAX, "%s: %s (%s)", store->path, sqlite3_errmsg(store->db),
                 strerror(error));
        return -error;
}

int store_execute(Store *store, const char *sql, char fault[STORE_FAULT_MAX]) {
        if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
                return 0;
        return store_fail(store, fault);
}

int store_prepare(Store *store, const char *sql, sqlite3_stmt **ret, char fault[STORE_FAULT_MAX]) {
        if (sqlite3_prepare_v2(store->db, sql, -1, ret, NULL) == SQLITE_OK)
                return 0;
        return store_fail(store, fault);
}

/* Reads the first column of the first row, or 0 without a row. Returns 0 or a negative errno. */
static int read_number(Store *store, const char *sql, int64_t *ret, char fault[STORE_FAULT_MAX]) {
        sqlite3_stmt *statement = NULL;
        int r = store_prepare(store, sql, &statement, fault);

        *ret = 0;
        if (r == 0) {
                int status = sqlite3_step(statement);
                if (status == SQLITE_ROW)
                        *ret = sqlite3_column_int64(statement, 0);
                else if (status != SQLITE_DONE)
                        r = store_fail(store, fault);
        }
        sqlite3_finalize(statement);
        return r;
}

int store_read_tokens(Store *store, uint64_t *ret, char fault[STORE_FAULT_MAX]) {
        int64_t tokens;
        int r = read_number(store, "SELECT value FROM number WHERE name = 'tokens'", &tokens,
                            fault);

        *ret = (uint64_t)tokens;
        if (r == 0 && (tokens < 0 || tokens > TOKENS_MAX)) {
                snprintf(fault, STORE_FAULT_MAX, "%s: the file is damaged: the number of tokens",
                         store->path);
                r = -EBADMSG;
        }
        return r;
}

/* Checks the structure of the file, which also shows that no page with rows was lost, and that the
 * index of names agrees with its table: store_read() deletes rows by that index. */
static int check_structure(Store *store, char fault[STORE_FAULT_MAX]) {
        sqlite3_stmt *statement = NULL;
        int r = store_prepare(store, "PRAGMA integrity_check(1)", &statement, fault);

        if (r < 0)
                return r;
        int status = sqlite3_step(statement);
        const char *text =
                status == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        if (!text)
                r = store_fail(store, fault);
        else if (strcmp(text, "ok") != 0) {
                snprintf(fault, STORE_FAULT_MAX, "%s: the file is damaged: %s", store->path, text);
                r = -EBADMSG;
        }
        sqlite3_finalize(statement);
        return r;
}

static int refuse_format(Store *store, int64_t format, char fault[STORE_FAULT_MAX]) {
        snprintf(fault, STORE_FAULT_MAX,
                 "%s: it is of format %lld; this is version " PACKAGE_VERSION
                 ", which reads formats %d to %d",
                 store->path, (long long)format, STORE_FORMAT_WITHOUT_USE, STORE_FORMAT);
        return -EPROTONOSUPPORT;
}

static int migrate(Store *store, char fault[STORE_FAULT_MAX]) {
        crash_point("migrate-begin");
        int r = store_execute(store, migration, fault);
        crash_point("migrate-end");
        return r;
}

/* Checks the format of the database. At the first open a file without tables is new, and gets them; one of the first format is migrated. */
static int check_format(Store *store, bool is_first, char fault[STORE_FAULT_MAX]) {
        int64_t n_tables, application, format;
        int r = read_number(store, "SELECT count(*) FROM sqlite_master", &n_tables, fault);

        if (r == 0)
                r = read_number(store, "PRAGMA application_id", &application, fault);
        if (r == 0)
                r = read_number(store, "PRAGMA user_version", &format, fault);
        if (r < 0)
                return r;
        if (n_tables == 0 && application == 0 && !is_first) {
                snprintf(fault, STORE_FAULT_MAX, "%s: the file has lost all objects", store->path);
                return -EIO;
        }
        if (n_tables == 0 && application == 0) {
                crash_point("new-tables");
                return store_execute(store, tables, fault);
        }
        if (application != STORE_APPLICATION) {
                snprintf(fault, STORE_FAULT_MAX, "%s: this is not a database of shmgrd",
                         store->path);
                return -EBADMSG;
        }
        if (format == STORE_FORMAT_WITHOUT_USE)
                return migrate(store, fault);
        return format == STORE_FORMAT ? 0 : refuse_format(store, format, fault);
}

static int open_database(Store *store, bool is_first, char fault[STORE_FAULT_MAX]) {
        /* Counting its memory would cost each row a tenth of its time. Later calls have no effect. */
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        mode_t mask = umask(077);
        int status = sqlite3_open_v2(store->path, &store->db,
                                     SQLITE_OPEN_READWRITE | (is_first ? SQLITE_OPEN_CREATE : 0) |
                                             SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
                                     NULL);

        umask(mask);
        if (status != SQLITE_OK)
                return store_fail(store, fault);
        sqlite3_busy_timeout(store->db, BUSY_MS);
        int r = store_execute(store,
                              "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864",
                              fault);
        store_watch_log(store);
        return r;
}

static int prepare_statements(Store *store, char fault[STORE_FAULT_MAX]) {
        int r = 0;

        for (int i = 0; r == 0 && i < N_STATEMENTS; i++)
                r = store_prepare(store, statements[i], &store->statements[i], fault);
        return r;
}

static void close_database(Store *store) {
        crash_point("store-close");
        for (int i = 0; i < N_STATEMENTS; i++) {
                sqlite3_finalize(store->statements[i]);
                store->statements[i] = NULL;
        }
        sqlite3_close(store->db);
        crash_point("store-closed");
        store->db = NULL;
        store->has_long_log = false;
}

Store *store_close(Store *store) {
        if (!store)
                return NULL;
        close_database(store);
        free(store->path);
        free(store);
        return NULL;
}

static void store_closep(Store **store) {
        store_close(*store);
}

/* Without symbolic links, which SQLITE_OPEN_NOFOLLOW refuses in the whole path. Returns NULL
 * without memory. */
static char *path_of_database(const char *directory) {
        CLEANUP(freep) char *real = realpath(directory, NULL);
        char *path;

        return asprintf(&path, "%s/" STORE_FILE, real ? real : directory) < 0 ? NULL : path;
}

int store_open(const char *directory, bool is_first, Store **ret, char fault[STORE_FAULT_MAX]) {
        CLEANUP(store_closep) Store *store = calloc(1, sizeof(*store));

        *fault = '\0';
        if (!store)
                return -ENOMEM;
        store->path = path_of_database(directory);
        if (!store->path)
                return -ENOMEM;
        crash_point("store-open");
        int r = open_database(store, is_first, fault);
        crash_point("store-opened");
        if (r == 0 && is_first)
                r = check_structure(store, fault);
        if (r == 0)
                r = check_format(store, is_first, fault);
        if (r == 0)
                r = prepare_statements(store, fault);
        if (r == 0)
                *ret = TAKE_PTR(store);
        return r;
}

int store_reopen(Store *store, char fault[STORE_FAULT_MAX]) {
        close_database(store);
        int r = open_database(store, false, fault);
        return r == 0 ? prepare_statements(store, fault) : r;
}

/* ---- Writing */

static int run(Store *store, sqlite3_stmt *statement, char fault[STORE_FAULT_MAX]) {
        int r = sqlite3_step(statement) == SQLITE_DONE ? 0 : store_fail(store, fault);

        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return r;
}

static void bind_object(sqlite3_stmt *s, uint64_t id, const StoredObject *row, const char *name) {
        sqlite3_bind_int64(s, 1, (int64_t)id);
        sqlite3_bind_text(s, 2, row->type, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, name, (int)row->n_name, SQLITE_STATIC);
        sqlite3_bind_int64(s, 4, row->uid);
        sqlite3_bind_int64(s, 5, row->gid);
        sqlite3_bind_int64(s, 6, row->mode);
        sqlite3_bind_text(s, 7, durabilities[row->durability], -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 8, (int64_t)row->max_bytes);
        sqlite3_bind_int64(s, 9, row->created_ms);
        sqlite3_bind_int64(s, 10, row->base);
        sqlite3_bind_text64(s, 11, name + row->n_name, row->n_state, SQLITE_STATIC, SQLITE_UTF8);
        sqlite3_bind_int64(s, 12, store_sum_of_object(id, row, name));
        sqlite3_bind_int64(s, 13, row->used_ms);
        sqlite3_bind_int64(s, 14, row->idle_ttl_ms);
        sqlite3_bind_int64(s, 15, store_sum_of_use(id, row));
}

/* Changes the row of an object, and adds it if the table does not have it: most rows exist. */
static int put_object(Store *store, const StoredOp *op, const char *bytes,
                      char fault[STORE_FAULT_MAX]) {
        const char *name = bytes + sizeof(StoredObject);
        StoredObject row;

        memcpy(&row, bytes, sizeof(row));
        bind_object(store->statements[CHANGE_OBJECT], op->id, &row, name);
        int r = run(store, store->statements[CHANGE_OBJECT], fault);
        if (r < 0 || sqlite3_changes(store->db) > 0)
                return r;
        bind_object(store->statements[ADD_OBJECT], op->id, &row, name);
        return run(store, store->statements[ADD_OBJECT], fault);
}

static int put_element(Store *store, const StoredOp *op, const char *bytes,
                       char fault[STORE_FAULT_MAX]) {
        sqlite3_stmt *s = store->statements[PUT_ELEMENT];

        sqlite3_bind_int64(s, 1, (int64_t)op->id);
        sqlite3_bind_int64(s, 2, op->first);
        sqlite3_bind_text64(s, 3, bytes, op->n, SQLITE_STATIC, SQLITE_UTF8);
        sqlite3_bind_int64(s, 4, store_sum_of_element(op->id, op->first, bytes, op->n));
        return run(store, s, fault);
}

static int drop_elements(Store *store, uint64_t id, int64_t first, int64_t last,
                         char fault[STORE_FAULT_MAX]) {
        sqlite3_stmt *s = store->statements[DROP_ELEMENTS];

        sqlite3_bind_int64(s, 1, (int64_t)id);
        sqlite3_bind_int64(s, 2, first);
        sqlite3_bind_int64(s, 3, last);
        return run(store, s, fault);
}

static int drop_object(Store *store, uint64_t id, char fault[STORE_FAULT_MAX]) {
        sqlite3_bind_int64(store->statements[DROP_OBJECT], 1, (int64_t)id);
        int r = run(store, store->statements[DROP_OBJECT], fault);
        return r == 0 ? drop_elements(store, id, INT64_MIN, INT64_MAX, fault) : r;
}

static int apply(Store *store, const StoredOp *op, const char *bytes, char fault[STORE_FAULT_MAX]) {
        switch ((StoredKind)op->kind) {
        case STORED_PUT_OBJECT:
                return put_object(store, op, bytes, fault);
        case STORED_PUT_ELEMENT:
                return put_element(store, op, bytes, fault);
        case STORED_DROP_ELEMENTS:
                return drop_elements(store, op->id, op->first, op->last, fault);
        case STORED_DROP_OBJECT:
                return drop_object(store, op->id, fault);
        }
        return -EINVAL;
}

static int put_tokens(Store *store, uint64_t tokens, char fault[STORE_FAULT_MAX]) {
        if (tokens == 0)
                return 0;
        sqlite3_bind_int64(store->statements[PUT_TOKENS], 1, (int64_t)tokens);
        return run(store, store->statements[PUT_TOKENS], fault);
}

static int apply_all(Store *store, const Buffer *rows, char fault[STORE_FAULT_MAX]) {
        const char *at = buffer_bytes(rows), *end = at + buffer_size(rows);
        StoredOp op;

        for (; at < end; at += op.n) {
                crash_point("row-apply");
                memcpy(&op, at, sizeof(op));
                at += sizeof(op);
                int r = apply(store, &op, at, fault);
                if (r < 0)
                        return r;
        }
        return 0;
}

int store_write(Store *store, const Buffer *rows, uint64_t tokens, char fault[STORE_FAULT_MAX]) {
        int r = run(store, store->statements[BEGIN], fault);

        crash_point("transaction-begun");
        if (r < 0)
                return r;
        r = apply_all(store, rows, fault);
        if (r == 0)
                r = put_tokens(store, tokens, fault);
        crash_point("commit-begin");
        if (r == 0)
                r = run(store, store->statements[COMMIT], fault);
        crash_point("commit-end");
        if (r < 0 && !sqlite3_get_autocommit(store->db))
                sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        return r;
}
