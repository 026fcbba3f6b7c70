/* Returns the contents of a dict, as a whole or in pages. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "types/dict.h"
#include "types/entries.h"
#include "types/answer.h"
#include "work.h"

#define ADVICE "use dict.scan"

int dict_keys(Call *call, Object *object) {
        const Table *entries = dict_entries(object);
        Answer answer;
        int r = answer_begin(&answer, call, "[", table_size(entries), ADVICE);

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, table_size(entries) * WORK_MADE);
        TABLE_FOREACH (entry, entries)
                if (r == OUTCOME_DONE)
                        r = answer_add_string(&answer, entry->key, entry->n_key);
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

int dict_items(Call *call, Object *object) {
        const Table *entries = dict_entries(object);
        Answer answer;
        int r = answer_begin(&answer, call, "[", 3 * table_size(entries), ADVICE);

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, table_size(entries) * WORK_PAIR);
        TABLE_FOREACH (entry, entries) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE)
                        r = answer_add_pair(&answer, entry->key, entry->n_key, &value);
        }
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

int dict_values(Call *call, Object *object) {
        const Table *entries = dict_entries(object);
        Answer answer;
        int r = answer_begin(&answer, call, "[", table_size(entries), ADVICE);

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, table_size(entries) * WORK_READ);
        TABLE_FOREACH (entry, entries) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE)
                        r = answer_add(&answer, &value);
        }
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

int dict_copy(Call *call, Object *object) {
        const Table *entries = dict_entries(object);
        Answer answer;
        int r = answer_begin(&answer, call, "{", table_size(entries), ADVICE);

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, table_size(entries) * WORK_PAIR);
        TABLE_FOREACH (entry, entries) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE)
                        r = answer_add_member(&answer, entry->key, entry->n_key, &value);
        }
        return r == OUTCOME_DONE ? answer_end(&answer, "}") : r;
}

/* Adds items from the cursor on, as far as there is room. *ret_cursor receives the next cursor, 0
 * at the end. */
static int scan_items(Answer *answer, Call *call, Object *object, uint64_t *ret_cursor) {
        const Table *entries = dict_entries(object);
        uint64_t cursor = (uint64_t)call_int(call, 0, 0);
        uint32_t position = table_position_after(entries, cursor);
        TableEntry *entry = table_step(entries, &position);
        int r = OUTCOME_DONE;

        uint64_t n_most = work_fit(call, (uint64_t)call_int(call, 1, 100), WORK_PAIR);
        for (uint64_t n = n_most; r == OUTCOME_DONE && n > 0 && entry; n--) {
                Value value = entry_value(entry);
                work_count(call->core, WORK_PAIR);
                if (!answer_takes_pair(answer, entry->key, entry->n_key, &value)) {
                        if (answer->n > 0)
                                break;
                        return call_refuse(call, EMSGSIZE,
                                           "the value of %s is too large for a reply with its key: "
                                           "use dict.get",
                                           call_quote(entry->key, entry->n_key));
                }
                r = answer_put_pair(answer, entry->key, entry->n_key, &value);
                cursor = entry->serial;
                entry = table_step(entries, &position);
        }
        *ret_cursor = entry ? cursor : 0;
        return r;
}

int dict_scan(Call *call, Object *object) {
        uint64_t cursor = 0;
        Answer answer;
        int r = answer_begin_scan(&answer, call);

        if (r == OUTCOME_DONE)
                r = scan_items(&answer, call, object, &cursor);
        return r == OUTCOME_DONE ? answer_end_scan(&answer, cursor) : r;
}
