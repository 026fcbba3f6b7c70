/* Twins: see fuzz-twin.h. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/siphash.h"
#include "fuzz/fuzz-twin.h"
#include "fuzz/fuzz-world.h"

static int step_now;

static void write_line(World *world, unsigned session, const char *line, size_t n) {
        printf("%d %u ", step_now, session);
        WORLD_EXPECT(fwrite(line, 1, n, stdout) == n);
}

void twin_write(uint64_t seed, uint64_t key, int n_steps) {
        static World world;

        hash_key_set(&(HashKey){.k0 = key, .k1 = ~key});
        world_init(&world, seed, seed % 2);
        world.on_output = write_line;
        for (step_now = 0; step_now < n_steps; step_now++)
                world_step(&world);
        world_end(&world);
        WORLD_EXPECT(fflush(stdout) == 0);
}

static pid_t start(const char *program, uint64_t seed, uint64_t key, FILE *output) {
        char seed_text[24], key_text[24];

        snprintf(seed_text, sizeof(seed_text), "%" PRIu64, seed);
        snprintf(key_text, sizeof(key_text), "%" PRIu64, key);
        pid_t pid = fork();
        WORLD_EXPECT(pid >= 0);
        if (pid == 0) {
                if (dup2(fileno(output), STDOUT_FILENO) >= 0)
                        execl(program, program, "--write", seed_text, key_text, (char *)NULL);
                _exit(127);
        }
        return pid;
}

static bool ended_well(pid_t pid) {
        int status;

        return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Returns the next line without its newline, or "" at the end. */
static const char *read_line(FILE *file, char **line, size_t *n_line) {
        ssize_t n = getline(line, n_line, file);

        if (n <= 0)
                return "";
        (*line)[n - 1] = '\0';
        return *line;
}

/* Prints how far the two lines are equal, and some bytes from there on. */
static void tell(uint64_t seed, unsigned long n, const char *a, const char *b) {
        size_t at = 0;

        while (a[at] && a[at] == b[at])
                at++;
        at = at > 60 ? at - 60 : 0;
        fprintf(stderr, "world %" PRIu64 ", line %lu, %.12s, byte %zu:\n  %.160s\n  %.160s\n", seed,
                n, a, at, a + at, b + at);
}

static bool are_equal(uint64_t seed, FILE *files[2]) {
        char *lines[2] = {NULL, NULL};
        size_t n_lines[2] = {0, 0};
        bool equal = true, more = true;

        for (unsigned long n = 1; equal && more; n++) {
                const char *a = read_line(files[0], &lines[0], &n_lines[0]);
                const char *b = read_line(files[1], &lines[1], &n_lines[1]);
                equal = strcmp(a, b) == 0;
                more = a[0] != '\0';
                if (!equal)
                        tell(seed, n, a, b);
        }
        free(lines[0]);
        free(lines[1]);
        return equal;
}

bool twin_compare(const char *program, uint64_t seed) {
        static const uint64_t keys[2] = {1, UINT64_C(0x9e3779b97f4a7c15)};
        FILE *files[2];
        pid_t pids[2];

        for (int i = 0; i < 2; i++) {
                files[i] = tmpfile();
                WORLD_EXPECT(files[i]);
                pids[i] = start(program, seed, keys[i], files[i]);
        }
        bool is_well = ended_well(pids[0]);
        is_well = ended_well(pids[1]) && is_well;
        if (!is_well)
                fprintf(stderr, "world %" PRIu64 " did not end well\n", seed);
        for (int i = 0; i < 2; i++)
                rewind(files[i]);
        bool equal = is_well && are_equal(seed, files);
        fclose(files[0]);
        fclose(files[1]);
        return equal;
}
