/* The crash points of tests/crash/shmgrd-crash.
 *
 * SHMGRD_CRASH=NAME:COUNT[:SEED] ends the process with SIGKILL when it passes the point for the COUNTth time. With a seed the
 * machine loses its power: files lose writes that were not synced, drawn by random numbers (disk.c). If SHMGRD_CRASH_WHEN
 * names a file, only passes count that happen while the file exists: the test makes it when its load runs.
 *
 * Before the end the process writes the name of the point to the file of SHMGRD_CRASH_LOG, with the last times at which it
 * passed each other point, so that the test knows which writes must be on the disk.
 *
 * A forked child passes only points whose names begin with "trial-". The program that it executes counts anew, as does the
 * program of a planned restart. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"

enum { NAME_MAX_ = 64, POINTS_MAX = 128 };

/* The last two times are in nanoseconds of CLOCK_MONOTONIC; 0: never. */
typedef struct Passed {
        const char *name;
        int64_t last_ns, last_but_one_ns;
} Passed;

static struct {
        pthread_mutex_t mutex;
        char name[NAME_MAX_];
        unsigned long count;
        bool loses_power, is_child;
        uint64_t random;
        const char *when;
        Passed passed[POINTS_MAX];
        size_t n_passed;
} crash = {.mutex = PTHREAD_MUTEX_INITIALIZER};

uint64_t crash_random(uint64_t n) {
        crash.random = crash.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return n ? (crash.random >> 33) % n : 0;
}

int crash_loses_power(void) {
        return crash.loses_power && !crash.is_child;
}

static int64_t now_ns(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void note(const char *name) {
        size_t i = 0;

        while (i < crash.n_passed && strcmp(crash.passed[i].name, name) != 0)
                i++;
        if (i == POINTS_MAX)
                abort();
        if (i == crash.n_passed)
                crash.passed[crash.n_passed++] = (Passed){.name = name};
        crash.passed[i].last_but_one_ns = crash.passed[i].last_ns;
        crash.passed[i].last_ns = now_ns();
}

static void say(const char *name) {
        const char *path = getenv("SHMGRD_CRASH_LOG");
        int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

        for (size_t i = 0; i < crash.n_passed; i++)
                dprintf(fd, "passed %s %lld %lld\n", crash.passed[i].name,
                        (long long)crash.passed[i].last_ns,
                        (long long)crash.passed[i].last_but_one_ns);
        dprintf(fd, "crash %s\n", name);
}

static bool is_due(const char *name) {
        if (strcmp(name, crash.name) != 0 || (crash.when && access(crash.when, F_OK) < 0))
                return false;
        return crash.count > 0 && --crash.count == 0;
}

void crash_point(const char *name) {
        if (crash.is_child && strncmp(name, "trial-", strlen("trial-")) != 0)
                return;
        pthread_mutex_lock(&crash.mutex);
        note(name);
        if (is_due(name)) {
                say(name);
                if (crash_loses_power())
                        disk_lose_power();
                kill(getpid(), SIGKILL);
                pause();
        }
        pthread_mutex_unlock(&crash.mutex);
}

static void enter_child(void) {
        pthread_mutex_init(&crash.mutex, NULL);
        crash.is_child = true;
        disk_forget();
}

__attribute__((constructor)) static void begin(void) {
        const char *text = getenv("SHMGRD_CRASH");
        unsigned long seed = 0;

        if (!text)
                return;
        int n = sscanf(text, "%63[^:]:%lu:%lu", crash.name, &crash.count, &seed);
        if (n < 2)
                abort();
        crash.loses_power = n == 3;
        crash.random = seed;
        crash.when = getenv("SHMGRD_CRASH_WHEN");
        pthread_atfork(NULL, NULL, enter_child);
}
