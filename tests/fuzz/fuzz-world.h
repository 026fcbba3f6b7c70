/* A core with a few sessions in which anything may happen: calls of all methods with arguments of roughly the
 * right kinds, in batches and as notifications, cancellations, deaths, passing time, and sequences that belong
 * together (fuzz-unit.h). One session monitors all others. A wild world also gets damaged lines. An
 * expectation that fails ends the program.
 *
 * Values are lent to the output even if they are short, and some sessions read slowly (fuzz-unread.h).
 *
 * In a tame world each call gets exactly one reply. After each step the accounts agree with the objects, and
 * no waiting call could be served (fuzz-check.h). At the end, when all sessions have ended and all objects
 * were deleted, nothing is left.
 *
 * A seed gives one world, byte for byte, in another process and under another hash key: fuzz --twin
 * compares two. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "core.h"
#include "core-state.h"
#include "descriptor.h"
#include "end/session-end.h"
#include "end/settle.h"
#include "fuzz/fuzz-unread.h"
#include "random.h"

enum {
        WORLD_SESSIONS = 8,
        WORLD_MONITOR = WORLD_SESSIONS - 1, /* it makes no other call */
        WORLD_TALKERS = WORLD_MONITOR,
        WORLD_IDS = 1 << 14,
        WORLD_FDS = 512,
};

typedef struct World {
        Core core;
        DescriptorSource source;
        bool is_open[WORLD_FDS];
        Random random, pace; /* the second one decides how much a session reads */
        bool is_wild;
        void (*before_input)(struct World *world),
                (*after_input)(struct World *world); /* or NULL */
        /* Called for each line that a session is about to send; or NULL. */
        void (*on_input)(struct World *world, unsigned session, const char *line, size_t n);
        /* Called for each line of output, newline included; or NULL. */
        void (*on_output)(struct World *world, unsigned session, const char *line, size_t n);
        void *userdata;      /* of these functions */
        unsigned n_elements; /* elements that one argument may have */
        int64_t now_ns;
        int64_t last_item;   /* that was reserved, its id */
        char cursors[4][48]; /* of scans in progress, with quotes; or empty */
        Session *sessions[WORLD_SESSIONS];
        Unread unread[WORLD_SESSIONS];
        uint64_t n_lent; /* how often output with lent values was taken */
        struct {
                unsigned n_ids;            /* used so far */
                bool is_waited[WORLD_IDS]; /* no reply came yet */
                bool is_new[WORLD_IDS];    /* part of the line that is being sent */
        } ids[WORLD_SESSIONS];
} World;

void world_init(World *world, uint64_t seed, bool is_wild);
/* Lets anything happen, or plays a sequence that belongs together. */
void world_step(World *world);
/* Lets anything happen. */
void world_do_anything(World *world);
/* A session sends this line unchanged. */
void world_send(World *world, unsigned session, const char *line, size_t n);
/* A session sends this line, which a wild world may damage before. Empties the buffer. */
void world_send_buffer(World *world, unsigned session, Buffer *line);
/* Takes the output of the session, which then no longer belongs to the core. */
void world_take_output(World *world, unsigned session);
/* The session ends, and another one begins in its place. */
void world_end_session(World *world, unsigned session);
void world_advance(World *world, unsigned ms);
/* Ends all waits and sessions, deletes all objects, and asserts that nothing is left. */
void world_end(World *world);

/* An on_output: appends the line, with its session in front, to the Buffer that is its userdata. */
void world_keep_line(World *world, unsigned session, const char *line, size_t n);
/* Prints the line in which two texts of such lines differ, and fails. */
void world_expect_equal(uint64_t seed, const Buffer *a, const Buffer *b);

/* Works like assert(3), but also with NDEBUG. */
#define WORLD_EXPECT(condition) world_expect(condition, #condition, __FILE__, __LINE__)
void world_expect(bool holds, const char *what, const char *file, int line);
