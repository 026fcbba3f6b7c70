/* Charging an account for stored bytes, within the bounds of the account and of the daemon. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Account Account;
typedef struct Core Core;

/* Adds n bytes to an account and to the sum of all, for a session of this user: 0, or -EDQUOT with
 * nothing changed. Some of the sum is left for root. If the bytes do not fit, remains (remains.h) are
 * dropped to make room, as many as are in proportion to n. */
int account_charge_bytes(Core *core, Account *account, uid_t by, uint64_t n);
/* Whether n more bytes fit into what the account may have in durable objects. Makes room likewise. */
bool account_has_durable_room(Core *core, Account *account, uint64_t n);
