/* Reloading the configuration: the whole of it is applied, or nothing. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/manager.h"
#include "wire/wire.h"

/* A daemon with a configuration file, and a service manager that receives its status. */
typedef struct Reload {
        DaemonProcess daemon;
        char path[96], option[128];
} Reload;

static void reload_write(const Reload *r, const char *text) {
        int fd = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
        close(fd);
}

static void reload_begin(Reload *r, const char *text) {
        manager_begin();
        manager_listen(NULL);
        r->daemon = manager_daemon();
        snprintf(r->path, sizeof(r->path), "%s/conf", r->daemon.directory);
        snprintf(r->option, sizeof(r->option), "--config=%s", r->path);
        reload_write(r, text);
        ck_assert_int_eq(daemon_process_start(
                                 &r->daemon, (const char *[]){r->option, "--max-members=50", NULL}),
                         0);
        manager_expect("READY=1\n");
}

static void reload_end(Reload *r) {
        ck_assert_int_eq(daemon_process_end(&r->daemon, SIGTERM), 0);
        daemon_process_free(&r->daemon);
}

/* Sends SIGHUP; returns the status line of the reload's end. */
static const char *reload_ask(Reload *r) {
        static const char ready[] = "READY=1\nSTATUS=";
        int64_t usec = 0, before = clock_ms() - 1;

        EXPECT(kill(r->daemon.pid, SIGHUP) == 0);
        EXPECT(sscanf(manager_hear(patience_ms(MANAGER_PATIENCE_MS)),
                      "RELOADING=1\nMONOTONIC_USEC=%lld", (long long *)&usec) == 1);
        ck_assert_int_ge(usec / 1000, before);
        ck_assert_int_le(usec / 1000, clock_ms());
        const char *text = manager_hear(patience_ms(MANAGER_PATIENCE_MS));
        ck_assert_msg(strncmp(text, ready, strlen(ready)) == 0, "'%s'", text);
        return text + strlen(ready);
}

static void expect_limit(const Reload *r, const char *name, int value) {
        Wire wire = wire_open_at(r->daemon.socket);
        char words[64];

        snprintf(words, sizeof(words), "\"%s\":%d", name, value);
        wire_request(&wire, 1, "session.hello", "[]");
        const char *line = wire_line(&wire);
        ck_assert_msg(line && strstr(line, words), "%s is not in %s", words,
                      line ? line : "nothing");
        wire_close(&wire);
}

START_TEST(reload_good_file) {
        Reload r;

        reload_begin(&r, "max-batch = 7\nmax-members = 40\n");
        Wire old = wire_open_at(r.daemon.socket);
        wire_call(&old, "server.ping", "[]", "\"pong\"");
        expect_limit(&r, "batch_calls", 7);
        expect_limit(&r, "frame_members", 50);
        reload_write(&r, "max-batch = 8\nmax-depth = 9\nmax-members = 41\n");
        ck_assert_ptr_null(strstr(reload_ask(&r), "not read"));
        expect_limit(&r, "batch_calls", 8);
        expect_limit(&r, "frame_depth", 9);
        /* The command line still overrides the file, and an open session continues. */
        expect_limit(&r, "frame_members", 50);
        wire_call(&old, "server.ping", "[]", "\"pong\"");
        daemon_log_expect(&r.daemon, "configuration reloaded: ");
        /* An option that the file no longer sets returns to its default. */
        reload_write(&r, "");
        reload_ask(&r);
        expect_limit(&r, "batch_calls", 1000);
        wire_close(&old);
        reload_end(&r);
}
END_TEST

START_TEST(reload_bad_file) {
        Reload r;
        char words[160];

        reload_begin(&r, "max-batch = 7\n");
        reload_write(&r, "max-batch = 8\nmax-depth = many\n");
        snprintf(words, sizeof(words), "%s:2: max-depth: 'many' is not a number", r.path);
        ck_assert_ptr_nonnull(strstr(reload_ask(&r), words));
        daemon_log_expect(&r.daemon, words);
        expect_limit(&r, "batch_calls", 7);
        /* A missing file is an error, too. */
        EXPECT(unlink(r.path) == 0);
        ck_assert_ptr_nonnull(strstr(reload_ask(&r), "No such file"));
        expect_limit(&r, "batch_calls", 7);
        reload_write(&r, "max-batch = 9\n");
        ck_assert_ptr_null(strstr(reload_ask(&r), "not read"));
        expect_limit(&r, "batch_calls", 9);
        reload_end(&r);
}
END_TEST

START_TEST(reload_what_is_fixed) {
        Reload r;
        struct stat st;

        reload_begin(&r, "mode = 0600\n");
        reload_write(&r, "mode = 0666\nmax-batch = 5\n");
        reload_ask(&r);
        daemon_log_expect(&r.daemon, "mode: the change needs a restart");
        expect_limit(&r, "batch_calls", 5);
        EXPECT(stat(r.daemon.socket, &st) == 0);
        ck_assert_int_eq(st.st_mode & 0777, 0600);
        ck_assert_ptr_null(strstr(daemon_log_read(&r.daemon), "socket: the change"));
        reload_end(&r);
}
END_TEST

/* Several signals may count as one, but the last one is never lost. */
START_TEST(reload_again_and_again) {
        Reload r;

        reload_begin(&r, "max-batch = 7\n");
        Wire wire = wire_open_at(r.daemon.socket);
        for (int i = 0; i < 200; i++) {
                EXPECT(kill(r.daemon.pid, SIGHUP) == 0);
                wire_call(&wire, "server.ping", "[]", "\"pong\"");
                while (manager_hear(0)[0])
                        ;
        }
        wire_close(&wire);
        reload_end(&r);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("reload");
        TCase *tcase = tcase_create("reload");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, reload_good_file);
        tcase_add_test(tcase, reload_bad_file);
        tcase_add_test(tcase, reload_what_is_fixed);
        tcase_add_test(tcase, reload_again_and_again);
        suite_add_tcase(suite, tcase);
        return suite;
}
