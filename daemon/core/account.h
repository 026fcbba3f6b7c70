/* The account of one user: how much its programs have in the daemon, and its bounds. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"

typedef struct Core Core;

typedef struct Account {
        uid_t uid;
        size_t n_sessions, n_objects, n_waits, n_descriptors, n_handles, n_holds;
        size_t n_durable_objects;
        uint64_t n_durable_bytes; /* of n_bytes: values of these objects */
        uint64_t n_inherited;     /* objects from the disk that are not told yet: inherited.h */
        int64_t inherited_since_ms;
        size_t n_places;  /* in queues, of its waiting calls: park.c, count_places() */
        uint64_t n_bytes; /* stored, and kept by calls that wait */
        /* of sessions, objects, handles, holds, reservations, calls that wait */
        uint64_t n_structure_bytes;
        uint64_t n_buffer_bytes; /* of the shell: of messages on their way */
        List remains;            /* Remains.in_account: dropped, and still counted in n_bytes */
        ListLink in_leaving;     /* Core.leaving, while it has remains */
} Account;

/* The account of a uid, made on first use and kept: 0 or -ENOMEM. */
int account_get(Core *core, uid_t uid, Account **ret);
void accounts_deinit(Core *core);

void account_release_bytes(Core *core, Account *account, uint64_t n);
/* Charges again what was released for a moment, even above the bounds. */
void account_restore_bytes(Core *core, Account *account, uint64_t n);
/* Memory of structures, whose numbers have bounds of their own: it counts, also against the bytes that may be stored,
 * but is never refused here. So a user who has stored as much as allowed can still wait for a lock. */
void account_add_structure(Core *core, Account *account, uint64_t n);
void account_drop_structure(Core *core, Account *account, uint64_t n);
/* Messages on their way that took `before` bytes now take n: 0, or -EDQUOT when that is more, and above the bound.
 * The change counts in either case. */
int account_change_buffers(Core *core, Account *account, uint64_t before, uint64_t n);
/* The bytes that count for an account, of all kinds. */
uint64_t account_memory(const Account *account);
/* The same for all accounts. */
uint64_t accounts_memory(const Core *core);
/* Moves an object and its bytes to another account, whatever the bounds say. */
void account_move(Account *from, Account *to, uint64_t n_bytes, uint64_t n_structure_bytes);
/* A durable object with so many bytes is one of the account's, or no longer. */
void account_add_durable(Account *account, uint64_t n_bytes);
void account_drop_durable(Account *account, uint64_t n_bytes);
