/* The internals of a store, for the files that implement it: database.c,
 * database-log.c, read.c, directory.c. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* The first format does not have `used_ms` and `idle_ttl_ms`. */
enum {
        STORE_FORMAT_WITHOUT_USE = 1,
        STORE_FORMAT = 2,
        STORE_APPLICATION = 0x73686d67 /* "shmg" */
};

#define STORE_FILE "objects.sqlite"

/* The statements that write. */
typedef enum StoreStatement {
        BEGIN,
        COMMIT,
        ADD_OBJECT,
        CHANGE_OBJECT,
        PUT_ELEMENT,
        DROP_OBJECT,
        DROP_ELEMENTS,
        PUT_TOKENS,
        N_STATEMENTS,
} StoreStatement;

struct Store {
        sqlite3 *db;
        sqlite3_stmt *statements[N_STATEMENTS];
        char *path;        /* of the database; owned */
        bool has_long_log; /* store_extend_log() was called */
        int n_log_pages;   /* in the log after the last commit */
};

/* The checksums that the rows contain. */
int64_t store_sum_of_element(uint64_t id, int64_t key, const void *text, size_t n);
int64_t store_sum_of_object(uint64_t id, const StoredObject *row, const char *name);
int64_t store_sum_of_use(uint64_t id, const StoredObject *row);

/* Returns the negative errno of a failure of SQLite, and writes the reason. */
int store_fail(const Store *store, char fault[STORE_FAULT_MAX]);
/* Begins to count the pages of the log, in place of the checkpoints of SQLite. */
void store_watch_log(Store *store);
int store_execute(Store *store, const char *sql, char fault[STORE_FAULT_MAX]);
int store_prepare(Store *store, const char *sql, sqlite3_stmt **ret, char fault[STORE_FAULT_MAX]);
