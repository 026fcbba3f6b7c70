/* Accounts: one for each uid, for the bounds per user. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "core-state.h"

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

uint64_t accounts_memory(const Core *core) {
        return core->n_bytes + core->n_structure_bytes + core->n_buffer_bytes;
}

void account_move(Account *from, Account *to, uint64_t n_bytes, uint64_t n_structure_bytes) {
        from->n_structure_bytes -= n_structure_bytes;
        to->n_structure_bytes += n_structure_bytes;
        from->n_bytes -= n_bytes;
        from->n_objects--;
        to->n_bytes += n_bytes;
        to->n_objects++;
}

void account_add_durable(Account *account, uint64_t n_bytes) {
        account->n_durable_objects++;
        account->n_durable_bytes += n_bytes;
}

void account_drop_durable(Account *account, uint64_t n_bytes) {
        account->n_durable_objects--;
        account->n_durable_bytes -= n_bytes;
}
