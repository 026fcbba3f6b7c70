/* A client with nothing between the test and the socket; and a trial: a daemon with a
 * witness, a second client that does nothing wrong and must never notice anything. */
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
        size_t n_line; /* of the line that was answered last, newline included */

        bool wants_fds;    /* it has room for descriptors */
        size_t piece;      /* how much it receives at once; 0: much */
        int fds[WIRE_FDS]; /* that came with what was received, n_fds of them */
        size_t n_fds;
} Wire;

/* Connects to the daemon of the trial, or to any socket. */
Wire wire_open(void);
Wire wire_open_at(const char *path);
void wire_close(Wire *wire);
/* Sends all of it, waiting for room. */
void wire_send(Wire *wire, const char *text);
void wire_send_bytes(Wire *wire, const void *data, size_t n);
/* Sends what there is room for: how much that was, or 0. */
size_t wire_try_send(Wire *wire, const void *data, size_t n);
/* Sends no more. */
void wire_shutdown(Wire *wire);
/* The next line without its newline, valid until the next call; NULL at the end. The test fails when
 * neither comes for a long time. */
const char *wire_line(Wire *wire);
/* The first of the descriptors, which the test fails without; the caller's then. */
int wire_take_fd(Wire *wire);
/* Whether something to read came before so many milliseconds were over. */
bool wire_wait(Wire *wire, int ms);

/* A request line with an integer id. */
void wire_request(Wire *wire, int id, const char *method, const char *params);
/* The next line must be this result, as it is written, or an error with this code and errno. An id is text:
 * "null" for none. */
void wire_expect_result(Wire *wire, int id, const char *result);
void wire_expect_error(Wire *wire, const char *id, int code, const char *error);
/* Sends a request, and the next line must be its result. */
void wire_call(Wire *wire, const char *method, const char *params, const char *result);
/* The last words to a session that is cut off, and then the end. */
void wire_expect_cut_off(Wire *wire);
void wire_expect_end(Wire *wire);

extern DaemonProcess trial_daemon;
extern Wire trial_witness;

/* Starts the daemon and the witness. */
void trial_begin(const char *const *options);
/* The witness asks, and must be answered soon. */
void trial_ping(void);
/* A number of server.stats. */
int64_t trial_stat(const char *name);
/* Asks until it has this value. */
void trial_wait_stat(const char *name, int64_t value);
/* The daemon must be as it was at the beginning: sessions, objects, waits, descriptors. */
void trial_check(void);
/* The same, and it must end cleanly. */
void trial_end(void);

/* Of the daemon's process: memory in use, and processor time. */
int64_t trial_memory(void);
int64_t trial_cpu_ms(void);
/* Pages that the system has given it, ever. */
int64_t trial_page_faults(void);
/* Since `before` it has not grown by so many bytes. */
void trial_expect_memory(int64_t before, int64_t growth);
int trial_count_fds(void);
int64_t clock_ms(void);
