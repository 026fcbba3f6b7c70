/* Accounts: one per uid, for the bounds that hold per user. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "core.h"

int account_get(Core *core, uid_t uid, Account **ret) {
        Account *account = table_get(&core->accounts, &uid, sizeof(uid));

        if (!account) {
                CLEANUP(freep) Account *made = calloc(1, sizeof(*made));
                if (!made)
                        return -ENOMEM;
                made->uid = uid;
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

int account_charge_bytes(Core *core, Account *account, uid_t by, uint64_t n) {
        const Limits *limits = &core->limits;
        uint64_t bytes = bytes_for(core, by);

        if (n > bytes || core->n_bytes > bytes - n)
                return -EDQUOT;
        if (account->uid != 0 &&
            (n > limits->bytes_per_uid || account->n_bytes > limits->bytes_per_uid - n))
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

void account_move(Account *from, Account *to, uint64_t n_bytes) {
        from->n_bytes -= n_bytes;
        from->n_objects--;
        to->n_bytes += n_bytes;
        to->n_objects++;
}
