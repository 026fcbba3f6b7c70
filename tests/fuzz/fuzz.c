/* fuzz: lets anything happen in worlds of their own, as long as wanted. make fuzz runs it; best in a tree that was configured
 * with --enable-sanitizer=address,undefined. A finding can be reproduced: the program prints the number of each world, and
 * begins with the one that it is given:
 *
 *     fuzz [--twin | --reload] [SECONDS [SEED [WORLDS]]]
 *     fuzz --errors SEED WORLDS
 *
 * --twin runs each world in two processes with different hash keys, and compares all output.
 *
 * make fuzz-library builds it with clang's libFuzzer and -DFUZZ_BY_LIBRARY: the library takes the place of main(), and its
 * bytes are lines that a session sends, or, if they begin with {"kind", a snapshot.
 *
 * --snapshot SEED writes the snapshot of a world, as a first input for the library.
 *
 * --reload saves and loads the core at random moments, and damages snapshots of each world.
 *
 * --errors prints a line "METHOD ERRNO" for each call that failed and was noted by the monitor: test-errors.sh compares these
 * with the documents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/fuzz-snapshot.h"
#include "fuzz/fuzz-twin.h"
#include "fuzz/fuzz-world.h"
#include "json/json-text.h"

enum { STEPS = 3000 };

#ifdef FUZZ_BY_LIBRARY

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static World world;
        const char *at = (const char *)data, *end = at + n;

        if (n > 7 && memcmp(data, "{\"kind\"", 7) == 0) {
                snapshot_try(at, n);
                return 0;
        }
        world_init(&world, 1, true);
        for (unsigned i = 0; at < end; i++) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                const char *line_end = newline ? newline : end;
                world_send(&world, i % WORLD_SESSIONS, at, (size_t)(line_end - at));
                at = line_end + 1;
        }
        world_end(&world);
        return 0;
}

#else

static void reload_seldom(World *world) {
        static Random chance = {.state = 1};

        if (random_below(&chance, 20) == 0)
                world_reload(world);
}

static void try_damaged(uint64_t seed) {
        Random random = {.state = seed * 2 + 1};
        Buffer sound = {0};

        snapshot_of_world(seed, 100 + (int)random_below(&random, 400), &sound);
        for (int i = 0; i < 200; i++) {
                Buffer text = {0};
                WORLD_EXPECT(buffer_append(&text, buffer_bytes(&sound), buffer_size(&sound)) == 0);
                snapshot_damage(&random, &text);
                snapshot_try(buffer_bytes(&text), buffer_size(&text));
                buffer_deinit(&text);
        }
        buffer_deinit(&sound);
}

/* Runs one world after the other, until the time is over or all are done. */
static uint64_t live(World *world, const char *twin, bool reloads, time_t end, uint64_t seed,
                     uint64_t most) {
        uint64_t n = 0;

        for (; n < most && time(NULL) < end; n++, seed++) {
                fprintf(stderr, "\rworld %llu", (unsigned long long)seed);
                if (twin) {
                        if (!twin_compare(twin, seed))
                                exit(1);
                        continue;
                }
                if (reloads)
                        try_damaged(seed);
                world_init(world, seed, seed % 2);
                world->after_input = reloads ? reload_seldom : NULL;
                for (int i = 0; i < STEPS; i++)
                        world_step(world);
                world_end(world);
        }
        return n;
}

static void print_error(World *world, unsigned session, const char *line, size_t n) {
        static const JsonLimits limits = {.max_depth = 64, .max_members = 1 << 20};
        struct json_object *event, *params, *error = NULL;

        if (session != WORLD_MONITOR)
                return;
        WORLD_EXPECT(json_parse(line, n, &limits, &event, NULL) == 0);
        if (json_object_object_get_ex(event, "params", &params) &&
            json_object_object_get_ex(params, "errno", &error))
                printf("%s %s\n", json_object_get_string(json_object_object_get(params, "method")),
                       json_object_get_string(error));
        json_object_put(event);
}

/* A larger bound lets the monitor lose few events. */
static void print_errors(World *world, uint64_t seed, uint64_t n) {
        for (; n > 0; n--, seed++) {
                world_init(world, seed, false);
                world->core.limits.monitor_bytes = 1 << 20;
                world->on_output = print_error;
                for (int i = 0; i < STEPS; i++)
                        world_step(world);
                world_end(world);
        }
}

static uint64_t number(char **argv, int i, int argc, uint64_t fallback) {
        return i < argc ? strtoull(argv[i], NULL, 10) : fallback;
}

int main(int argc, char **argv) {
        static World world;
        bool is_twin = argc > 1 && strcmp(argv[1], "--twin") == 0;
        bool reloads = argc > 1 && strcmp(argv[1], "--reload") == 0;
        int at = is_twin || reloads ? 2 : 1;

        if (argc == 4 && strcmp(argv[1], "--write") == 0) {
                twin_write(number(argv, 2, argc, 1), number(argv, 3, argc, 0), STEPS);
                return 0;
        }
        if (argc == 4 && strcmp(argv[1], "--errors") == 0) {
                print_errors(&world, number(argv, 2, argc, 1), number(argv, 3, argc, 1));
                return 0;
        }
        if (argc == 3 && strcmp(argv[1], "--snapshot") == 0) {
                Buffer text = {0};
                snapshot_of_world(number(argv, 2, argc, 1), 300, &text);
                fwrite(buffer_bytes(&text), 1, buffer_size(&text), stdout);
                buffer_deinit(&text);
                return 0;
        }
        time_t end = time(NULL) + (time_t)number(argv, at, argc, 60);
        uint64_t seed = number(argv, at + 1, argc, (uint64_t)time(NULL));
        uint64_t n = live(&world, is_twin ? "/proc/self/exe" : NULL, reloads, end, seed,
                          number(argv, at + 2, argc, UINT64_MAX));
        fprintf(stderr, "\r%llu worlds of %d steps, and nothing found\n", (unsigned long long)n,
                STEPS);
        return 0;
}

#endif
