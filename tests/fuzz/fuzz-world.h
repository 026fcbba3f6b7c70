/* A core with a few sessions in which anything may happen: calls of all methods with arguments of about the
 * right kind, in batches and as notifications, cancels, deaths, the passing of time, and sequences that belong
 * together (fuzz-unit.h). One session monitors all the others. A wild world also gets lines that were damaged.
 * An expectation that fails ends the program.
 *
 * In a tame world each call is answered exactly once. After each step the accounts agree with the objects, and
 * no call waits that could go on (fuzz-check.h). Nothing is left at the end, when all sessions have ended and
 * all objects were deleted.
 *
 * The same seed gives the same world, byte for byte, in another process and under another hash key:
 * fuzz --twin compares two. */
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
#include "random.h"

enum {
        WORLD_SESSIONS = 8,
        WORLD_MONITOR = WORLD_SESSIONS - 1, /* it says nothing else */
        WORLD_TALKERS = WORLD_MONITOR,
        WORLD_IDS = 1 << 14,
        WORLD_FDS = 512,
};

typedef struct World {
        Core core;
        DescriptorSource source;
        bool is_open[WORLD_FDS];
        Random random;
        bool is_wild;
        void (*before_input)(struct World *world),
                (*after_input)(struct World *world); /* or NULL */
        /* Told of each line that a session is about to send; or NULL. */
        void (*on_input)(struct World *world, unsigned session, const char *line, size_t n);
        /* Told of each line of output, newline included; or NULL. */
        void (*on_output)(struct World *world, unsigned session, const char *line, size_t n);
        void *userdata;      /* of that function */
        unsigned n_elements; /* at most so many in one argument */
        int64_t now_ns;
        int64_t last_item; /* that was reserved */
        char cursors[4]
                    [48]; /* of scans: the last ones that came back, with their quotes; or empty */
        Session *sessions[WORLD_SESSIONS];
        struct {
                unsigned n_ids;            /* given out */
                bool is_waited[WORLD_IDS]; /* for its answer */
                bool is_new[WORLD_IDS];    /* it is in the line that is being sent */
        } ids[WORLD_SESSIONS];
} World;

void world_init(World *world, uint64_t seed, bool is_wild);
/* Something happens, or a sequence that belongs together. */
void world_step(World *world);
/* Something happens. */
void world_do_anything(World *world);
/* A session sends this line. */
void world_send(World *world, unsigned session, const char *line, size_t n);
/* The same; a wild world may damage it before. Empties the buffer. */
void world_send_buffer(World *world, unsigned session, Buffer *line);
/* The session ends, and another begins in its place. */
void world_end_session(World *world, unsigned session);
void world_advance(World *world, unsigned ms);
/* All that waits ends, everybody goes, everything is deleted: and then nothing is left. */
void world_end(World *world);

/* Like assert(3), in programs without it too. */
#define WORLD_EXPECT(condition) world_expect(condition, #condition, __FILE__, __LINE__)
void world_expect(bool holds, const char *what, const char *file, int line);
