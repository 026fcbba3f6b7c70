/* The write-ahead log of a database.
 *
 * A commit appends pages to the log, which store_move_log() moves into the database when it has
 * CHECKPOINT_PAGES of them (a checkpoint): then the next commit begins the log anew. SQLite would do
 * that within the commit, whose callers would wait, and would take no notice of its failure: the log
 * has every page until it was moved, but it would grow until the disk is full. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crash-point.h"
#include "store/database.h"

enum {
#ifdef SHMGR_CRASH_POINTS
        CHECKPOINT_PAGES = 100, /* so that the short load of the crash test moves the log */
#else
        CHECKPOINT_PAGES = 1000,
#endif
        LOG_BYTES = (CHECKPOINT_PAGES + 100) * (4096 + 24),
        BLANK_BYTES = 64 << 10,
};

static int note_commit(void *userdata, sqlite3 *db, const char *name, int n_pages) {
        Store *store = userdata;

        store->n_log_pages = n_pages;
        return SQLITE_OK;
}

void store_watch_log(Store *store) {
        store->n_log_pages = 0;
        sqlite3_wal_hook(store->db, note_commit, store);
}

/* A log that cannot be moved for now is tried again after the next commit: another program reads it, or the disk has
 * no room for the pages that the database gets. */
int store_move_log(Store *store, char fault[STORE_FAULT_MAX]) {
        if (store->n_log_pages < CHECKPOINT_PAGES)
                return 0;
        crash_point("log-move");
        int status =
                sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        crash_point("log-moved");
        if (status == SQLITE_OK || status == SQLITE_BUSY || status == SQLITE_LOCKED)
                return 0;
        int r = store_fail(store, fault);
        return r == -ENOSPC || r == -ENOMEM ? 0 : r;
}

/* SQLite takes no notice of what is behind the last frame of the log. Returns whether there was room. */
static bool write_blanks(sqlite3_file *log, sqlite3_int64 from, sqlite3_int64 to) {
        static const char blank[BLANK_BYTES];
        int r = SQLITE_OK;

        for (; r == SQLITE_OK && from < to; from += BLANK_BYTES)
                r = log->pMethods->xWrite(log, blank, BLANK_BYTES, from);
        return r == SQLITE_OK;
}

/* The kernel reports a write that failed once for a file, to the next sync: if that sync is this one, no later one
 * would report it. */
static int sync_log(const Store *store, sqlite3_file *log, char fault[STORE_FAULT_MAX]) {
        int r = log->pMethods->xSync(log, SQLITE_SYNC_FULL);

        if (r == SQLITE_OK)
                return 0;
        snprintf(fault, STORE_FAULT_MAX, "%s-wal: the log cannot be synced: %s", store->path,
                 sqlite3_errstr(r));
        return -EIO;
}

int store_extend_log(Store *store, char fault[STORE_FAULT_MAX]) {
        sqlite3_file *log = NULL;
        sqlite3_int64 size;
        int r = 0;

        if (store->has_long_log)
                return 0;
        store->has_long_log = true;
        if (sqlite3_file_control(store->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) !=
                    SQLITE_OK ||
            !log || !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK ||
            size >= LOG_BYTES)
                return 0;
        crash_point("log-extend");
        /* If these bytes stay, they are used later. */
        if (write_blanks(log, size, LOG_BYTES))
                r = sync_log(store, log, fault);
        else
                log->pMethods->xTruncate(log, size);
        crash_point("log-extended");
        return r;
}
