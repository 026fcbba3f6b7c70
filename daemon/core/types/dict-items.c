/* What is in a dict, all of it or piece by piece. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "json/json-util.h"
#include "types/dict.h"
#include "types/answer-room.h"
#include "work.h"

#define ADVICE "use dict.scan"

static struct json_object *make_key(const TableEntry *entry) {
        return json_object_new_string_len(entry->key, (int)entry->n_key);
}

static int push_shared(struct json_object *array, struct json_object *value) {
        if (json_object_array_add(array, json_object_get(value)) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

struct json_object *dict_make_pair(const TableEntry *entry) {
        CLEANUP(json_putp) struct json_object *pair = json_object_new_array_ext(2);

        if (!pair || json_push(pair, make_key(entry)) < 0 || push_shared(pair, entry->value) < 0)
                return NULL;
        return TAKE_PTR(pair);
}

typedef struct json_object *(*MakeElement)(const TableEntry *entry);

/* An array with something made of each entry. */
static int dict_gather(Call *call, Object *object, MakeElement make, uint64_t n_steps) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        AnswerRoom room = answer_room_of_call(call);

        if (!array)
                return -ENOMEM;
        work_count(call->core, table_size(dict_entries(object)) * n_steps);
        TABLE_FOREACH (entry, dict_entries(object)) {
                CLEANUP(json_putp) struct json_object *element = make(entry);
                int r = element ? answer_room_push(call, &room, array, element, ADVICE) : -ENOMEM;
                if (r != OUTCOME_DONE)
                        return r;
        }
        return call_return_json(call, TAKE_PTR(array));
}

int dict_keys(Call *call, Object *object) {
        return dict_gather(call, object, make_key, WORK_MADE);
}

int dict_items(Call *call, Object *object) {
        return dict_gather(call, object, dict_make_pair, WORK_PAIR);
}

int dict_values(Call *call, Object *object) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        AnswerRoom room = answer_room_of_call(call);
        int r = array ? OUTCOME_DONE : -ENOMEM;

        work_count(call->core, table_size(dict_entries(object)) * WORK_READ);
        TABLE_FOREACH (entry, dict_entries(object))
                if (r == OUTCOME_DONE)
                        r = answer_room_push(call, &room, array, entry->value, ADVICE);
        return r == OUTCOME_DONE ? call_return_json(call, TAKE_PTR(array)) : r;
}

static bool take_member(AnswerRoom *room, const TableEntry *entry) {
        uint64_t n_least = entry->n_key + strlen("\"\":,");

        if (n_least > room->n_bytes)
                return false;
        room->n_bytes -= n_least;
        return answer_room_take(room, entry->value);
}

int dict_copy(Call *call, Object *object) {
        CLEANUP(json_putp) struct json_object *copy = json_object_new_object();
        AnswerRoom room = answer_room_of_call(call);

        if (!copy)
                return -ENOMEM;
        work_count(call->core, table_size(dict_entries(object)) * WORK_PAIR);
        TABLE_FOREACH (entry, dict_entries(object)) {
                if (!take_member(&room, entry))
                        return call_refuse(call, EMSGSIZE,
                                           "the dict is too large for one answer: " ADVICE);
                if (json_put_nullable(copy, entry->key, json_object_get(entry->value)) < 0)
                        return -ENOMEM;
        }
        return call_return_json(call, TAKE_PTR(copy));
}

/* Items from a cursor on, as many as there is room for; the next cursor, or 0 at the end. */
static int scan_items(Call *call, Object *object, struct json_object *array, uint64_t *ret_cursor) {
        const Table *entries = dict_entries(object);
        uint64_t cursor = (uint64_t)call_int(call, 0, 0);
        TableEntry *entry = table_after(entries, cursor);
        AnswerRoom room = answer_room_of_call(call);

        uint64_t n_most = work_fit(call, (uint64_t)call_int(call, 1, 100), WORK_PAIR);
        for (uint64_t n = n_most; n > 0 && entry; n--) {
                work_count(call->core, WORK_PAIR);
                CLEANUP(json_putp) struct json_object *pair = dict_make_pair(entry);
                if (!pair)
                        return -ENOMEM;
                if (!answer_room_take(&room, pair)) {
                        if (json_object_array_length(array) > 0)
                                break;
                        return call_refuse(call, EMSGSIZE,
                                           "the value of %s is too large to come with its key: "
                                           "use dict.get",
                                           call_quote(entry->key, entry->n_key));
                }
                if (json_push(array, TAKE_PTR(pair)) < 0)
                        return -ENOMEM;
                cursor = entry->serial;
                entry = table_next(entries, entry);
        }
        *ret_cursor = entry ? cursor : 0;
        return OUTCOME_DONE;
}

int dict_scan(Call *call, Object *object) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        uint64_t cursor = 0;

        if (!result || !array)
                return -ENOMEM;
        int r = scan_items(call, object, array, &cursor);
        if (r != OUTCOME_DONE)
                return r;
        if (json_put_int(result, "cursor", (int64_t)cursor) < 0 ||
            json_put(result, "items", TAKE_PTR(array)) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(result));
}
