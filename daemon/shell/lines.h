/* The lines of a session: input of the client that has not run yet. They do not depend on the
 * transport. lines.c has the drawing of their states. */
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
        size_t n_searched; /* the first bytes of input that contain no newline */
        /* How much of the unfinished line the core has scanned. */
        size_t n_scanned;
        bool has_line; /* input begins with a complete line */
        bool is_paused, is_skipping;
        bool is_unheard; /* the peer does not read replies, which are dropped */
        size_t n_last;   /* length of the last line: the next one may be as long */
        size_t n_unsent_bytes, n_unsent_descriptors; /* output taken from the session */
        uint64_t n_left;                             /* lines that may still run in this turn */
        int64_t since_ns;                            /* when the unfinished line began; 0: none */
} Lines;

void lines_init(Lines *lines, Turn *turn, Share *share, Session *session);
void lines_deinit(Lines *lines);
/* For restarts, when input and state were restored: looks for complete lines. The arguments are the
 * unsent output. */
void lines_restore(Lines *lines, size_t n_bytes, size_t n_descriptors);

/* Begins a new turn: turn-calls lines may run in it. */
void lines_begin_turn(Lines *lines);
/* Returns whether a line may run now. */
bool lines_may_run(const Lines *lines);
/* Runs complete lines, as far as the turn allows. */
void lines_run(Lines *lines);
/* Called when the connection has run: charges the time that is not charged yet. */
void lines_end_run(Lines *lines);

/* *ret and *ret_n receive where to put the next bytes, and how many. Returns 0 or -ENOMEM. */
int lines_reserve(Lines *lines, char **ret, size_t *ret_n);
/* Called instead of lines_receive() if no bytes were received. */
void lines_receive_nothing(Lines *lines);
/* Runs the lines that n received bytes complete, as far as they may run, and keeps the rest. */
void lines_receive(Lines *lines, const char *data, size_t n);

/* Returns whether the next bytes may begin a short line that can run. */
bool lines_may_be_early(const Lines *lines);
/* Keeps n received bytes for the next run. */
void lines_keep(Lines *lines, const char *data, size_t n);

/* Pauses or resumes the session, depending on how much of its output is unsent. */
void lines_update_pause(Lines *lines);
/* Sets how much of the output taken from the session is unsent, and tells the core. */
void lines_set_unsent(Lines *lines, size_t n_bytes, size_t n_descriptors);
/* Called when the client reads no more replies. */
void lines_set_unheard(Lines *lines);
/* Drops input that has not run. */
void lines_drop(Lines *lines);
/* Returns the memory of the input, to be charged. */
size_t lines_memory(const Lines *lines);
/* Replaces an input buffer that is mostly unused by one of the size of its content, if that is
 * possible. Returns whether it did. */
bool lines_shrink(Lines *lines);
/* Returns whether the unfinished line has taken longer than frame-time. */
bool lines_are_late(const Lines *lines);
