/* A client that uses the socket without the library; and a trial: a daemon and a witness, a second
 * client, which makes no mistakes and must never notice anything. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/daemon-process.h"

enum { WIRE_FDS = 256 };

typedef struct Wire {
        int fd;
        Buffer input;
        size_t n_line; /* bytes of the last line that wire_line() returned, newline included */

        bool wants_fds;    /* it receives descriptors */
        size_t piece;      /* bytes that one read receives; 0: as many as fit */
        int fds[WIRE_FDS]; /* received and not yet taken, n_fds of them */
        size_t n_fds;
} Wire;

/* Connects to the daemon of the trial, or to any socket. */
Wire wire_open(void);
Wire wire_open_at(const char *path);
void wire_close(Wire *wire);
/* Sends the whole text, and waits for room. */
void wire_send(Wire *wire, const char *text);
void wire_send_bytes(Wire *wire, const void *data, size_t n);
/* Sends as many bytes as there is room for; returns their number, or 0. */
size_t wire_try_send(Wire *wire, const void *data, size_t n);
/* Half-closes the connection. */
void wire_shutdown(Wire *wire);
/* Returns the next line without its newline, valid until the next call; NULL at the end of the stream.
 * The test fails if neither comes for a long time. */
const char *wire_line(Wire *wire);
/* Returns the first received descriptor, which then belongs to the caller; the test fails if none came. */
int wire_take_fd(Wire *wire);
/* Returns whether input arrived within this time. */
bool wire_wait(Wire *wire, int ms);

/* Sends a request line with an integer id. */
void wire_request(Wire *wire, int id, const char *method, const char *params);
/* Asserts that the next line is this result, byte by byte, or an error with this code and errno. An id
 * is text: "null" for none. */
void wire_expect_result(Wire *wire, int id, const char *result);
void wire_expect_error(Wire *wire, const char *id, int code, const char *error);
/* Sends a request, and asserts that the next line is its result. */
void wire_call(Wire *wire, const char *method, const char *params, const char *result);
/* Asserts that the next line reports that the session is disconnected, and that the end of the stream
 * follows. */
void wire_expect_cut_off(Wire *wire);
void wire_expect_end(Wire *wire);

extern DaemonProcess trial_daemon;
extern Wire trial_witness;

/* Starts the daemon and the witness. */
void trial_begin(const char *const *options);
/* The witness calls, and must get its reply soon. */
void trial_ping(void);
/* Returns a number of server.stats. */
int64_t trial_stat(const char *name);
/* Reads a number until it has this value. */
void trial_wait_stat(const char *name, int64_t value);
/* Asserts that the daemon has as many sessions, objects, waits and descriptors as at the beginning. */
void trial_check(void);
/* Checks like trial_check(), and asserts that the daemon exits with 0. */
void trial_end(void);

/* Return the memory in use and the processor time of the daemon's process. */
int64_t trial_memory(void);
int64_t trial_cpu_ms(void);
/* Returns how many pages the system has given the daemon so far. */
int64_t trial_page_faults(void);
/* Asserts that the daemon's memory has grown by less than `growth` bytes since it was `before`. */
void trial_expect_memory(int64_t before, int64_t growth);
int trial_count_fds(void);
int64_t clock_ms(void);
