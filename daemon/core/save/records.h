/* The records of a snapshot of the core, in the order of the snapshot; doc/snapshot.md has their
 * members. Each loading function reads all records of its kind from the current one on, and links
 * what it makes at once, so a core that was loaded in part can be freed like any other. */
#pragma once

#include "snapshot/reader.h"
#include "snapshot/writer.h"

typedef struct Core Core;
typedef struct Object Object;
typedef struct Session Session;

/* core: counters and times. They are read first, and set last, since loading changes them. */
void core_numbers_save(const Core *core, SnapshotWriter *w);
void core_numbers_load(Core *numbers, SnapshotReader *r);
void core_numbers_set(Core *core, const Core *numbers);
/* method: statistics. */
void methods_save(const Core *core, SnapshotWriter *w);
void methods_load(Core *core, SnapshotReader *r);
/* account: the known users, in order. */
void accounts_save(const Core *core, SnapshotWriter *w);
void accounts_load(Core *core, SnapshotReader *r);
/* descriptor: by its number. */
void descriptors_save(const Core *core, SnapshotWriter *w);
void descriptors_load(Core *core, SnapshotReader *r);
/* Releases the references that loading took. */
void descriptors_release(Core *core);
/* object, with its state and contents; then reference. */
void objects_save(const Core *core, SnapshotWriter *w);
void objects_load(Core *core, SnapshotReader *r);
void references_save(const Core *core, SnapshotWriter *w);
void references_load(Core *core, SnapshotReader *r);
/* session, without what belongs to it. */
void sessions_save(const Core *core, SnapshotWriter *w);
void sessions_load(Core *core, SnapshotReader *r);
/* wait: a parked call, with its places. */
void waits_save(const Core *core, SnapshotWriter *w);
void waits_load(Core *core, SnapshotReader *r);
/* Reads the id of a call from a member of the record. */
void call_id_load(Call *call, const char *key, SnapshotReader *r);
/* hold, reservation, pipe_end. */
void belongings_save(const Core *core, SnapshotWriter *w);
void belongings_load(Core *core, SnapshotReader *r);
/* order: of lists of an object with several members. */
void orders_save(const Core *core, SnapshotWriter *w);
void orders_load(Core *core, SnapshotReader *r);
/* remains. */
void remains_save(const Core *core, SnapshotWriter *w);
void remains_load(Core *core, SnapshotReader *r);
/* lists: those of the core. */
void lists_save(const Core *core, SnapshotWriter *w);
void lists_load(Core *core, SnapshotReader *r);

/* Calls a function for each object, including those that have ended. */
void objects_for_each(const Core *core, void (*call)(const Object *object, void *userdata),
                      void *userdata);
/* Return the object or the session with this id, or NULL after noting a fault. */
Object *snapshot_find_object(SnapshotReader *r, uint64_t id);
Session *snapshot_find_session(SnapshotReader *r, uint64_t id);
/* Notes -ENOMEM or -EEXIST of a function that makes something. */
int snapshot_fail_making(SnapshotReader *r, int error, const char *what);
