/* object.list and object.scan: list objects, all at once or page by page.
 *
 * The registry keeps its objects in the order in which they were made, each with a serial that
 * never changes. A page begins behind the serial of its cursor, which is found by binary search. So
 * an object that exists during the whole scan is returned exactly once, whatever is made and
 * deleted between two pages. An object that is deleted before its turn is not returned, nor is one
 * made after the scan began.
 *
 * A page ends after `count` objects, at the size of a message, or after PAGE_STEPS steps. Objects
 * that do not match the pattern or the type cost steps, too, so a page may be empty without being
 * the last. */
#include <errno.h>
#include <string.h>

#include "base/pattern.h"
#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "idle.h"
#include "json/json-util.h"
#include "services/cursor.h"
#include "services/listing.h"
#include "services/object-describe.h"
#include "type.h"
#include "object.h"
#include "types/answer-room.h"
#include "work.h"

enum {
        OBJECT_STEPS = 60,       /* for a summary, with its text */
        OBJECT_TEXT_LEAST = 120, /* bytes of a summary without its name */
        OBJECT_TEXT_MOST = 400,  /* bytes with a comma */
        NAME_BYTE_MOST = 6,      /* bytes of text for a byte of a name */
        OBJECT_VALUES_LEAST = 9, /* values in a summary */
        OBJECT_VALUES_MOST = 16,
        COUNT_USUAL = 100, /* objects in a page */
        COUNT_MOST = 500,
        PAGE_STEPS = 10000,
};

#define ADVICE "use object.scan"

/* The objects that a call selects. */
typedef struct Selection {
        const char *type; /* may be NULL */
        bool has_pattern;
        Pattern pattern;
        int64_t unused_ms;      /* or -1: used ones, too */
        const Session *session; /* of the caller */
} Selection;

static void selection_read(Selection *selection, const Call *call, unsigned pattern,
                           unsigned type) {
        const char *text = call_string(call, pattern, NULL);

        selection->type = call_string(call, type, NULL);
        selection->has_pattern = text && pattern_init(&selection->pattern, text);
        selection->unused_ms = -1;
        selection->session = call->session;
}

static bool selection_is_all(const Selection *selection) {
        return !selection->type && !selection->has_pattern && selection->unused_ms < 0;
}

/* Returns the most steps that one object takes. */
static uint64_t selection_steps(const Selection *selection) {
        uint64_t n = selection->has_pattern
                             ? pattern_compares_most(&selection->pattern, ARG_NAME_MAX)
                             : 0;

        return 1 + work_of_compares(n) + OBJECT_STEPS;
}

/* When an object was used is known to readers and owners alone. */
static bool is_unused(const Selection *selection, const Object *object) {
        const Session *session = selection->session;

        return selection->unused_ms < 0 || ((object_is_owned_by(object, session) ||
                                             object_allows(object, session, ACCESS_READ)) &&
                                            object_is_unused(object, selection->unused_ms));
}

/* Returns whether the object is selected; *n_steps receives the steps that this took. */
static bool selection_has(const Selection *selection, const Object *object, uint64_t *n_steps) {
        uint64_t n_compared = 0;
        bool does = (!selection->type || strcmp(object->type->name, selection->type) == 0) &&
                    (!selection->has_pattern ||
                     pattern_matches(&selection->pattern, object->name, &n_compared)) &&
                    is_unused(selection, object);

        *n_steps = 1 + work_of_compares(n_compared) + (does ? OBJECT_STEPS : 0);
        return does;
}

uint64_t work_list(const Call *call, const Object *none) {
        Selection selection;

        selection_read(&selection, call, 0, 1);
        return work_times(table_size(&call->core->objects), selection_steps(&selection));
}

/* Returns whether too many objects exist for one message, without looking at any of them. */
static bool fits_none(const Call *call, const Selection *selection, const AnswerRoom *room) {
        uint64_t n = table_size(&call->core->objects);

        return selection_is_all(selection) &&
               (n * OBJECT_TEXT_LEAST > room->n_bytes || n * OBJECT_VALUES_LEAST > room->n_values);
}

int object_list(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        AnswerRoom room = answer_room_of_call(call);
        Selection selection;

        if (!array)
                return -ENOMEM;
        selection_read(&selection, call, 0, 1);
        if (fits_none(call, &selection, &room))
                return call_refuse(call, EMSGSIZE,
                                   "%zu objects are more than one message can hold: " ADVICE,
                                   table_size(&call->core->objects));
        TABLE_FOREACH (entry, &call->core->objects) {
                uint64_t n_steps;
                bool is_asked = selection_has(&selection, entry->value, &n_steps);
                work_count(call->core, n_steps);
                if (!is_asked)
                        continue;
                CLEANUP(json_putp)
                struct json_object *summary = object_summary(entry->value, call->session);
                int r = summary ? answer_room_push(call, &room, array, summary, ADVICE) : -ENOMEM;
                if (r != OUTCOME_DONE)
                        return r;
        }
        return call_return_json(call, TAKE_PTR(array));
}

enum { SCAN_CURSOR, SCAN_COUNT, SCAN_PATTERN, SCAN_TYPE, SCAN_UNUSED };

static void selection_of_scan(Selection *selection, const Call *call) {
        selection_read(selection, call, SCAN_PATTERN, SCAN_TYPE);
        selection->unused_ms = call_int(call, SCAN_UNUSED, -1);
}

static uint64_t count_of(const Call *call) {
        int64_t n = call_int(call, SCAN_COUNT, COUNT_USUAL);

        return n < COUNT_MOST ? (uint64_t)n : COUNT_MOST;
}

/* Returns the steps of a page, or what the bound leaves for it; at least those of one object. */
uint64_t work_scan_objects(const Call *call, const Object *none) {
        uint64_t n_objects = table_size(&call->core->objects), n_left = work_left(call);
        Selection selection;

        selection_of_scan(&selection, call);
        uint64_t n_each = selection_steps(&selection);
        if (selection_is_all(&selection) && count_of(call) < n_objects)
                n_objects = count_of(call);
        uint64_t n_steps = n_each * n_objects;
        if (n_steps > PAGE_STEPS)
                n_steps = PAGE_STEPS;
        if (n_steps > n_left)
                n_steps = n_left;
        return n_steps > n_each ? n_steps : n_each;
}

/* Returns whether any summary of the object would fit, and reduces the room. The text is not
 * written for that. */
static bool room_for(AnswerRoom *room, const Object *object) {
        uint64_t n_bytes = OBJECT_TEXT_MOST + NAME_BYTE_MOST * strlen(object->name);

        if (room->n_bytes < n_bytes || room->n_values < OBJECT_VALUES_MOST)
                return false;
        room->n_bytes -= n_bytes;
        room->n_values -= OBJECT_VALUES_MOST;
        return true;
}

/* Appends the first summary, whose size is measured exactly: a message that is nearly full may
 * still hold it. */
static int push_first(Call *call, struct json_object *page, struct json_object *summary) {
        AnswerRoom room = answer_room_of_call(call);

        return answer_room_push(call, &room, page, summary, "send it outside of a batch");
}

/* Appends the summary of an object. Returns OUTCOME_DONE, or OUTCOME_REFUSED if it does not fit,
 * for the first one with an error, since no page would hold it. */
static int page_push(Call *call, AnswerRoom *room, struct json_object *page, Object *object) {
        CLEANUP(json_putp) struct json_object *summary = NULL;

        if (!room_for(room, object) && json_object_array_length(page) > 0)
                return OUTCOME_REFUSED;
        summary = object_summary(object, call->session);
        if (!summary)
                return -ENOMEM;
        if (json_object_array_length(page) == 0)
                return push_first(call, page, summary);
        return json_push(page, TAKE_PTR(summary));
}

/* Adds the selected objects behind the cursor, and moves the cursor. *ret_is_last tells whether
 * none is left. */
static int fill_page(Call *call, Cursor *cursor, struct json_object *page, bool *ret_is_last) {
        const Table *objects = &call->core->objects;
        uint32_t position = table_position_after(objects, cursor->at);
        TableEntry *entry = table_step(objects, &position);
        uint64_t n_left = call->core->n_predicted, n_steps = 0;
        AnswerRoom room = answer_room_of_call(call);
        Selection selection;

        selection_of_scan(&selection, call);
        uint64_t n_each = selection_steps(&selection);
        for (; entry && entry->serial <= cursor->end; entry = table_step(objects, &position)) {
                if (n_left < n_each || json_object_array_length(page) == count_of(call))
                        break;
                if (selection_has(&selection, entry->value, &n_steps)) {
                        int r = page_push(call, &room, page, entry->value);
                        if (r == OUTCOME_REFUSED && json_object_array_length(page) > 0)
                                break;
                        if (r != OUTCOME_DONE)
                                return r;
                }
                work_count(call->core, n_steps);
                n_left -= n_steps;
                cursor->at = entry->serial;
        }
        *ret_is_last = !entry || entry->serial > cursor->end;
        return OUTCOME_DONE;
}

int object_scan(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();
        CLEANUP(json_putp) struct json_object *page = json_object_new_array();
        Cursor cursor;
        bool is_last;

        if (!result || !page)
                return -ENOMEM;
        int r = cursor_read(call, SCAN_CURSOR, CURSOR_OF_OBJECTS, call->core->objects.last_serial,
                            &cursor);
        if (r == OUTCOME_DONE)
                r = fill_page(call, &cursor, page, &is_last);
        if (r != OUTCOME_DONE)
                return r;
        CLEANUP(json_putp)
        struct json_object *next = is_last ? NULL : cursor_write(call, CURSOR_OF_OBJECTS, &cursor);
        if ((!is_last && !next) || json_put_nullable(result, "cursor", TAKE_PTR(next)) < 0 ||
            json_put(result, "objects", TAKE_PTR(page)) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(result));
}

#define PATTERN_ARG                                                                                \
        {                                                                                          \
                .name = "pattern", .kind = ARG_PATTERN, .optional = true,                          \
                .help = "which names: * ? [a-z] as in a shell"                                     \
        }
#define TYPE_ARG                                                                                   \
        { .name = "type", .kind = ARG_STRING, .optional = true, .help = "only this type" }

const Arg object_list_args[] = {PATTERN_ARG, TYPE_ARG, {0}};

const Arg object_scan_args[] = {
        [SCAN_CURSOR] = CURSOR_ARG,
        [SCAN_COUNT] = COUNT_ARG("how many objects at most; never more than 500"),
        [SCAN_PATTERN] = PATTERN_ARG,
        [SCAN_TYPE] = TYPE_ARG,
        [SCAN_UNUSED] = UNUSED_ARG(
                "only objects that are not in use, and were not for so long, as far as the "
                "caller may read or owns them"),
        {0},
};
