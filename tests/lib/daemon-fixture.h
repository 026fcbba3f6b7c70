/* A real shmgrd for one test, on a socket in a private directory, and a manager for it. $SHMGRD names
 * the program. */
#pragma once

#include <sys/types.h>

#include <check.h>
#include <json-c/json.h>
#include <shmgr/shmgr.h>

typedef struct Daemon {
        pid_t pid; /* 0: not running */
        char directory[64];
        char socket[96];
        shmgr_manager *manager;
} Daemon;

/* Starts the daemon and waits until it listens. It dies with the test. Sets $SHMGR_SOCKET to its
 * socket. */
void daemon_start(Daemon *d);
/* Calls daemon_start(), and opens a lock "turn" that has this policy for the death of its owner. */
shmgr_lock *daemon_start_with_lock(Daemon *d, const char *on_owner_death);
/* Tells it to end and waits for that; the test fails when its exit status is not 0. Removes everything. */
void daemon_stop(Daemon *d);
/* Kills the daemon, like a crash; daemon_restart() then starts another one on this socket. */
void daemon_kill(Daemon *d);
void daemon_restart(Daemon *d);

/* Parses a value. The caller frees it with json_object_put(). */
struct json_object *json_of(const char *text);
/* Compares a value with a text, and frees the value. */
void expect_json_at(const char *file, int line, struct json_object *value, const char *text);
#define expect_json(value, text) expect_json_at(__FILE__, __LINE__, value, text)

/* Opens the object "o" of a type with options from a text, and makes it. */
#define OPEN(type, daemon, options_text, ret)                                                      \
        do {                                                                                       \
                struct json_object *options_ = json_of(options_text);                              \
                ck_assert_int_eq(                                                                  \
                        shmgr_##type##_open((daemon)->manager, "o", SHMGR_CREATE, options_, ret),  \
                        1);                                                                        \
                json_object_put(options_);                                                         \
        } while (0)
