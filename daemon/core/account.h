/* The account of a user: what its programs use in the daemon, and its bounds. */
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
        uint64_t n_durable_bytes; /* part of n_bytes: values of durable objects */
        /* objects from the disk that were not reported yet: see inherited.h */
        uint64_t n_inherited;
        int64_t inherited_since_ms;
        size_t n_places;  /* in queues, of its waiting calls: count_places() in park.c */
        uint64_t n_bytes; /* of stored values, and kept by waiting calls */
        /* Of sessions, objects, handles, holds, reservations and waiting calls. */
        uint64_t n_structure_bytes;
        uint64_t n_buffer_bytes; /* of the shell: messages in transit */
        List remains;            /* Remains.in_account: removed, but still counted in n_bytes */
        ListLink in_leaving;     /* Core.leaving, while it has remains */
} Account;

/* Returns the account of a uid, made on first use and kept. Returns 0 or -ENOMEM. */
int account_get(Core *core, uid_t uid, Account **ret);
void accounts_deinit(Core *core);

void account_release_bytes(Core *core, Account *account, uint64_t n);
/* Charges again what was released for a moment, even above the bounds. */
void account_restore_bytes(Core *core, Account *account, uint64_t n);
/* Charges memory of structures. Their numbers have bounds of their own, so this is never refused,
 * but it counts against the bytes that may be stored. So a user who has stored as much as allowed
 * can still wait for a lock. */
void account_add_structure(Core *core, Account *account, uint64_t n);
void account_drop_structure(Core *core, Account *account, uint64_t n);
/* Changes the charge of messages in transit from `before` bytes to n. Returns 0, or -EDQUOT if that
 * is more, and above the bound. The change counts in either case. */
int account_change_buffers(Core *core, Account *account, uint64_t before, uint64_t n);
/* Returns the bytes of all kinds that an account is charged for. */
uint64_t account_memory(const Account *account);
/* Returns the bytes that all accounts together are charged for. */
uint64_t accounts_memory(const Core *core);
/* Moves an object and its bytes to another account, regardless of the bounds. */
void account_move(Account *from, Account *to, uint64_t n_bytes, uint64_t n_structure_bytes);
/* Adds or removes a durable object with n_bytes. */
void account_add_durable(Account *account, uint64_t n_bytes);
void account_drop_durable(Account *account, uint64_t n_bytes);
