/* Actors: processes of a test that make library calls on request, and that end in every way in which a
 * process ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <shmgr/shmgr.h>

typedef struct Actor {
        pid_t pid;     /* 0: no such process */
        int fd;        /* the test's end of the socket pair; -1: no such process */
        bool is_child; /* of the test; otherwise of another actor */
        bool is_busy;  /* a call was sent, and its result has not arrived */
        bool waits;    /* that call waits in the daemon */
        bool is_mute;  /* the actor has no session any more */
} Actor;

typedef struct ActorOptions {
        bool in_thread; /* the actor runs in a second thread of its process */
        uid_t uid; /* the actor changes to this user, and to gid as its only group; 0: it stays */
        gid_t gid;
        int life_fd;          /* of a pipe: remaining actors exit when its other end is closed */
        const int *close_fds; /* descriptors of the test that the actor closes */
        size_t n_close_fds;
} ActorOptions;

/* Forks an actor. When this returns the actor has a session, and the daemon shows it as "actor-" and its
 * letter. */
void actor_start(Actor *actor, char letter, shmgr_manager *manager, const ActorOptions *options);
/* Makes the actor fork a child, which is an actor with a letter of its own. */
void actor_fork(Actor *actor, char letter, Actor *ret_child);
/* Makes the actor call a method: "lock.acquire", "[\"l\"]". */
void actor_call(Actor *actor, const char *method, const char *params);
/* Waits for the outcome of the call: "=RESULT" or "!ERRNO DATA"; the next call overwrites it. */
const char *actor_hear(Actor *actor);
/* Returns whether an outcome has arrived. */
bool actor_has_answered(const Actor *actor);

/* Kills the actor, and waits until it is dead. */
void actor_kill(Actor *actor);
/* Makes the actor call exit(3), without releasing anything before. */
void actor_exit(Actor *actor);
/* Ends the actor's thread; its process lives on, but takes no more orders. */
void actor_end_thread(Actor *actor);
/* Makes the actor execute another program, which takes no more orders. */
void actor_exec(Actor *actor);
/* Makes the actor fork, unknown to the library, a child that has copies of all its descriptors. */
void actor_leave_child(Actor *actor);
/* Closes the actor's socket, and waits for its end. */
void actor_stop(Actor *actor);
