/* Records of the order of lists. An entry in two lists is made in the order of one of them; these
 * records have the order of the other list, if it has several members. Whatever a record says, the
 * lists keep their members: loading only moves members to the end, one after the other. So a record
 * that omits or repeats members results in another order, and nothing worse.
 *
 * Orders matter: waiters are served in order, the end of a session releases its holds in order, and
 * the twin check compares bytes. A kind of list is one row of a table: how to write a member, and
 * how to find it again. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "core-state.h"
#include "handle.h"
#include "object.h"
#include "pipe-end.h"
#include "reference.h"
#include "save/records.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/reservation.h"
#include "wait/wait.h"

/* A kind of list: each member is written as a few numbers, by which it is found again. */
typedef struct Order {
        const char *name;
        List *(*list)(void *owner);
        void (*put)(const List *node, SnapshotWriter *w);
        /* Returns the node with these numbers, or NULL. */
        List *(*find)(SnapshotReader *r, void *owner, const int64_t *numbers);
        size_t n_numbers;
} Order;

/* ---- Of objects */

#define LIST_OF(type, member)                                                                      \
        static List *type##_##member(void *owner) {                                                \
                return &((type *)owner)->member;                                                   \
        }

LIST_OF(Object, handles)
LIST_OF(Object, holds)
LIST_OF(Object, ends)
LIST_OF(Object, reservations)
LIST_OF(Object, references_in)
LIST_OF(Object, waits)
LIST_OF(Object, blocked)
LIST_OF(WaitQueue, waiters)
LIST_OF(WaitQueue, ordered)
LIST_OF(WaitQueue, watchers)

static void put_handle(const List *node, SnapshotWriter *w) {
        snapshot_put_uint(w, NULL, LIST_ENTRY(node, Handle, by_object)->session->id);
}

static List *find_handle(SnapshotReader *r, void *owner, const int64_t *numbers) {
        const Object *object = owner;
        Session *session = snapshot_find_session(r, (uint64_t)numbers[0]);
        Handle *handle = session ? table_get(&session_tables(session)->handles, &object->id,
                                             sizeof(object->id))
                                 : NULL;

        return handle ? &handle->by_object : NULL;
}

static void put_hold(const List *node, SnapshotWriter *w) {
        snapshot_put_uint(w, NULL, LIST_ENTRY(node, Hold, by_object)->session->id);
}

static List *find_hold(SnapshotReader *r, void *owner, const int64_t *numbers) {
        Session *session = snapshot_find_session(r, (uint64_t)numbers[0]);
        Hold *hold = session ? hold_find(session, owner) : NULL;

        return hold ? &hold->by_object : NULL;
}

static void put_end(const List *node, SnapshotWriter *w) {
        snapshot_put_uint(w, NULL, LIST_ENTRY(node, PipeEnd, by_object)->session->id);
        snapshot_put_int(w, NULL, LIST_ENTRY(node, PipeEnd, by_object)->side);
}

static List *find_end(SnapshotReader *r, void *owner, const int64_t *numbers) {
        Session *session = snapshot_find_session(r, (uint64_t)numbers[0]);
        PipeEnd *end = session ? pipe_end_find(session, owner, (unsigned)numbers[1]) : NULL;

        return end ? &end->by_object : NULL;
}

static void put_reservation(const List *node, SnapshotWriter *w) {
        snapshot_put_uint(w, NULL, LIST_ENTRY(node, Reservation, by_object)->session->id);
        snapshot_put_uint(w, NULL, LIST_ENTRY(node, Reservation, by_object)->id);
}

static List *find_reservation(SnapshotReader *r, void *owner, const int64_t *numbers) {
        Session *session = snapshot_find_session(r, (uint64_t)numbers[0]);
        Reservation *reservation =
                session ? reservation_find(session, owner, (uint64_t)numbers[1]) : NULL;

        return reservation ? &reservation->by_object : NULL;
}

static void put_reference(const List *node, SnapshotWriter *w) {
        snapshot_put_uint(w, NULL, LIST_ENTRY(node, Reference, by_target)->from->id);
}

/* A reference whose target was deleted is in no list of the target. */
static List *find_reference(SnapshotReader *r, void *owner, const int64_t *numbers) {
        const Object *object = owner;
        const Object *from = snapshot_find_object(r, (uint64_t)numbers[0]);
        Reference *reference =
                from ? table_get(&from->references, object->name, strlen(object->name)) : NULL;

        return reference && reference->to == object ? &reference->by_target : NULL;
}

static void put_wait(const List *node, SnapshotWriter *w) {
        snapshot_put_int(w, NULL, wait_number(LIST_ENTRY(node, Wait, in_object)));
}

static List *find_wait(SnapshotReader *r, void *owner, const int64_t *numbers) {
        Call *call = snapshot_marked(r, SNAPSHOT_CALL, (uint64_t)numbers[0]);

        return call && call->object == owner ? &call->wait.in_object : NULL;
}

/* A queue is identified by its object and its index among the queues of that object, as in the
 * records of waits. */
static void put_blocked(const List *node, SnapshotWriter *w) {
        const WaitQueue *queue = LIST_ENTRY(node, WaitQueue, in_blocker);
        unsigned i = 0;

        LIST_FOREACH (at, &queue->object->queues) {
                if (at == &queue->in_object)
                        break;
                i++;
        }
        snapshot_put_uint(w, NULL, queue->object->id);
        snapshot_put_int(w, NULL, i);
}

static WaitQueue *find_queue(const Object *object, int64_t i) {
        LIST_FOREACH (node, &object->queues)
                if (i-- == 0)
                        return LIST_ENTRY(node, WaitQueue, in_object);
        return NULL;
}

static List *find_blocked(SnapshotReader *r, void *owner, const int64_t *numbers) {
        const Object *object = snapshot_find_object(r, (uint64_t)numbers[0]);
        WaitQueue *queue = object && !object->has_ended ? find_queue(object, numbers[1]) : NULL;

        return queue && queue->blocker == owner ? &queue->in_blocker : NULL;
}

static const Order of_objects[] = {
        {"handles", Object_handles, put_handle, find_handle, 1},
        {"holds", Object_holds, put_hold, find_hold, 1},
        {"ends", Object_ends, put_end, find_end, 2},
        {"reservations", Object_reservations, put_reservation, find_reservation, 2},
        {"references_in", Object_references_in, put_reference, find_reference, 1},
        {"waits", Object_waits, put_wait, find_wait, 1},
        {"blocked", Object_blocked, put_blocked, find_blocked, 2},
};

/* ---- Of queues: the number of a wait, and which of its places it is */

static void put_place(const Waiter *waiter, SnapshotWriter *w) {
        int64_t i = 0;

        while (wait_place(waiter->wait, (size_t)i) != waiter)
                i++;
        snapshot_put_int(w, NULL, wait_number(waiter->wait));
        snapshot_put_int(w, NULL, i);
}

/* A place is identified by the number of its wait and its index in that wait. */
static Waiter *find_place(SnapshotReader *r, const WaitQueue *queue, const int64_t *numbers) {
        Call *call = snapshot_marked(r, SNAPSHOT_CALL, (uint64_t)numbers[0]);

        if (!call || numbers[1] < 0 || (size_t)numbers[1] >= wait_n_places(&call->wait))
                return NULL;
        Waiter *waiter = wait_place(&call->wait, (size_t)numbers[1]);
        return waiter->queue == queue ? waiter : NULL;
}

static void put_in_queue(const List *node, SnapshotWriter *w) {
        put_place(LIST_ENTRY(node, Waiter, in_queue), w);
}

static List *find_in_queue(SnapshotReader *r, void *owner, const int64_t *numbers) {
        Waiter *waiter = find_place(r, owner, numbers);

        return waiter && list_is_linked(&waiter->in_queue) ? &waiter->in_queue : NULL;
}

static void put_in_line(const List *node, SnapshotWriter *w) {
        put_place(LIST_ENTRY(node, Waiter, in_line), w);
}

static List *find_in(SnapshotReader *r, void *owner, const int64_t *numbers, bool is_in_line) {
        Waiter *waiter = find_place(r, owner, numbers);

        if (!waiter || tree_node_is_linked(&waiter->by_level) || waiter->is_in_line != is_in_line)
                return NULL;
        return list_is_linked(&waiter->in_line) ? &waiter->in_line : NULL;
}

static List *find_in_ordered(SnapshotReader *r, void *owner, const int64_t *numbers) {
        return find_in(r, owner, numbers, true);
}

static List *find_in_watchers(SnapshotReader *r, void *owner, const int64_t *numbers) {
        return find_in(r, owner, numbers, false);
}

static const Order of_queues[] = {
        {"waiters", WaitQueue_waiters, put_in_queue, find_in_queue, 2},
        {"ordered", WaitQueue_ordered, put_in_line, find_in_ordered, 2},
        {"watchers", WaitQueue_watchers, put_in_line, find_in_watchers, 2},
};

/* ---- Saving and loading any of them */

enum { NUMBERS_MAX = 2 };

/* A list of at most one member needs no record. */
static bool has_order(const List *list) {
        return list->next != list && list->next->next != list;
}

/* Writes the order of a list; queue is -1 for a list of the object itself. */
static void order_save(const Order *order, void *owner, const Object *object, int64_t queue,
                       SnapshotWriter *w) {
        const List *list = order->list(owner);

        if (!has_order(list))
                return;
        snapshot_begin(w, "order");
        snapshot_put_string(w, "of", order->name);
        snapshot_put_uint(w, "object", object->id);
        if (queue >= 0)
                snapshot_put_int(w, "queue", queue);
        snapshot_open_array(w, "members");
        LIST_FOREACH (node, list) {
                snapshot_open_array(w, NULL);
                order->put(node, w);
                snapshot_close_array(w);
        }
        snapshot_close_array(w);
}

static void save_of_object(const Object *object, void *w) {
        int64_t queue = 0;

        for (size_t i = 0; i < ELEMENTSOF(of_objects); i++)
                order_save(&of_objects[i], (void *)object, object, -1, w);
        if (object->has_ended)
                return;
        LIST_FOREACH (node, &object->queues) {
                for (size_t i = 0; i < ELEMENTSOF(of_queues); i++)
                        order_save(&of_queues[i], LIST_ENTRY(node, WaitQueue, in_object), object,
                                   queue, w);
                queue++;
        }
}

void orders_save(const Core *core, SnapshotWriter *w) {
        objects_for_each(core, save_of_object, w);
}

static const Order *find_order(const Order *orders, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(orders[i].name, name) == 0)
                        return &orders[i];
        return NULL;
}

/* Moves each member to the end of the list, one after the other. */
static void order_load(const Order *order, void *owner, SnapshotReader *r) {
        List *list = order->list(owner);
        JsonCursor cursor;
        JsonSpan element, parts[NUMBERS_MAX];

        snapshot_get_array(&r->record, "members", &cursor);
        while (snapshot_next_element(r, &cursor, &element) &&
               snapshot_read_tuple(r, &element, parts, order->n_numbers)) {
                int64_t numbers[NUMBERS_MAX] = {0};
                for (size_t i = 0; i < order->n_numbers; i++)
                        numbers[i] = snapshot_read_int(r, &parts[i]);
                List *node = r->error == 0 ? order->find(r, owner, numbers) : NULL;
                if (!node || !list_is_linked(node)) {
                        snapshot_fail(r, -EBADMSG, "a member of the list is not there");
                        return;
                }
                list_unlink(node);
                list_append(list, node);
        }
}

static void load_one(SnapshotReader *r) {
        char name[32];
        JsonSpan span;

        snapshot_get_string(&r->record, "of", name, sizeof(name));
        Object *object = snapshot_find_object(r, snapshot_get_uint(&r->record, "object"));
        bool is_of_queue = snapshot_find(&r->record, "queue", &span);
        const Order *order = is_of_queue ? find_order(of_queues, ELEMENTSOF(of_queues), name)
                                         : find_order(of_objects, ELEMENTSOF(of_objects), name);
        void *owner = object;
        if (is_of_queue && object && !object->has_ended)
                owner = find_queue(object, snapshot_read_int(r, &span));
        if (!owner || !order || (is_of_queue && owner == object))
                snapshot_fail(r, -EBADMSG, "unknown list '%s'", name);
        if (r->error == 0)
                order_load(order, owner, r);
}

void orders_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "order"); snapshot_next(r))
                load_one(r);
}
