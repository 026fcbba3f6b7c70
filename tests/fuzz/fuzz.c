/* fuzz: lets anything happen in worlds of their own, for as long as one likes. make fuzz runs it; best in a tree
 * that was configured with --enable-sanitizer=address,undefined. What it finds it can find again: it says the
 * number of each world, and begins with the one that it is given.
 *
 * With clang's -fsanitize=fuzzer and -DFUZZ_BY_LIBRARY, the library takes the place of main(), and the bytes that
 * it makes are lines that one of the sessions sends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/fuzz-world.h"

enum { STEPS = 3000 };

#ifdef FUZZ_BY_LIBRARY

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static World world;
        const char *at = (const char *)data, *end = at + n;

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

int main(int argc, char **argv) {
        static World world;
        double seconds = argc > 1 ? atof(argv[1]) : 60;
        uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
        uint64_t most = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX, n = 0;
        time_t end = time(NULL) + (time_t)seconds;

        for (; n < most && time(NULL) < end; n++, seed++) {
                fprintf(stderr, "\rworld %llu", (unsigned long long)seed);
                world_init(&world, seed, seed % 2);
                for (int i = 0; i < STEPS; i++)
                        world_step(&world);
                world_end(&world);
        }
        fprintf(stderr, "\r%llu worlds of %d steps, and nothing found\n", (unsigned long long)n,
                STEPS);
        return 0;
}

#endif
