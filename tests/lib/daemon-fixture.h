/* A real shmgrd of the test's own, on a socket in a private directory, and a manager
 * for it. The program is the one that $SHMGRD names. */
#pragma once

#include <sys/types.h>

#include <check.h>
#include <json-c/json.h>
#include <shmgr/shmgr.h>

typedef struct Daemon {
        pid_t pid; /* 0 when it does not run */
        char directory[64];
        char socket[96];
        shmgr_manager *manager;
} Daemon;

/* Starts it and waits until it listens. It dies with the test. $SHMGR_SOCKET is set to its socket. */
void daemon_start(Daemon *d);
/* Tells it to end and waits for that; the test fails when its exit status is not 0. Removes everything. */
void daemon_stop(Daemon *d);
/* Kills it at once, as a crash would; daemon_restart() then starts another on the same socket. */
void daemon_kill(Daemon *d);
void daemon_restart(Daemon *d);

/* A value from its text. */
struct json_object *json_of(const char *text);
/* Compares a value with a text, and puts it. */
void expect_json_at(const char *file, int line, struct json_object *value, const char *text);
#define expect_json(value, text) expect_json_at(__FILE__, __LINE__, value, text)

/* Makes the object "o" of a type with options from a text. */
#define OPEN(type, daemon, options_text, ret)                                                      \
        do {                                                                                       \
                struct json_object *options_ = json_of(options_text);                              \
                ck_assert_int_eq(                                                                  \
                        shmgr_##type##_open((daemon)->manager, "o", SHMGR_CREATE, options_, ret),  \
                        1);                                                                        \
                json_object_put(options_);                                                         \
        } while (0)
