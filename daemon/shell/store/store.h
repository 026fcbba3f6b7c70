/* The state directory: durable objects in a database of SQLite (doc/survival.md has its tables).
 *
 * One thread at a time uses a store: the main thread at the start, then that of the writer
 * (writer.h). It never logs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Buffer Buffer;
typedef struct Store Store;
typedef struct StoredObject StoredObject;

enum { STORE_FAULT_MAX = 512 };

/* Makes the directory if it is missing, checks it and locks it. `passed_fd` is the lock that the
 * previous program passed, or -1. Returns the descriptor of the lock, which may be passed_fd, or a
 * negative errno with the reason:
 *
 *   -EACCES            the directory or a file in it belongs to another user, or other users may
 *                      enter it
 *   -EBUSY             another daemon uses the directory
 *   -ENOTSUP           the program was built without SQLite */
int store_lock(const char *directory, int passed_fd, char fault[STORE_FAULT_MAX]);
/* Opens the database of the locked directory, and checks its format. The first open also makes a new
 * database, and checks the structure of the whole file: a daemon that has the objects need not read
 * it, since its clients wait, and would write half of each object to a new one. Returns 0, or a
 * negative errno with the reason:
 *
 *   -EBADMSG           the database is damaged
 *   -EPROTONOSUPPORT   the database has another format */
int store_open(const char *directory, bool is_first, Store **ret, char fault[STORE_FAULT_MAX]);
/* Takes NULL; returns NULL. */
Store *store_close(Store *store);
/* Opens the database anew after a fault, and repeats no check. Returns 0 or a negative errno. */
int store_reopen(Store *store, char fault[STORE_FAULT_MAX]);

/* Calls `read` for each object, with its row, its name and state, and its elements as lines of a
 * snapshot. Returns 0, or the first negative errno: of `read`, which writes its own reason to
 * `fault`, or of the store (-EBADMSG: damage). */
typedef int StoreReader(void *userdata, uint64_t id, const StoredObject *row, const char *name,
                        const Buffer *contents, char fault[STORE_FAULT_MAX]);
int store_read(Store *store, StoreReader *read, void *userdata, char fault[STORE_FAULT_MAX]);
/* Reads the stored number of tokens, 0 in a new store: tokens below it may have been given out.
 * Returns 0 or a negative errno. */
int store_read_tokens(Store *store, uint64_t *ret, char fault[STORE_FAULT_MAX]);

/* Makes the write-ahead log as long as it becomes between two checkpoints, so that a commit writes
 * to blocks that the file has already, and a sync need not write the file's size and blocks as
 * well. Without room on the disk the log grows as usual. Called before a transaction; only the first
 * call after the store was opened has an effect. A start does not wait for it. Returns 0, or -EIO if the
 * sync failed. */
int store_extend_log(Store *store, char fault[STORE_FAULT_MAX]);
/* Moves the log into the database, if it has become long. Called after a transaction, when the replies that waited for it have been released. Returns 0, or a
 * negative errno if the database cannot be written: the log then keeps all transactions. */
int store_move_log(Store *store, char fault[STORE_FAULT_MAX]);
/* Writes rows (stored.h) in one transaction, which is on the disk when it returns 0. After a
 * failure (-ENOSPC, -EIO, -ENOMEM) the database has none of the rows. If `tokens` is not 0, it is
 * stored with them. */
int store_write(Store *store, const Buffer *rows, uint64_t tokens, char fault[STORE_FAULT_MAX]);
