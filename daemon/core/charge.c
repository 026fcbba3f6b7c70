/* Charges for stored bytes. charge.h has the model. */
#include <errno.h>

#include "account.h"
#include "charge.h"
#include "core-state.h"
#include "remains.h"

/* Returns how many bytes all users may have if a session of this user stores more. */
static uint64_t bytes_for(const Core *core, uid_t uid) {
        const Limits *limits = &core->limits;
        uint64_t most = limits->bytes / 8;

        if (uid == 0)
                return limits->bytes;
        return limits->bytes - (limits->bytes_of_root < most ? limits->bytes_of_root : most);
}

static bool fits_in_account(const Core *core, const Account *account, uint64_t n) {
        uint64_t most = core->limits.bytes_per_uid;

        return account->uid == 0 ||
               (n <= most && account->n_bytes + account->n_structure_bytes <= most - n);
}

static bool fits_in_all(const Core *core, uid_t by, uint64_t n) {
        uint64_t most = bytes_for(core, by);

        return n <= most && core->n_bytes + core->n_structure_bytes <= most - n;
}

/* Contents that a user has cleared must not block new ones. */
static bool make_room(Core *core, Account *account, uid_t by, uint64_t n) {
        uint64_t most = remains_steps_for(n);

        for (uint64_t n_steps = 0; n_steps < most;) {
                Account *whose = fits_in_account(core, account, n) ? NULL : account;
                if (!whose && fits_in_all(core, by, n))
                        return true;
                uint64_t n_more = remains_drop(core, whose, REMAINS_STEPS_AT_ONCE);
                if (n_more == 0)
                        break;
                n_steps += n_more;
        }
        return fits_in_account(core, account, n) && fits_in_all(core, by, n);
}

int account_charge_bytes(Core *core, Account *account, uid_t by, uint64_t n) {
        bool fits = fits_in_account(core, account, n) && fits_in_all(core, by, n);

        if (!fits && !make_room(core, account, by, n))
                return -EDQUOT;
        account->n_bytes += n;
        core->n_bytes += n;
        return 0;
}

static bool fits_on_disk(const Core *core, const Account *account, uint64_t n) {
        uint64_t most = core->limits.durable_bytes_per_uid;

        return account->uid == 0 || (n <= most && account->n_durable_bytes <= most - n);
}

bool account_has_durable_room(Core *core, Account *account, uint64_t n) {
        uint64_t n_left = remains_steps_for(n), n_steps = 1;

        while (!fits_on_disk(core, account, n) && n_steps > 0 && n_left > 0) {
                n_steps = remains_drop(core, account, REMAINS_STEPS_AT_ONCE);
                n_left -= n_steps < n_left ? n_steps : n_left;
        }
        return fits_on_disk(core, account, n);
}
