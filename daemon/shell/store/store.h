/* The state directory: durable objects in a database of SQLite (doc/survival.md has its tables).
 *
 * One thread at a time uses a store: the main thread at the start, then that of the writer (writer.h). It never logs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct Buffer Buffer;
typedef struct Store Store;
typedef struct StoredObject StoredObject;

enum { STORE_FAULT_MAX = 512 };

/* Opens the directory, which is made if it is missing, locks it, checks the database, and makes its tables if there are none.
 * 0, or a negative errno with the reason: -EACCES (the directory is another user's, or others may use it), -EBUSY (another
 * daemon has it), -EBADMSG (the database is damaged), -EPROTONOSUPPORT (it is of another format), -ENOTSUP (there is no SQLite
 * in this build). */
int store_open(const char *directory, Store **ret, char fault[STORE_FAULT_MAX]);
/* Takes NULL; returns NULL. */
Store *store_close(Store *store);
/* The same without the lock and the checks, after a fault: 0 or a negative errno. */
int store_reopen(Store *store, char fault[STORE_FAULT_MAX]);

/* Calls a function for each object, with its name and state, and its elements as lines of a snapshot: 0; what the function
 * returned; or -EBADMSG and the like. The function writes its own reason. */
typedef int StoreReader(void *userdata, uint64_t id, const StoredObject *row, const char *name,
                        const Buffer *contents, char fault[STORE_FAULT_MAX]);
int store_read(Store *store, StoreReader *read, void *userdata, char fault[STORE_FAULT_MAX]);
/* Tokens below this may have been given out; 0 in a new store. */
int store_read_tokens(Store *store, uint64_t *ret, char fault[STORE_FAULT_MAX]);

/* Writes rows (stored.h) in one transaction that is on the disk afterwards: 0, -ENOSPC, -EIO, -ENOMEM. After a failure nothing
 * of it is there. A number of tokens above 0 is stored with it. */
int store_write(Store *store, const Buffer *rows, uint64_t tokens, char fault[STORE_FAULT_MAX]);
