/* Actors: processes of a test that make calls through the library when they are told to, and can be brought to
 * an end in every way in which a process ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <shmgr/shmgr.h>

typedef struct Actor {
        pid_t pid;     /* 0: it does not exist */
        int fd;        /* to talk to it; -1 when it does not exist */
        bool is_child; /* of the test; else of another actor */
        bool is_busy;  /* it was asked, and has not answered */
        bool waits;    /* that call waits in the daemon */
        bool is_mute;  /* it has no session any more */
} Actor;

typedef struct ActorOptions {
        bool in_thread; /* it is a thread of its process, other than the first */
        uid_t uid;      /* it becomes another user, in no other group than gid; 0: it does not */
        gid_t gid;
        int life_fd; /* of a pipe: what is left of actors ends when its other end is closed */
        const int *close_fds; /* those of the test that it shall not keep */
        size_t n_close_fds;
} ActorOptions;

/* Forks an actor, which has a session when this returns, and shows as "actor-a" by its letter. */
void actor_start(Actor *actor, char letter, shmgr_manager *manager, const ActorOptions *options);
/* It forks an actor as its child, with a letter of its own. */
void actor_fork(Actor *actor, char letter, Actor *ret_child);
/* Asks it to call a method: "lock.acquire", "[\"l\"]". */
void actor_call(Actor *actor, const char *method, const char *params);
/* Waits for the answer: "=RESULT" or "!ERRNO DATA"; valid until the next call. */
const char *actor_hear(Actor *actor);
/* Whether there is something to hear. */
bool actor_has_answered(const Actor *actor);

/* Kills it, and waits until it is dead. */
void actor_kill(Actor *actor);
/* It exits as programs do, and releases nothing before. */
void actor_exit(Actor *actor);
/* Its thread ends; its process lives on, and cannot be asked any more. */
void actor_end_thread(Actor *actor);
/* It runs another program, and cannot be asked any more. */
void actor_exec(Actor *actor);
/* It leaves a child behind of which the library knows nothing, with copies of all its descriptors. */
void actor_leave_child(Actor *actor);
/* Lets it end, and waits for that. */
void actor_stop(Actor *actor);
