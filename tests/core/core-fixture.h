/* A core in the test's own process, with a clock that stands still until the test
 * moves it, and sessions that are nothing but names. */
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

        /* Where the core has descriptors from: numbers in pairs, none used twice. */
        DescriptorSource source;
        int source_error; /* that the next pair comes to, a negative errno; 0 for none */
        int n_fds;        /* made so far */
        bool is_open[FIXTURE_FDS];
        bool is_kept[FIXTURE_FDS]; /* by some process, says the kernel */
        unsigned n_received;       /* that came with the last line */
        int received;              /* the first of them */
} Fixture;

/* A fresh core; limits may be NULL. The default of call_work stands for WORK_OF_OWNER. */
void fixture_init(Fixture *f, const Limits *limits);
/* Ends it, and with it all that is left. Memory checkers look at what this leaves behind. */
void fixture_deinit(Fixture *f);

/* Moves the clock, and ends the waits whose time has come. */
void fixture_advance_ms(Fixture *f, int64_t ms);

/* Does all work that was put off, turn by turn. */
void fixture_work_off(Fixture *f);

/* A session of a process with this pid, uid and name; the gid is the uid. */
Session *fixture_session(Fixture *f, pid_t pid, uid_t uid, const char *comm);

/* Sends one line, made as with printf(3), in which ' stands for ". */
void fixture_send(Session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sends one line as it is. */
void fixture_send_bytes(Session *session, const char *line, size_t n);

/* The next line of the session's output, parsed; NULL when there is none. To be put. */
struct json_object *fixture_receive(Session *session);
/* The same as text, NUL-terminated, in a buffer that lives until the next call. */
const char *fixture_receive_text(Session *session);

/* Calls a method with params (a JSON text in which ' stands for ") and answers the reply's result, or a
 * NULL pointer for null; the test fails when the reply is an error. To be put. */
struct json_object *fixture_call(Session *session, const char *method, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* The same for a call that fails: data.errno of the reply, or "" when it did not fail. Lives until the
 * next call. */
const char *fixture_call_error(Session *session, const char *method, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Calls and compares the result's text with what is expected, ' standing for ". Fails the test, naming the
 * place, where it differs. "!ERRNO" expects an error; "?" expects that nothing is answered yet. */
void fixture_expect_at(const char *file, int line, Session *session, const char *method,
                       const char *params, const char *expected);
#define fixture_expect(session, method, params, expected)                                          \
        fixture_expect_at(__FILE__, __LINE__, session, method, params, expected)

/* Compares the next line of output: its id, and its result or "!ERRNO", as above. "?" expects none. */
void fixture_expect_reply_at(const char *file, int line, Session *session, int64_t id,
                             const char *expected);
#define fixture_expect_reply(session, id, expected)                                                \
        fixture_expect_reply_at(__FILE__, __LINE__, session, id, expected)

/* Sends a call with an id and does not look at what comes. */
void fixture_start(Session *session, int64_t id, const char *method, const char *params);

/* How many descriptors the core keeps. */
unsigned fixture_count_fds(const Fixture *f);

/* The core has no objects, waits, holds, stored bytes and descriptors any more. */
void fixture_expect_clean_at(const char *file, int line, Fixture *f);
#define fixture_expect_clean(f) fixture_expect_clean_at(__FILE__, __LINE__, f)
