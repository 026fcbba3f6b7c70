/* Changes of durable objects, on their way to a disk.
 *
 * A durable object has a Durable, which notes the elements that have changed since the shell took its changes last. Types
 * report through one function, change_report(); an object that is not durable costs a test for NULL there. The core does no
 * I/O: the shell takes what has changed as rows (core_take_changes()), has them written in one transaction, and tells when
 * they are on the disk (core_note_committed()).
 *
 * An epoch is what one transaction writes. A change belongs to the epoch that is being collected. Changes that come meanwhile,
 * while the rows of an epoch are taken in several turns, belong to it too: so an epoch ends at one moment, and the disk has
 * the state of the objects at that moment.
 *
 *   state       where                                    who moves it on
 *   clean       in no list, no ranges                    change_report(): changed
 *   changed     Changes.sync or .async                   changes_take(), when all of its rows are taken: clean
 *   dropped     the same, without an object              changes_take(): freed
 *
 * Output commit: a reply that tells of a `sync` object is held until the epoch of the object's last change is on the disk.
 * Changes.touched is the greatest such epoch that the running call has met: object_find() and change_report() raise it,
 * and the reply begins a held part of the session's output (reply.c).
 *
 * Keys name elements as long as they are there: the serial of an entry, the rank of an item, the index of an array. The
 * key of a list's element is its index plus a base that moves when the list grows or shrinks at its front. */
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

/* Keys that have changed, in the order of the changes: duplicates are taken out of each part that has become long. */
typedef struct KeyLog {
        KeyRange *ranges;
        size_t n, capacity;
        size_t n_tidy;  /* these have been sorted */
        size_t n_taken; /* whose rows are taken */
} KeyLog;

typedef struct Durable {
        Object *object; /* NULL: it is to be dropped */
        uint64_t id;    /* of the object */
        Durability durability;
        bool is_stored; /* the store may have rows of it */
        uint64_t epoch; /* of the last change */
        int64_t base;   /* of a list: the key of its first element */
        KeyLog log;
        ListLink in_changed;
} Durable;

/* n elements from this key on have changed, or were added or removed; with 0 only what is not in elements. Nothing else
 * tells the disk of a change. */
void change_note(Durable *durable, int64_t first, uint64_t n);
static inline void change_report(Object *object, int64_t first, uint64_t n) {
        if (object->durable)
                change_note(object->durable, first, n);
}
/* The same of a list: in one of n elements, n_new take the place of n_old. Called before the list changes. */
void change_note_splice(Durable *durable, size_t n, size_t position, size_t n_old, size_t n_new);
static inline void change_report_splice(Object *object, size_t n, size_t position, size_t n_old,
                                        size_t n_new) {
        if (object->durable)
                change_note_splice(object->durable, n, position, n_old, n_new);
}
/* Room for n more reports, for callers that cannot do without: 0 or -ENOMEM. Without room, keys that lie between changed ones
 * are taken for changed. */
int change_reserve(Object *object, size_t n);
/* Sorts the ranges that came since the last time and are not taken, and joins what belongs together: the keys behind each of many
 * insertions into a list are taken once. */
void change_log_tidy(KeyLog *log);

/* Makes the object durable: 0 or -ENOMEM. A new one is reported when it is complete: change_report(). */
int durable_new(Object *object, Durability durability);
/* One whose rows are on the disk. */
int durable_restore(Object *object, Durability durability, int64_t base);
void durable_free(Durable *durable);
/* The object is doomed. */
void durable_drop(Object *object);
static inline Durability durability_of(const Object *object) {
        return object->durable ? object->durable->durability : DURABLE_NO;
}
/* The running call may tell of a change that is not on the disk yet. */
void changes_touch(Changes *changes, const Durable *durable);
/* Nothing of it is written yet. */
static inline bool durable_is_changed(const Durable *durable) {
        return list_is_linked(&durable->in_changed);
}
