/* Checks of the whole core: see fuzz-check.h. */
#include "account.h"
#include "call/call.h"
#include "fuzz/fuzz-check.h"
#include "fuzz/fuzz-draw.h"
#include "handle.h"
#include "object.h"
#include "pipe-end.h"
#include "remains.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/reservation.h"
#include "wait/serve.h"
#include "wait/wait.h"

/* The contents of an account, counted by walking over all structures. */
typedef struct Count {
        size_t n_sessions, n_objects, n_waits, n_handles, n_holds;
        uint64_t n_bytes;
} Count;

static size_t list_length(const List *list) {
        size_t n = 0;

        LIST_FOREACH (node, list)
                n++;
        return n;
}

static void count_session(const Session *session, Count *count) {
        size_t n_waits = 0;

        LIST_FOREACH (node, &session->waits) {
                const Wait *wait = LIST_ENTRY(node, Wait, in_session);
                WORLD_EXPECT(wait_call(wait)->is_parked && wait_call(wait)->session == session);
                WORLD_EXPECT(call_find_parked(session, call_key(wait_call(wait)),
                                              wait_call(wait)->n_key) == wait_call(wait));
                WORLD_EXPECT(wait_n_places(wait) > 0);
                count->n_bytes += wait->n_bytes;
                n_waits++;
        }
        WORLD_EXPECT(n_waits == session->n_waits && n_waits == session->n_parked);
        WORLD_EXPECT(!session->has_ended || n_waits == 0);
        WORLD_EXPECT(list_length(&session->ends) == session->n_ends);
        TABLE_FOREACH (entry, &session_tables(session)->handles) {
                const Handle *handle = entry->value;
                WORLD_EXPECT(handle->session == session && handle->n_opens > 0);
        }
        count->n_sessions += !session->has_ended;
        count->n_waits += n_waits;
        count->n_handles += table_size(&session_tables(session)->handles) + session->n_ends;
        count->n_holds += session->n_holds;
}

/* Counts the sessions of a list: those that exist, or those that have ended but still have something. */
static size_t count_sessions(const List *sessions, const Account *account, Count *count) {
        size_t n = 0;

        LIST_FOREACH (node, sessions) {
                const Session *session = LIST_ENTRY(node, Session, in_core);
                n++;
                if (session->account == account)
                        count_session(session, count);
        }
        return n;
}

static void check_object(const Core *core, const Object *object) {
        LIST_FOREACH (node, &object->holds)
                WORLD_EXPECT(LIST_ENTRY(node, Hold, by_object)->object == object);
        LIST_FOREACH (node, &object->handles)
                WORLD_EXPECT(LIST_ENTRY(node, Handle, by_object)->object == object);
        LIST_FOREACH (node, &object->ends)
                WORLD_EXPECT(LIST_ENTRY(node, PipeEnd, by_object)->object == object);
        LIST_FOREACH (node, &object->reservations)
                WORLD_EXPECT(LIST_ENTRY(node, Reservation, by_object)->object == object);
        LIST_FOREACH (node, &object->queues) {
                const WaitQueue *queue = LIST_ENTRY(node, WaitQueue, in_object);
                WORLD_EXPECT(queue->object == object);
                WORLD_EXPECT(list_length(&queue->waiters) == queue->n_waiters);
        }
}

static void count_objects(const Core *core, const Account *account, Count *count) {
        TABLE_FOREACH (entry, &core->objects) {
                const Object *object = entry->value;
                if (object->account != account)
                        continue;
                count->n_objects++;
                count->n_bytes += object->n_bytes;
                check_object(core, object);
        }
}

/* A deleted object is charged for its contents until they are freed. It is linked to its remains, or waits in the list
 * of objects to free. */
static void count_ended_objects(const Core *core, const Account *account, Count *count) {
        LIST_FOREACH (node, &account->remains) {
                const Remains *remains = LIST_ENTRY(node, Remains, in_account);
                Object *object = remains->object;
                WORLD_EXPECT(object->account == account);
                if (object->has_ended && list_first(&object->remains) == &remains->in_object)
                        count->n_bytes += object->n_bytes;
        }
        LIST_FOREACH (node, &core->ended) {
                const Object *object = LIST_ENTRY(node, Object, in_doomed);
                WORLD_EXPECT(object->has_ended && list_is_empty(&object->remains));
                if (object->account == account)
                        count->n_bytes += object->n_bytes;
        }
}

static void check_accounts(const World *world) {
        const Core *core = &world->core;
        uint64_t n_bytes = 0;
        size_t n_waits = 0, n_objects = 0;

        TABLE_FOREACH (entry, &core->accounts) {
                const Account *account = entry->value;
                Count count = {0};
                WORLD_EXPECT(count_sessions(&core->sessions, account, &count) == core->n_sessions);
                count_sessions(&core->gone, account, &count);
                count_objects(core, account, &count);
                count_ended_objects(core, account, &count);
                WORLD_EXPECT(account->n_sessions == count.n_sessions);
                WORLD_EXPECT(account->n_waits == count.n_waits);
                WORLD_EXPECT(account->n_handles == count.n_handles);
                WORLD_EXPECT(account->n_holds == count.n_holds);
                WORLD_EXPECT(account->n_objects == count.n_objects);
                WORLD_EXPECT(account->n_bytes == count.n_bytes);
                n_bytes += count.n_bytes;
                n_waits += count.n_waits;
                n_objects += count.n_objects;
        }
        WORLD_EXPECT(n_bytes == core->n_bytes && n_waits == core->n_waits);
        WORLD_EXPECT(n_waits == core->parked.n);
        WORLD_EXPECT(n_objects == table_size(&core->objects));
}

static void check_descriptors(const World *world) {
        size_t n_open = 0, n_charged = 0;

        for (int fd = 0; fd < WORLD_FDS; fd++)
                n_open += world->is_open[fd];
        TABLE_FOREACH (entry, &world->core.accounts)
                n_charged += ((const Account *)entry->value)->n_descriptors;
        WORLD_EXPECT(n_open == world->core.n_descriptors && n_charged == n_open);
}

/* Trying all waiters again grants nothing: the core has already served every wait that could be served. A waiter whose
 * permission or account no longer allows the grant is refused here, and then those behind it may be served. If one
 * input closed several cycles, the search for the rest may be due, and ends waits with EDEADLK. */
static void check_waiters(World *world) {
        const CoreStats *stats = &world->core.stats;
        CoreStats before = *stats;
        bool is_search_due = !list_is_empty(&world->core.unsure);

        TABLE_FOREACH (entry, &world->core.objects) {
                Object *object = entry->value;
                LIST_FOREACH (node, &object->queues)
                        waitqueue_signal_all(LIST_ENTRY(node, WaitQueue, in_object));
        }
        waits_serve(&world->core);
        uint64_t n_deadlocks = stats->n_deadlocks - before.n_deadlocks;
        WORLD_EXPECT(n_deadlocks == 0 || is_search_due);
        uint64_t n_refused = stats->n_errors - before.n_errors;
        uint64_t n_ended = stats->n_served - before.n_served + n_deadlocks;
        WORLD_EXPECT(n_refused > 0 ? n_ended >= n_refused : n_ended == 0);
}

void check_world(World *world) {
        WORLD_EXPECT(list_is_empty(&world->core.ready));
        WORLD_EXPECT(list_is_empty(&world->core.doomed));
        check_accounts(world);
        check_descriptors(world);
        if (draw_once_in(world, 4))
                check_waiters(world);
}
