/* Starts and stops a daemon for a test: see daemon-fixture.h. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/daemon-fixture.h"

/* A child forked by a process with threads ends without joining them, which the thread sanitizer would
 * report as a leak. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);

const char *__tsan_default_options(void) {
        return "report_thread_leaks=0";
}

static void run_daemon(const Daemon *d, int ready_fd) {
        const char *argv[8];
        char ready[16], socket[128];
        int n = 0;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(ready, sizeof(ready), "%d", ready_fd);
        snprintf(socket, sizeof(socket), "--socket=%s", d->socket);
        argv[n++] = getenv("SHMGRD");
        argv[n++] = "--config=/dev/null";
        argv[n++] = socket;
        argv[n++] = "--log-level=error";
        argv[n++] = "--ready-fd";
        argv[n++] = ready;
        argv[n] = NULL;
        execv(argv[0], (char *const *)argv);
        perror(argv[0]);
        _exit(127);
}

static void start(Daemon *d) {
        int fds[2];
        char byte;

        ck_assert_msg(getenv("SHMGRD") != NULL, "SHMGRD does not say where the daemon is");
        ck_assert_int_eq(pipe(fds), 0);
        d->pid = fork();
        ck_assert_int_ge(d->pid, 0);
        if (d->pid == 0) {
                close(fds[0]);
                run_daemon(d, fds[1]);
        }
        close(fds[1]);
        ck_assert_msg(read(fds[0], &byte, 1) == 1, "the daemon did not start");
        close(fds[0]);
}

void daemon_start(Daemon *d) {
        const char *top = getenv("TMPDIR");

        *d = (Daemon){0};
        /* The path of a socket has at most 107 bytes, so a long TMPDIR is not used. */
        snprintf(d->directory, sizeof(d->directory), "%s/shmgr-XXXXXX",
                 top && strlen(top) < 40 ? top : "/tmp");
        ck_assert_ptr_nonnull(mkdtemp(d->directory));
        snprintf(d->socket, sizeof(d->socket), "%s/s", d->directory);
        setenv("SHMGR_SOCKET", d->socket, 1);
        start(d);
        ck_assert_int_eq(shmgr_manager_open(NULL, &d->manager), 0);
}

void daemon_restart(Daemon *d) {
        ck_assert_int_eq(d->pid, 0);
        start(d);
}

void daemon_kill(Daemon *d) {
        kill(d->pid, SIGKILL);
        ck_assert_int_eq(waitpid(d->pid, NULL, 0), d->pid);
        d->pid = 0;
}

shmgr_lock *daemon_start_with_lock(Daemon *d, const char *on_owner_death) {
        struct json_object *options = json_object_new_object();
        shmgr_lock *lock;

        daemon_start(d);
        json_object_object_add(options, "on_owner_death", json_object_new_string(on_owner_death));
        ck_assert_int_eq(shmgr_lock_open(d->manager, "turn", SHMGR_CREATE, options, &lock), 1);
        json_object_put(options);
        return lock;
}

void daemon_stop(Daemon *d) {
        char lock[128];
        int status = 0;

        d->manager = shmgr_manager_unref(d->manager);
        if (d->pid) {
                kill(d->pid, SIGTERM);
                ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
        }
        unlink(d->socket);
        snprintf(lock, sizeof(lock), "%s.lock", d->socket);
        unlink(lock);
        rmdir(d->directory);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                      "the daemon ended with status 0x%x", (unsigned)status);
}

struct json_object *json_of(const char *text) {
        struct json_object *value = json_tokener_parse(text);

        ck_assert_ptr_nonnull(value);
        return value;
}

void expect_json_at(const char *file, int line, struct json_object *value, const char *text) {
        const char *is = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

        ck_assert_msg(strcmp(is, text) == 0, "%s:%d: expected %s, not %s", file, line, text, is);
        json_object_put(value);
}
