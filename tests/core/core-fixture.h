/* A core in the test's own process. Its clock moves only when the test moves it, and its sessions have
 * no connection. */
#pragma once

#include <stdint.h>

#include <json-c/json.h>

#include "core.h"
#include "core-state.h"
#include "descriptor.h"
#include "end/session-end.h"
#include "end/settle.h"
#include "session.h"

enum { FIXTURE_FDS = 4096 };

typedef struct Fixture {
        Core core;
        int64_t now_ns;

        /* Makes the core's descriptors: pairs of numbers, each used once. */
        DescriptorSource source;
        int source_error; /* a negative errno with which the next pair fails; 0: it succeeds */
        int n_fds;        /* numbers used so far */
        bool is_open[FIXTURE_FDS];
        bool is_kept[FIXTURE_FDS]; /* the kernel reports that a process has this end open */
        unsigned n_received;       /* descriptors attached to the last line */
        int received;              /* the first of these descriptors */
} Fixture;

/* Makes a core; limits may be NULL. The default of call_work is replaced by WORK_OF_OWNER. */
void fixture_init(Fixture *f, const Limits *limits);
/* Ends the core with all its sessions and objects. Memory checkers report what it fails to free. */
void fixture_deinit(Fixture *f);

/* Moves the clock, and ends the waits whose timeout expires. */
void fixture_advance_ms(Fixture *f, int64_t ms);

/* Does all deferred work, turn by turn. */
void fixture_work_off(Fixture *f);

/* Begins a session of a process with this pid, uid and name; its gid is the uid. */
Session *fixture_session(Fixture *f, pid_t pid, uid_t uid, const char *comm);

/* Sends one line, formatted as by printf(3), in which ' stands for ". */
void fixture_send(Session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sends one line unchanged. */
void fixture_send_bytes(Session *session, const char *line, size_t n);

/* Returns the next line of the session's output, parsed, or NULL if none is left. The caller frees it
 * with json_object_put(). */
struct json_object *fixture_receive(Session *session);
/* Returns the next line of the session's output as text, NUL-terminated, in a buffer that the next call
 * overwrites. */
const char *fixture_receive_text(Session *session);

/* Calls a method with params (a JSON text in which ' stands for ") and returns the result, NULL for
 * null; the test fails if the reply is an error. The caller frees the result with json_object_put(). */
struct json_object *fixture_call(Session *session, const char *method, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Calls a method that should fail, and returns data.errno of the reply, or "" if the call succeeded.
 * The next call overwrites the text. */
const char *fixture_call_error(Session *session, const char *method, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Calls a method and compares the text of its result with the expected one, in which ' stands for ". If
 * they differ the test fails and names FILE and LINE. "!ERRNO" expects an error; "?" expects no reply
 * yet. */
void fixture_expect_at(const char *file, int line, Session *session, const char *method,
                       const char *params, const char *expected);
#define fixture_expect(session, method, params, expected)                                          \
        fixture_expect_at(__FILE__, __LINE__, session, method, params, expected)

/* Compares the next line of output: its id, and its result or "!ERRNO", as fixture_expect_at() does.
 * "?" expects no line. */
void fixture_expect_reply_at(const char *file, int line, Session *session, int64_t id,
                             const char *expected);
#define fixture_expect_reply(session, id, expected)                                                \
        fixture_expect_reply_at(__FILE__, __LINE__, session, id, expected)

/* Sends a call with an id, and reads no reply. */
void fixture_start(Session *session, int64_t id, const char *method, const char *params);

/* Returns the number of descriptors that the core has open. */
unsigned fixture_count_fds(const Fixture *f);

/* Asserts that the core has no object, wait, hold, stored byte and descriptor left. */
void fixture_expect_clean_at(const char *file, int line, Fixture *f);
#define fixture_expect_clean(f) fixture_expect_clean_at(__FILE__, __LINE__, f)
