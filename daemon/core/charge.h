/* Charges an account for stored bytes, within the bounds of the account and of the daemon. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Account Account;
typedef struct Core Core;

/* Adds n bytes to an account and to the sum of all, for a session of this user. A part of the sum
 * is reserved for root. If the bytes do not fit, drops remains (remains.h) to make room, in
 * proportion to n. Returns 0, or -EDQUOT with nothing changed. */
int account_charge_bytes(Core *core, Account *account, uid_t by, uint64_t n);
/* Returns whether n more bytes fit into the bound of durable bytes. If not, drops remains first,
 * as account_charge_bytes() does. */
bool account_has_durable_room(Core *core, Account *account, uint64_t n);
