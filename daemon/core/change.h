/* Changes of durable objects, until they are on the disk.
 *
 * A durable object has a Durable, which notes the elements that have changed since the shell took
 * its changes last. Types report a change with change_report(), which costs a test for NULL if the
 * object is not durable. The core does no I/O: the shell takes the changes as rows
 * (core_take_changes()), writes them in one transaction, and reports when they are on the disk
 * (core_note_committed()).
 *
 * An epoch is the set of changes that one transaction writes. A change belongs to the epoch that is
 * being collected. If the rows of an epoch are taken in several turns, changes that happen between
 * these turns belong to it too. So an epoch ends at one moment, and the disk has the state of the
 * objects at that moment.
 *
 *   state       where                                    leaves the state by
 *   clean       in no list, no ranges                    change_report(): changed
 *   changed     Changes.sync or .async                   changes_take(), when all of its rows are taken: clean
 *   dropped     Changes.sync or .async, no object        changes_take(): freed
 *
 * Output commit: a reply of a call that used a `sync` object is held until the epoch of the
 * object's last change is on the disk. Changes.touched is the greatest such epoch among the objects
 * that the running call has used: object_find() and change_report() raise it, and the reply begins
 * a held part of the session's output (reply.c).
 *
 * An element has one key as long as it exists: the serial of an entry, the rank of an item, the
 * index in an array. The key of a list's element is its index plus a base, which changes when the
 * list grows or shrinks at its front. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "changes.h"
#include "object.h"
#include "stored.h"

typedef struct Buffer Buffer;
typedef struct Core Core;
typedef struct Session Session;

typedef struct KeyRange {
        int64_t first, last;
} KeyRange;

/* Keys that have changed, in the order of the changes. Duplicates are removed from each part that
 * has become long. */
typedef struct KeyLog {
        KeyRange *ranges;
        size_t n, capacity;
        size_t n_tidy;  /* number of the first ranges, which are sorted and without duplicates */
        size_t n_taken; /* number of the first ranges, whose rows the shell has taken */
} KeyLog;

typedef struct Durable {
        Object *object; /* NULL: the object was deleted, and its rows are to be deleted */
        uint64_t id;    /* of the object */
        Durability durability;
        bool is_stored; /* the store may have rows of it */
        /* Of the last change; for an `async` object, of the last rows that were taken. */
        uint64_t epoch;
        int64_t base;     /* of a list: the key of its first element */
        int64_t noted_ns; /* Object.used_ns in the last row that was taken */
        KeyLog log;
        ListLink in_changed;
} Durable;

/* Notes that n elements from key `first` on have changed, or were added or removed; with n = 0,
 * that only the row of the object has changed. A change that is not noted here does not reach the
 * disk. */
void change_note(Durable *durable, int64_t first, uint64_t n);
static inline void change_report(Object *object, int64_t first, uint64_t n) {
        if (object->durable)
                change_note(object->durable, first, n);
}
/* Notes a use without a change: the row of the object is written with the next changes, and no
 * reply waits for it. */
void change_note_use(Durable *durable);
/* Notes a change of a list of n elements, in which n_new elements from `position` on replace n_old.
 * Called before the list changes. */
void change_note_splice(Durable *durable, size_t n, size_t position, size_t n_old, size_t n_new);
static inline void change_report_splice(Object *object, size_t n, size_t position, size_t n_old,
                                        size_t n_new) {
        if (object->durable)
                change_note_splice(object->durable, n, position, n_old, n_new);
}
/* Reserves memory for n more notes. Returns 0 or -ENOMEM. A note without memory marks all keys
 * between the changed ones as changed; callers that cannot afford that reserve first. */
int change_reserve(Object *object, size_t n);
/* Sorts the ranges that were added since the last call and not taken, and merges them: the keys
 * behind each of many insertions into a list are then taken once. */
void change_log_tidy(KeyLog *log);

/* Makes the object durable. Returns 0 or -ENOMEM. The caller reports a new object (change_report())
 * when it is complete. */
int durable_new(Object *object, Durability durability);
/* Makes an object durable whose rows are on the disk. Returns 0 or -ENOMEM. */
int durable_restore(Object *object, Durability durability, int64_t base);
void durable_free(Durable *durable);
/* Called when the object is doomed: its rows will be deleted. */
void durable_drop(Object *object);
static inline Durability durability_of(const Object *object) {
        return object->durable ? object->durable->durability : DURABLE_NO;
}
/* Called when the running call uses the object: its reply may report a change that is not on the
 * disk yet. */
void changes_touch(Changes *changes, const Durable *durable);
/* Returns whether it has changes that the shell has not taken yet. */
static inline bool durable_is_changed(const Durable *durable) {
        return list_is_linked(&durable->in_changed);
}
/* Returns whether it has changes that are not on the disk yet. */
static inline bool durable_is_unsynced(const Durable *durable, const Changes *changes) {
        return durable_is_changed(durable) || durable->epoch > changes->committed;
}
