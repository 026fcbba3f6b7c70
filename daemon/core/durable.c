/* Changes of durable objects. change.h has the model. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/macros.h"
#include "base/memory.h"
#include "change.h"
#include "core-state.h"

enum { TIDY_EVERY = 4096, CAPACITY_MIN = 4 }; /* ranges */

const char *const durabilities[] = {
        [DURABLE_NO] = "no", [DURABLE_ASYNC] = "async", [DURABLE_SYNC] = "sync", NULL};

void changes_init(Changes *changes) {
        *changes = (Changes){.epoch = 1};
        list_init(&changes->sync);
        list_init(&changes->async);
        list_init(&changes->held);
}

void durable_free(Durable *durable) {
        list_unlink(&durable->in_changed);
        free(durable->log.ranges);
        free(durable);
}

static void free_all(List *list) {
        for (List *node; (node = list_first(list));)
                durable_free(LIST_ENTRY(node, Durable, in_changed));
}

/* All objects were freed before. The remaining Durables belong to deleted objects. */
void changes_deinit(Changes *changes) {
        free_all(&changes->sync);
        free_all(&changes->async);
}

int durable_new(Object *object, Durability durability) {
        if (durability == DURABLE_NO)
                return 0;
        CLEANUP(freep) KeyRange *ranges = calloc(CAPACITY_MIN, sizeof(*ranges));
        Durable *durable = ranges ? calloc(1, sizeof(*durable)) : NULL;
        if (!durable)
                return -ENOMEM;
        durable->object = object;
        durable->id = object->id;
        durable->durability = durability;
        durable->log = (KeyLog){.ranges = TAKE_PTR(ranges), .capacity = CAPACITY_MIN};
        list_init(&durable->in_changed);
        object->durable = durable;
        object_add_structure(object, memory_of(sizeof(*durable)) +
                                             memory_of(CAPACITY_MIN * sizeof(KeyRange)));
        object->core->changes.n_objects++;
        account_add_durable(object->account, object->n_bytes);
        return 0;
}

int durable_restore(Object *object, Durability durability, int64_t base) {
        int r = durable_new(object, durability);

        if (r == 0 && object->durable) {
                object->durable->base = base;
                object->durable->is_stored = true;
        }
        return r;
}

static void link_row(Changes *changes, Durable *durable) {
        if (!list_is_linked(&durable->in_changed))
                list_append(durable->durability == DURABLE_SYNC ? &changes->sync : &changes->async,
                            &durable->in_changed);
}

static void link_changed(Changes *changes, Durable *durable) {
        link_row(changes, durable);
        if (durable->durability == DURABLE_SYNC)
                changes->touched = durable->epoch = changes->epoch;
}

void durable_drop(Object *object) {
        Durable *durable = TAKE_PTR(object->durable);
        Changes *changes = &object->core->changes;

        if (!durable)
                return;
        changes->n_objects--;
        account_drop_durable(object->account, object->n_bytes);
        if (!durable->is_stored) {
                durable_free(durable);
                return;
        }
        durable->object = NULL;
        link_changed(changes, durable);
}

void changes_touch(Changes *changes, const Durable *durable) {
        if (durable->durability == DURABLE_SYNC && durable->epoch > changes->touched)
                changes->touched = durable->epoch;
}

/* ---- The log of keys */

static int by_first(const void *a, const void *b) {
        const KeyRange *one = a, *other = b;

        return (one->first > other->first) - (one->first < other->first);
}

/* Returns whether two ranges overlap or adjoin; a must not begin after b. */
static bool are_one(const KeyRange *a, const KeyRange *b) {
        return b->first <= a->last || (a->last < INT64_MAX && b->first == a->last + 1);
}

/* Sorts the ranges that were added since the last call, and merges those that overlap or adjoin. */
void change_log_tidy(KeyLog *log) {
        size_t begin = log->n_tidy > log->n_taken ? log->n_tidy : log->n_taken, to = begin;

        if (log->n - begin < 2)
                return;
        qsort(log->ranges + begin, log->n - begin, sizeof(*log->ranges), by_first);
        for (size_t i = begin + 1; i < log->n; i++) {
                KeyRange *last = &log->ranges[to], *next = &log->ranges[i];
                if (!are_one(last, next))
                        log->ranges[++to] = *next;
                else if (next->last > last->last)
                        last->last = next->last;
        }
        log->n = to + 1;
        if (log->n - begin > TIDY_EVERY / 2)
                log->n_tidy = log->n;
}

/* Replaces all ranges by one, from the least changed key to the greatest: it contains too many
 * keys, but loses no change. */
static void log_collapse(KeyLog *log) {
        KeyRange all = log->ranges[log->n_taken];

        for (size_t i = log->n_taken + 1; i < log->n; i++) {
                all.first = log->ranges[i].first < all.first ? log->ranges[i].first : all.first;
                all.last = log->ranges[i].last > all.last ? log->ranges[i].last : all.last;
        }
        log->ranges[0] = all;
        log->n = 1;
        log->n_taken = log->n_tidy = 0;
}

static int log_reserve(KeyLog *log, size_t n) {
        if (log->n - log->n_tidy >= TIDY_EVERY)
                change_log_tidy(log);
        if (log->capacity - log->n >= n)
                return 0;
        size_t capacity = log->capacity * 2;
        while (capacity - log->n < n)
                capacity *= 2;
        KeyRange *ranges = reallocarray(log->ranges, capacity, sizeof(*ranges));
        if (!ranges)
                return -ENOMEM;
        log->ranges = ranges;
        log->capacity = capacity;
        return 0;
}

static void log_add(KeyLog *log, const KeyRange *range) {
        KeyRange *last = log->n > log->n_taken ? &log->ranges[log->n - 1] : NULL;

        if (last && last->first <= range->first && are_one(last, range)) {
                last->last = range->last > last->last ? range->last : last->last;
                return;
        }
        if (log->n == log->capacity && log_reserve(log, 1) < 0)
                log_collapse(log);
        log->ranges[log->n++] = *range;
}

int change_reserve(Object *object, size_t n) {
        return object->durable ? log_reserve(&object->durable->log, n) : 0;
}

void change_note(Durable *durable, int64_t first, uint64_t n) {
        KeyRange range = {.first = first};

        link_changed(&durable->object->core->changes, durable);
        if (n == 0)
                return;
        if (__builtin_add_overflow(first, n - 1, &range.last))
                range.last = INT64_MAX;
        log_add(&durable->log, &range);
}

void change_note_use(Durable *durable) {
        link_row(&durable->object->core->changes, durable);
}

/* The elements on the shorter side get new keys, so their rows are written again. */
void change_note_splice(Durable *durable, size_t n, size_t position, size_t n_old, size_t n_new) {
        size_t n_behind = n - position - n_old;
        int64_t base = durable->base;

        if (n_old == n_new) {
                change_note(durable, base + (int64_t)position, n_new);
        } else if (position < n_behind) {
                durable->base += (int64_t)n_old - (int64_t)n_new;
                change_note(durable, base < durable->base ? base : durable->base,
                            position + (n_old > n_new ? n_old : n_new));
        } else {
                change_note(durable, base + (int64_t)position,
                            n_behind + (n_old > n_new ? n_old : n_new));
        }
}
