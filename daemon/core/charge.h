/* Charging an account for what is stored, within the bounds of the account and of all. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

typedef struct Account Account;
typedef struct Core Core;

/* Adds n bytes to an account and to the sum of all, for a session of this user: 0, or -EDQUOT with
 * nothing changed. Some of the sum is left for root. Where they do not fit, remains (remains.h) are
 * dropped to make room, as many as are in proportion to n. */
int account_charge_bytes(Core *core, Account *account, uid_t by, uint64_t n);
