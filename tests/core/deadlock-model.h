/* A small world of sessions that hold objects and wait for them, and a plain answer to the question of who can
 * never go on: play the best of all futures, in which every session that runs gives back all it has, and see
 * who still waits in the end. It shares nothing with the daemon's detector. */
#pragma once

#include <stdbool.h>

enum { MODEL_SESSIONS = 6, MODEL_OBJECTS = 7, MODEL_WANTS = 3, MODEL_WAITS = 3 * MODEL_SESSIONS };

typedef enum Kind {
        KIND_LOCK,
        KIND_RLOCK,
        KIND_RWLOCK,
        KIND_OWNED, /* a semaphore with owners */
        KIND_FREE,  /* a semaphore without */
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
        bool keeps_turn;   /* those behind it do not overtake it */
        bool is_condition; /* it comes back with the lock at this depth */
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
        int permits[MODEL_OBJECTS]; /* of KIND_OWNED, in all */
        Held held[MODEL_SESSIONS][MODEL_OBJECTS];
        ModelWait waits[MODEL_WAITS]; /* in the order in which they would be served */
        int n_waits;
} World;

int world_n_waits_of(const World *world, int session);
void world_add_wait(World *world, const ModelWait *wait, bool at_front);
void world_remove_wait(World *world, int i);
/* The session has what it wanted. */
void world_take(World *world, int session, const Want *want);
void world_release(World *world, int session, int object, int n);
void world_forget_session(World *world, int session);

/* Finds the sessions that can never continue. */
void world_find_stuck(const World *world, bool stuck[MODEL_SESSIONS]);
/* Whether this wait would never end even if there were no session but its own. */
bool world_waits_for_itself(const World *world, const ModelWait *wait);
