/* A core with a few sessions in which anything may happen: calls of all methods with arguments of about the
 * right kind, in batches and as notifications, cancels, deaths, and the passing of time. A wild world also
 * gets lines that were damaged. What does not hold ends the program.
 *
 * In a tame world each call is answered once and no more; in both, nothing is left when all have gone and all
 * was deleted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core.h"
#include "descriptor.h"
#include "random.h"

enum { WORLD_SESSIONS = 6, WORLD_IDS = 1 << 14, WORLD_FDS = 512 };

typedef struct World {
        Core core;
        DescriptorSource source;
        bool is_open[WORLD_FDS];
        Random random;
        bool is_wild;
        void (*before_input)(struct World *world),
                (*after_input)(struct World *world); /* or NULL */
        int64_t now_ns;
        int64_t last_item; /* that was reserved */
        Session *sessions[WORLD_SESSIONS];
        struct {
                unsigned n_ids;            /* given out */
                bool is_waited[WORLD_IDS]; /* for its answer */
        } ids[WORLD_SESSIONS];
} World;

void world_init(World *world, uint64_t seed, bool is_wild);
/* One thing happens. */
void world_step(World *world);
/* A session sends this line. */
void world_send(World *world, unsigned session, const char *line, size_t n);
/* All that waits ends, everybody goes, everything is deleted: and then nothing is left. */
void world_end(World *world);

/* Like assert(3), in programs without it too. */
#define WORLD_EXPECT(condition) world_expect(condition, #condition, __LINE__)
void world_expect(bool holds, const char *what, int line);
