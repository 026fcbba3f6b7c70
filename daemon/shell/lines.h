/* The lines of a session: input of the client that was not run yet. They do not depend on the transport; lines.c has the
 * table of their states. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct Session Session;
typedef struct Share Share;
typedef struct Turn Turn;

typedef struct Lines {
        Turn *turn;
        Share *share;
        Session *session;
        Buffer input;
        size_t n_searched; /* of input: known to hold no newline */
        size_t n_scanned; /* of the unfinished line: given to the core, to be scanned as it arrives */
        bool has_line;    /* input begins with a complete line */
        bool is_paused, is_skipping;
        bool is_spare;   /* input was Turn.spare */
        bool is_unheard; /* the peer does not read the replies: they are dropped */
        size_t n_unsent_bytes, n_unsent_descriptors; /* of output that was taken from the session */
        uint64_t n_left;                             /* lines that may still run in this turn */
        int64_t since_ns; /* when the unfinished line at the end of input began; 0 for none */
} Lines;

void lines_init(Lines *lines, Turn *turn, Share *share, Session *session);
void lines_deinit(Lines *lines);
/* After a restart, with the input and the state of before: looks at what there is, and so much output is unsent. */
void lines_restore(Lines *lines, size_t n_bytes, size_t n_descriptors);

/* A new turn has come for these lines: as many may run as turn-calls says. */
void lines_begin_turn(Lines *lines);
/* Whether a line would run now, if there was one. */
bool lines_may_run(const Lines *lines);
/* Runs complete lines, as far as the turn allows. */
void lines_run(Lines *lines);

/* Where to receive the next bytes, and how many: 0 or -ENOMEM. */
int lines_reserve(Lines *lines, char **ret, size_t *ret_n);
/* n bytes were received there. Runs the lines that they complete, as far as they may, and keeps the rest. */
void lines_receive(Lines *lines, const char *data, size_t n);

/* Pauses the session, or resumes it, by how much of its output is unsent. */
void lines_update_pause(Lines *lines);
/* So much of the output that was taken from the session is not sent yet; the core is told. */
void lines_set_unsent(Lines *lines, size_t n_bytes, size_t n_descriptors);
/* The client reads no more. */
void lines_set_unheard(Lines *lines);
/* Drops the input that was not run. */
void lines_drop(Lines *lines);
/* The memory of the input, to be charged. */
size_t lines_memory(const Lines *lines);
/* Whether the unfinished line has taken longer than frame-time. */
bool lines_are_late(const Lines *lines);
