/* Accounts: one per uid, for the bounds that hold per user. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "core.h"
#include "remains.h"

int account_get(Core *core, uid_t uid, Account **ret) {
        Account *account = table_get(&core->accounts, &uid, sizeof(uid));

        if (!account) {
                CLEANUP(freep) Account *made = calloc(1, sizeof(*made));
                if (!made)
                        return -ENOMEM;
                made->uid = uid;
                list_init(&made->remains);
                list_init(&made->in_leaving);
                int r = table_add(&core->accounts, &uid, sizeof(uid), made);
                if (r < 0)
                        return r;
                account = TAKE_PTR(made);
        }
        *ret = account;
        return 0;
}

void accounts_deinit(Core *core) {
        TABLE_FOREACH (entry, &core->accounts)
                free(entry->value);
        table_deinit(&core->accounts);
}

/* How many bytes there may be in all for a session of this user to store more. */
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

/* What a user has cleared shall not be in the way of what the user stores next. */
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

void account_release_bytes(Core *core, Account *account, uint64_t n) {
        account->n_bytes -= n;
        core->n_bytes -= n;
}

void account_restore_bytes(Core *core, Account *account, uint64_t n) {
        account->n_bytes += n;
        core->n_bytes += n;
}

void account_add_structure(Core *core, Account *account, uint64_t n) {
        account->n_structure_bytes += n;
        core->n_structure_bytes += n;
}

void account_drop_structure(Core *core, Account *account, uint64_t n) {
        account->n_structure_bytes -= n;
        core->n_structure_bytes -= n;
}

int account_change_buffers(Core *core, Account *account, uint64_t before, uint64_t n) {
        const Limits *limits = &core->limits;

        account->n_buffer_bytes += n - before;
        core->n_buffer_bytes += n - before;
        if (n <= before)
                return 0;
        if (core->n_buffer_bytes > limits->buffer_bytes)
                return -EDQUOT;
        return account->uid != 0 && account->n_buffer_bytes > limits->buffer_bytes_per_uid ? -EDQUOT
                                                                                           : 0;
}

uint64_t account_memory(const Account *account) {
        return account->n_bytes + account->n_structure_bytes + account->n_buffer_bytes;
}

void account_move(Account *from, Account *to, uint64_t n_bytes, uint64_t n_structure_bytes) {
        from->n_structure_bytes -= n_structure_bytes;
        to->n_structure_bytes += n_structure_bytes;
        from->n_bytes -= n_bytes;
        from->n_objects--;
        to->n_bytes += n_bytes;
        to->n_objects++;
}
