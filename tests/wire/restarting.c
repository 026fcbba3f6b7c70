/* A daemon of a test is restarted as planned, by the program that its path leads to. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "wire/daemon-log.h"
#include "wire/restarting.h"

enum { LONG_MS = 60000 };

/* The daemon replies all the time, so the test need not sleep. */
void restarting_await(const char *words, int n) {
        for (int64_t end_ms = clock_ms() + patience_ms(LONG_MS);
             daemon_log_count(&trial_daemon, words) < n; trial_ping())
                ck_assert_msg(clock_ms() < end_ms, "'%s' did not come %d times: %s", words, n,
                              daemon_log_read(&trial_daemon));
}

void restarting_restart(void) {
        static const char words[] = "notice: restarted: ";
        int n = daemon_log_count(&trial_daemon, words);

        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        restarting_await(words, n + 1);
}

void restarting_make(Wire *wire, const char *type, const char *params) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        wire_request(wire, 1, method, params);
        const char *line = wire_line(wire);
        ck_assert_msg(line && strstr(line, "\"created\":"), "%s", line ? line : "the end");
}

void restarting_expect(Wire *wire, const char *words) {
        const char *line = wire_line(wire);

        ck_assert_msg(line && strstr(line, words), "'%s' is not in %s", words,
                      line ? line : "the end");
}

void restarting_acquire(Wire *wire, const char *params) {
        wire_request(wire, 1, "lock.acquire", params);
        restarting_expect(wire, "\"token\"");
}

/* ---- A program that is replaced */

char restarting_program[160];

/* Starts the daemon by a symbolic link, which the test points to other programs later. */
void restarting_begin_at_link(const char *const *options) {
        const char *real = getenv("SHMGRD");
        char directory[80] = "/tmp/shmgr-XXXXXX";

        EXPECT(mkdtemp(directory));
        snprintf(restarting_program, sizeof(restarting_program), "%s/shmgrd", directory);
        EXPECT(symlink(real, restarting_program) == 0);
        setenv("SHMGRD", restarting_program, 1);
        setenv("REAL", real, 1);
        trial_begin(options);
}

static void remove_link(void) {
        unlink(restarting_program);
        *strrchr(restarting_program, '/') = '\0';
        rmdir(restarting_program);
        setenv("SHMGRD", getenv("REAL"), 1);
}

void restarting_end_at_link(void) {
        trial_end();
        remove_link();
}

void restarting_end_after_daemon(void) {
        wire_close(&trial_witness);
        daemon_process_free(&trial_daemon);
        remove_link();
}

void restarting_replace_program(const char *script) {
        EXPECT(unlink(restarting_program) == 0 || errno == ENOENT);
        int fd = open(restarting_program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
        EXPECT(fd >= 0 && write(fd, script, strlen(script)) == (ssize_t)strlen(script));
        close(fd);
}
