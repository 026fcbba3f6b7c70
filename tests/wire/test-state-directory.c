/* State directories and databases that a daemon accepts, refuses or migrates. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#if HAVE_SQLITE
#include <sqlite3.h>
#endif

#include "count-files.h"
#include "random.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/durable-daemon.h"

static int try_second(const Durable *t) {
        DaemonProcess second = daemon_process_new();
        const char *const options[] = {t->option, NULL};
        int status = daemon_process_start(&second, options);

        daemon_process_free(&second);
        return status;
}

START_TEST(one_daemon_has_the_directory) {
        Durable t;
        char path[160];

        if (!durable_begin(&t, NULL))
                return;
        snprintf(path, sizeof(path), "%s/state", t.daemon.directory);
        ck_assert_int_eq(try_second(&t), EX_CANTCREAT);
        wire_call(&t.wire, "server.ping", "[]", "\"pong\"");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        ck_assert_int_eq(chmod(path, 0750), 0);
        ck_assert_int_eq(try_second(&t), EX_CANTCREAT);
        ck_assert_int_eq(chmod(path, 0700), 0);
        ck_assert_int_eq(try_second(&t), 0);
        daemon_process_free(&t.daemon);
}
END_TEST

/* ---- Directories that are refused */

typedef enum Wrong {
        DIRECTORY_OF_ANOTHER_USER,
        OTHERS_MAY_WRITE,
        OTHERS_MAY_ENTER,
        LINK_TO_DIRECTORY,
        FILE_OF_ANOTHER_USER,
        LOG_OF_ANOTHER_USER,
        LINK_IN_DIRECTORY,
        N_WRONG,
} Wrong;

static const char *const words_of_wrong[N_WRONG] = {
        [DIRECTORY_OF_ANOTHER_USER] = "/state: it belongs to uid 65534, and the daemon runs as uid",
        [OTHERS_MAY_WRITE] = "/state: other users may enter it: its mode is 0722, and it needs",
        [OTHERS_MAY_ENTER] = "/state: other users may enter it: its mode is 0710, and it needs",
        [LINK_TO_DIRECTORY] = "/state: it is a symbolic link: name the directory that it leads to",
        [FILE_OF_ANOTHER_USER] = "/state: objects.sqlite in it belongs to uid 65534, and",
        [LOG_OF_ANOTHER_USER] = "/state: objects.sqlite-wal in it belongs to uid 65534, and",
        [LINK_IN_DIRECTORY] = "/state: objects.sqlite in it is not a regular file: move it away",
};

static void make_file(const char *directory, const char *name, uid_t uid) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(fchown(fd, uid, (gid_t)-1), 0);
        close(fd);
}

/* Makes `state` in a form that the daemon must refuse; `kept` is the path of its contents. */
static void make_wrong(Wrong wrong, const char *state, const char *kept) {
        char path[256];

        snprintf(path, sizeof(path), "%s/objects.sqlite", state);
        ck_assert_int_eq(mkdir(kept, 0700), 0);
        if (wrong == LINK_TO_DIRECTORY) {
                ck_assert_int_eq(symlink(kept, state), 0);
                return;
        }
        ck_assert_int_eq(mkdir(state, 0700), 0);
        if (wrong == DIRECTORY_OF_ANOTHER_USER)
                ck_assert_int_eq(chown(state, 65534, (gid_t)-1), 0);
        else if (wrong == OTHERS_MAY_WRITE)
                ck_assert_int_eq(chmod(state, 0722), 0);
        else if (wrong == OTHERS_MAY_ENTER)
                ck_assert_int_eq(chmod(state, 0710), 0);
        else if (wrong == FILE_OF_ANOTHER_USER)
                make_file(state, "objects.sqlite", 65534);
        else if (wrong == LOG_OF_ANOTHER_USER)
                make_file(state, "objects.sqlite-wal", 65534);
        else
                ck_assert_int_eq(symlink(kept, path), 0);
}

/* The daemon makes, changes and removes nothing in the directory, and the log says what is wrong. */
START_TEST(a_wrong_directory_is_refused) {
        Wrong wrong = (Wrong)_i;
        char state[128], kept[128];
        struct stat before, after;
        Durable t = {.daemon = daemon_process_new()};

        if (geteuid() != 0 && strstr(words_of_wrong[wrong], "65534")) {
                say_skipped("only root can make files of another user");
                daemon_process_free(&t.daemon);
                return;
        }
        snprintf(state, sizeof(state), "%s/state", t.daemon.directory);
        snprintf(kept, sizeof(kept), "%s/kept", t.daemon.directory);
        make_wrong(wrong, state, kept);
        int n = count_files(state);
        ck_assert_int_eq(stat(state, &before), 0);
        snprintf(t.option, sizeof(t.option), "--state=%s", state);
        const char *const options[] = {t.option, NULL};
        ck_assert_int_eq(daemon_process_start(&t.daemon, options), EX_CANTCREAT);
        if (HAVE_SQLITE)
                daemon_log_expect(&t.daemon, words_of_wrong[wrong]);
        ck_assert_int_eq(stat(state, &after), 0);
        ck_assert(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec &&
                  before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
        ck_assert_int_eq(count_files(state), n);
        ck_assert_int_eq(count_files(kept), 0);
        daemon_process_free(&t.daemon);
}
END_TEST

/* A symbolic link before the last part of the path is allowed: the administrator made it. */
START_TEST(a_link_on_the_way_is_followed) {
        char link[128];
        Durable t = {.daemon = daemon_process_new()};

        snprintf(link, sizeof(link), "%s/link", t.daemon.directory);
        ck_assert_int_eq(symlink(".", link), 0);
        snprintf(t.option, sizeof(t.option), "--state=%s/state", link);
        const char *const options[] = {t.option, NULL};
        ck_assert_int_eq(daemon_process_start(&t.daemon, options), HAVE_SQLITE ? 0 : EX_CANTCREAT);
        daemon_process_free(&t.daemon);
}
END_TEST

/* Each page of the file is damaged once: either the daemon refuses to start, and logs why, or all that it
 * reads is correct. */
START_TEST(a_damaged_file_is_refused) {
        enum { PAGE = 4096, N = 200 };
        char path[160], copy[PAGE * 64];
        Random random = {.state = 5};
        Durable t;
        int n_refused = 0;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        for (int i = 0; i < N; i++) {
                char params[64];
                snprintf(params, sizeof(params), "[\"d\",\"key-%d\",\"value-%d\"]", i, i);
                wire_request(&t.wire, 1, "dict.set", params);
        }
        for (int i = 0; i < N; i++)
                ck_assert_ptr_nonnull(strstr(wire_line(&t.wire), "\"result\""));
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        snprintf(path, sizeof(path), "%s/state/objects.sqlite", t.daemon.directory);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        ssize_t n = pread(fd, copy, sizeof(copy), 0);
        ck_assert_int_gt(n, 2 * PAGE);
        ck_assert_int_lt(n, (int)sizeof(copy));
        for (int i = 0; i < random_rounds(32); i++) {
                off_t at = (off_t)random_below(&random, (uint64_t)n);
                char damaged = (char)(copy[at] ^ (1 << random_below(&random, 8)));
                ck_assert_int_eq(pwrite(fd, &damaged, 1, at), 1);
                const char *const options[] = {t.option, NULL};
                int status = daemon_process_start(&t.daemon, options);
                if (status == 0) {
                        t.wire = wire_open_at(t.daemon.socket);
                        wire_call(&t.wire, "dict.length", "[\"d\"]", "200");
                        wire_call(&t.wire, "dict.get", "[\"d\",\"key-77\"]", "\"value-77\"");
                        wire_close(&t.wire);
                        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
                } else {
                        ck_assert_int_eq(status, EX_CANTCREAT);
                        n_refused++;
                }
                ck_assert_int_eq(pwrite(fd, copy, (size_t)n, 0), n);
                ck_assert_int_eq(ftruncate(fd, n), 0);
        }
        close(fd);
        ck_assert_int_gt(n_refused, 0);
        daemon_process_free(&t.daemon);
}
END_TEST

/* An entry of the index of names leads to another object: the table itself is not damaged. */
START_TEST(a_damaged_index_is_refused) {
        /* A header of four bytes, a text of two, and the number of the object twice. */
        static const char entry[] = "\x04\x11\x01\x01"
                                    "c2\x02\x02";
        char path[160], copy[4096 * 16];
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "counter.open", "{\"name\":\"c1\",\"create\":true}");
        durable_call(&t.wire, "counter.open", "{\"name\":\"c2\",\"create\":true}");
        durable_call(&t.wire, "counter.open", "{\"name\":\"c3\",\"create\":true}");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        snprintf(path, sizeof(path), "%s/state/objects.sqlite", t.daemon.directory);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        ssize_t n = pread(fd, copy, sizeof(copy), 0);
        const char *at = n > 0 ? memmem(copy, (size_t)n, entry, sizeof(entry) - 1) : NULL;
        ck_assert_ptr_nonnull(at);
        ck_assert_int_eq(pwrite(fd, "\x03", 1, at - copy + (off_t)sizeof(entry) - 2 - _i), 1);
        close(fd);
        const char *const options[] = {t.option, NULL};
        ck_assert_int_eq(daemon_process_start(&t.daemon, options), EX_CANTCREAT);
        daemon_log_expect(&t.daemon, "the file is damaged");
        daemon_process_free(&t.daemon);
}
END_TEST

/* The format is a number in the header of the file, big-endian. */
START_TEST(another_format_is_refused_and_kept) {
        enum { FORMAT_AT = 63 };
        static const char formats[] = {0, 3, 127};
        char path[160], format, before;
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"value\":5}");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        snprintf(path, sizeof(path), "%s/state/objects.sqlite", t.daemon.directory);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        ck_assert_int_eq(pread(fd, &before, 1, FORMAT_AT), 1);
        ck_assert_int_eq(before, 2);
        for (size_t i = 0; i < sizeof(formats); i++) {
                ck_assert_int_eq(pwrite(fd, &formats[i], 1, FORMAT_AT), 1);
                ck_assert_int_eq(try_second(&t), EX_CANTCREAT);
                ck_assert_int_eq(pread(fd, &format, 1, FORMAT_AT), 1);
                ck_assert_int_eq(format, formats[i]);
        }
        ck_assert_int_eq(pwrite(fd, &before, 1, FORMAT_AT), 1);
        close(fd);
        durable_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "5");
        durable_end(&t);
}
END_TEST

#if HAVE_SQLITE

static void execute(const char *path, const char *sql) {
        sqlite3 *db;
        char *fault = NULL;

        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        sqlite3_exec(db, sql, NULL, NULL, &fault);
        ck_assert_msg(!fault, "%s", fault);
        ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Tokens above 2^53 would not be exact in JSON, and those below 0 are none. */
START_TEST(damaged_tokens_are_refused) {
        static const char *const numbers[] = {"-1", "1 << 60"};
        char path[160], sql[80];
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        snprintf(path, sizeof(path), "%s/state/objects.sqlite", t.daemon.directory);
        snprintf(sql, sizeof(sql), "UPDATE number SET value = %s", numbers[_i]);
        execute(path, sql);
        ck_assert_int_eq(try_second(&t), EX_CANTCREAT);
        daemon_process_free(&t.daemon);
}
END_TEST

/* Turns the database into one of the first format, which has no times of use. */
static void make_first_format(const char *path) {
        static const char sql[] =
                "BEGIN; DROP INDEX object_name; ALTER TABLE object RENAME TO newer;"
                "CREATE TABLE object (id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT "
                "NULL,"
                " uid INTEGER NOT NULL, gid INTEGER NOT NULL, mode INTEGER NOT NULL,"
                " durable TEXT NOT NULL, max_bytes INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
                " base INTEGER NOT NULL, state TEXT NOT NULL, sum INTEGER NOT NULL);"
                "INSERT INTO object SELECT id, type, name, uid, gid, mode, durable, max_bytes,"
                " created_ms, base, state, sum FROM newer; DROP TABLE newer;"
                "CREATE INDEX object_name ON object (name, id); PRAGMA user_version = 1; COMMIT;";
        execute(path, sql);
}

static void expect_used_since(Wire *wire, int64_t since_ms) {
        wire_request(wire, 1, "object.stat", "[\"c\"]");
        const char *line = wire_line(wire), *at = strstr(line, "\"used_ms\":");

        ck_assert_msg(at && strtoll(at + strlen("\"used_ms\":"), NULL, 10) >= since_ms, "%s", line);
}

/* The database is migrated once, and the objects count as used at that time. */
START_TEST(the_first_format_is_migrated) {
        char path[160];
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"value\":5}");
        durable_call(&t.wire, "list.open",
                     "{\"name\":\"l\",\"create\":true,\"value\":[1,\"two\"]}");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        snprintf(path, sizeof(path), "%s/state/objects.sqlite", t.daemon.directory);
        make_first_format(path);
        int64_t since_ms = ((int64_t)time(NULL) - 60) * 1000;
        for (int i = 0; i < 2; i++) {
                durable_start(&t, NULL);
                expect_used_since(&t.wire, since_ms);
                wire_call(&t.wire, "counter.get", "[\"c\"]", "5");
                wire_call(&t.wire, "list.copy", "[\"l\"]", "[1,\"two\"]");
                durable_call(&t.wire, "list.open",
                             i ? "{\"name\":\"m\",\"idle_ttl_ms\":3600000}"
                               : "{\"name\":\"m\",\"create\":true,"
                                 "\"idle_ttl_ms\":3600000}");
                wire_close(&t.wire);
                ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        }
        daemon_process_free(&t.daemon);
}
END_TEST

#endif

/* A daemon that nobody calls deletes objects with an idle_ttl_ms, from the disk too. */
START_TEST(an_unused_object_is_deleted) {
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\",\"idle_ttl_ms\":1}");
        durable_call(&t.wire, "event.open", "{\"name\":\"e\",\"create\":true}");
        wire_close(&t.wire);
        t.wire = wire_open_at(t.daemon.socket);
        /* Waits until the object is gone: the daemon deletes it by its own timer. */
        const char *line = "";
        for (int i = 0; i < 10000 && !strstr(line, "ENOENT"); i++) {
                wire_request(&t.wire, 1, "event.wait", "[\"e\",1]");
                wire_line(&t.wire);
                wire_request(&t.wire, 2, "object.stat", "[\"c\"]");
                line = wire_line(&t.wire);
        }
        ck_assert_ptr_nonnull(strstr(line, "ENOENT"));
        /* When this change is on the disk, so is the deletion before it. */
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"s\",\"create\":true,\"durable\":\"sync\"}");
        durable_kill_and_start(&t, NULL);
        wire_request(&t.wire, 7, "counter.get", "[\"c\"]");
        wire_expect_error(&t.wire, "7", -32000, "ENOENT");
        durable_end(&t);
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("state-directory");
        TCase *c = tcase_create("state-directory");

        tcase_add_test(c, one_daemon_has_the_directory);
        tcase_add_loop_test(c, a_wrong_directory_is_refused, 0, N_WRONG);
        tcase_add_test(c, a_link_on_the_way_is_followed);
        tcase_add_test(c, a_damaged_file_is_refused);
        tcase_add_loop_test(c, a_damaged_index_is_refused, 0, 2);
        tcase_add_test(c, another_format_is_refused_and_kept);
#if HAVE_SQLITE
        tcase_add_loop_test(c, damaged_tokens_are_refused, 0, 2);
        tcase_add_test(c, the_first_format_is_migrated);
#endif
        tcase_add_test(c, an_unused_object_is_deleted);
        suite_add_tcase(suite, c);
        return suite;
}
