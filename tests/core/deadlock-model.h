/* A small world of sessions that hold objects and wait for them. It finds the sessions that can never
 * continue by playing the best possible future: every session without a wait releases all that it holds,
 * until no further wait can be served; the sessions that still wait are stuck. It shares no code with the
 * daemon's detector. */
#pragma once

#include <stdbool.h>

enum { MODEL_SESSIONS = 6, MODEL_OBJECTS = 7, MODEL_WANTS = 3, MODEL_WAITS = 3 * MODEL_SESSIONS };

typedef enum Kind {
        KIND_LOCK,
        KIND_RLOCK,
        KIND_RWLOCK,
        KIND_OWNED, /* a semaphore with owners */
        KIND_FREE,  /* a semaphore without owners */
        KIND_CONDITION,
        KIND_EVENT,
        N_KINDS,
} Kind;

typedef struct Want {
        int object;
        bool is_shared;
        int n;
} Want;

typedef struct ModelWait {
        int session;
        long id;
        bool is_any;       /* one of the wants is enough, and nothing is taken */
        bool keeps_turn;   /* later waits do not overtake this one */
        bool is_condition; /* the wait ends when the session has the lock again, at this depth */
        int depth;
        int n_wants;
        Want wants[MODEL_WANTS];
} ModelWait;

typedef struct Held {
        int n;       /* levels or permits */
        int n_below; /* levels of reading below those of writing */
        bool is_written;
} Held;

typedef struct World {
        int n_sessions, n_objects;
        Kind kinds[MODEL_OBJECTS];
        int permits[MODEL_OBJECTS]; /* all permits of an object of KIND_OWNED */
        Held held[MODEL_SESSIONS][MODEL_OBJECTS];
        ModelWait waits[MODEL_WAITS]; /* in the order in which they are served */
        int n_waits;
} World;

int world_n_waits_of(const World *world, int session);
void world_add_wait(World *world, const ModelWait *wait, bool at_front);
void world_remove_wait(World *world, int i);
/* Gives the session what it wanted. */
void world_take(World *world, int session, const Want *want);
void world_release(World *world, int session, int object, int n);
void world_forget_session(World *world, int session);

/* Finds the sessions that can never continue. */
void world_find_stuck(const World *world, bool stuck[MODEL_SESSIONS]);
/* Returns whether this wait could never end even if no other session existed. */
bool world_waits_for_itself(const World *world, const ModelWait *wait);
