/* Durable objects of a real daemon that is killed: acknowledged changes are there after the next start. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/macros.h"
#include "random.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/durable-daemon.h"

START_TEST(acknowledged_changes_are_there_after_a_kill) {
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "counter.add", "[\"c\",5]", "5");
        durable_call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",[1,\"two\",null]]", "null");
        durable_call(
                &t.wire, "queue.open",
                "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\",\"order\":\"priority\"}");
        wire_call(&t.wire, "queue.put_many", "[\"q\",[3,1,2]]", "null");
        wire_call(&t.wire, "queue.get", "[\"q\"]", "1");
        durable_call(&t.wire, "queue.reserve", "[\"q\"]");
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"no\",\"create\":true,\"durable\":\"no\"}");
        durable_kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "5");
        wire_call(&t.wire, "dict.get", "[\"d\",\"k\"]", "[1,\"two\",null]");
        wire_call(&t.wire, "queue.get_many", "[\"q\",9]", "[2,3]");
        wire_request(&t.wire, 7, "counter.get", "[\"no\"]");
        wire_expect_error(&t.wire, "7", -32000, "ENOENT");
        durable_end(&t);
}
END_TEST

/* The interval is longer than the test: only the daemon's end writes these changes. */
START_TEST(a_clean_end_writes_async_changes) {
        static const char interval[] = "--sync-interval=1h";
        Durable t;

        if (!durable_begin(&t, interval))
                return;
        durable_call(&t.wire, "list.open", "{\"name\":\"l\",\"create\":true,\"value\":[1,2]}");
        wire_call(&t.wire, "list.insert", "[\"l\",0,\"first\"]", "null");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        durable_start(&t, interval);
        wire_call(&t.wire, "list.copy", "[\"l\"]", "[\"first\",1,2]");
        wire_call(&t.wire, "list.append", "[\"l\",3]", "null");
        durable_kill_and_start(&t, interval);
        wire_call(&t.wire, "list.copy", "[\"l\"]", "[\"first\",1,2]");
        durable_end(&t);
}
END_TEST

static off_t size_of_log(const Durable *t) {
        struct stat st;
        int directory = open(strchr(t->option, '=') + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(directory, 0);
        ck_assert_int_eq(fstatat(directory, "objects.sqlite-wal", &st, 0), 0);
        close(directory);
        return st.st_size;
}

/* The first change makes it as long as it is between two checkpoints, so no other change makes it longer. A start writes only a little. */
START_TEST(the_log_does_not_grow) {
        enum { CHANGES = 50, LEAST = 1000 * 4096 };
        Durable t;
        char sum[8];

        if (!durable_begin(&t, NULL))
                return;
        ck_assert_int_lt(size_of_log(&t), LEAST);
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        off_t size = size_of_log(&t);
        ck_assert_int_ge(size, LEAST);
        for (int i = 1; i <= CHANGES; i++) {
                snprintf(sum, sizeof(sum), "%d", i);
                wire_call(&t.wire, "counter.add", "[\"c\",1]", sum);
                ck_assert_int_eq(size_of_log(&t), size);
        }
        durable_kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", sum);
        ck_assert_int_eq(size_of_log(&t), size);
        durable_end(&t);
}
END_TEST

START_TEST(tokens_grow_for_ever) {
        Durable t;
        long long before, after;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "lock.open", "{\"name\":\"l\",\"create\":true}");
        wire_request(&t.wire, 2, "lock.acquire", "[\"l\"]");
        const char *token = strstr(wire_line(&t.wire), "\"token\":");
        ck_assert_ptr_nonnull(token);
        before = atoll(token + strlen("\"token\":"));
        durable_kill_and_start(&t, NULL);
        durable_call(&t.wire, "lock.open", "{\"name\":\"l\",\"create\":true}");
        wire_request(&t.wire, 2, "lock.acquire", "[\"l\"]");
        token = strstr(wire_line(&t.wire), "\"token\":");
        ck_assert_ptr_nonnull(token);
        after = atoll(token + strlen("\"token\":"));
        ck_assert_int_ge(after, before + (1 << 20) - (1 << 10));
        wire_request(&t.wire, 3, "session.hello", "{}");
        ck_assert_ptr_nonnull(strstr(wire_line(&t.wire), "\"token_source\":\"stored\""));
        durable_end(&t);
}
END_TEST

/* The daemon is killed while many callers have calls in flight: no acknowledged change is lost, and none appears that was
 * not sent. */
START_TEST(kills_under_load_lose_nothing_that_was_acknowledged) {
        enum { CALLERS = 8, KILLS = 12, CALLS = 40, WINDOW = 5 };
        Random random = {.state = 99};
        long long acknowledged = 0, sent = 0;
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        durable_call(&t.wire, "queue.open",
                     "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
        for (int n = 0; n < random_rounds(KILLS); n++) {
                Wire wires[CALLERS];
                for (int i = 0; i < CALLERS; i++)
                        wires[i] = wire_open_at(t.daemon.socket);
                int n_before_kill = 1 + (int)random_below(&random, CALLS);
                for (int i = 0; i < n_before_kill; i++) {
                        Wire *wire = &wires[i % CALLERS];
                        for (int k = 0; k < WINDOW; k++, sent++) {
                                wire_request(wire, k, "counter.add", "[\"c\"]");
                                wire_request(wire, k, "queue.put", "[\"q\",1]");
                        }
                        for (int k = 0; k < WINDOW - 1; k++, acknowledged++) {
                                ck_assert_ptr_nonnull(strstr(wire_line(wire), "\"result\""));
                                ck_assert_ptr_nonnull(strstr(wire_line(wire), "\"result\""));
                        }
                }
                wire_close(&t.wire);
                ck_assert_int_eq(daemon_process_end(&t.daemon, SIGKILL), -SIGKILL);
                for (int i = 0; i < CALLERS; i++)
                        wire_close(&wires[i]);
                durable_start(&t, NULL);
                wire_request(&t.wire, 1, "counter.get", "[\"c\"]");
                const char *line = wire_line(&t.wire);
                long long value = atoll(strstr(line, "\"result\":") + strlen("\"result\":"));
                wire_request(&t.wire, 1, "queue.size", "[\"q\"]");
                line = wire_line(&t.wire);
                long long size = atoll(strstr(line, "\"result\":") + strlen("\"result\":"));
                ck_assert_msg(value >= acknowledged && value <= sent && size >= acknowledged &&
                                      size <= value,
                              "%lld calls were acknowledged, %lld sent: the counter is %lld, and "
                              "the queue has %lld",
                              acknowledged, sent, value, size);
                /* An unacknowledged call may have been carried out. */
                acknowledged = value;
                sent = value;
                while (size < value) {
                        wire_call(&t.wire, "queue.put", "[\"q\",1]", "null");
                        size++;
                }
        }
        durable_end(&t);
}
END_TEST

/* The keys of the elements survive the restart, so that later changes reach the right rows. */
START_TEST(a_planned_restart_goes_on_with_the_directory) {
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "list.open",
                     "{\"name\":\"l\",\"create\":true,\"durable\":\"sync\",\"value\":[1,2,3,4]}");
        wire_call(&t.wire, "list.pop", "[\"l\",0]", "1");
        durable_call(&t.wire, "queue.open",
                     "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "queue.put_many", "[\"q\",[1,2,3]]", "null");
        durable_call(&t.wire, "server.restart", "[]");
        wire_call(&t.wire, "list.insert", "[\"l\",0,\"first\"]", "null");
        wire_call(&t.wire, "list.pop", "[\"l\"]", "4");
        wire_call(&t.wire, "queue.get", "[\"q\"]", "1");
        wire_call(&t.wire, "queue.put", "[\"q\",4]", "null");
        durable_kill_and_start(&t, NULL);
        wire_call(&t.wire, "list.copy", "[\"l\"]", "[\"first\",2,3]");
        wire_call(&t.wire, "queue.get_many", "[\"q\",9]", "[2,3,4]");
        durable_end(&t);
}
END_TEST

/* Writes a configuration with this state directory, or with none. */
static void write_configuration(const char *path, const DaemonProcess *daemon, const char *state) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        ck_assert_int_ge(fd, 0);
        if (state)
                ck_assert_int_gt(dprintf(fd, "state = %s/%s\n", daemon->directory, state), 0);
        close(fd);
}

/* A restart must not change the directory: calls on objects with rows in the old one would get no reply, or the new one
 * would get only some of the rows. */
START_TEST(a_planned_restart_keeps_the_directory) {
        static const char *const changes[] = {NULL, "other"};
        char path[160];
        Durable t = {.daemon = daemon_process_new()};

        snprintf(path, sizeof(path), "%s/conf", t.daemon.directory);
        snprintf(t.option, sizeof(t.option), "--config=%.140s", path);
        write_configuration(path, &t.daemon, "state");
        const char *const options[] = {t.option, NULL};
        if (daemon_process_start(&t.daemon, options) != 0) {
                say_skipped("this build has no SQLite");
                daemon_process_free(&t.daemon);
                return;
        }
        t.wire = wire_open_at(t.daemon.socket);
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        for (size_t i = 0; i < ELEMENTSOF(changes); i++) {
                write_configuration(path, &t.daemon, changes[i]);
                durable_call(&t.wire, "server.restart", "[]");
                wire_call(&t.wire, "counter.add", "[\"c\"]", i ? "2" : "1");
        }
        write_configuration(path, &t.daemon, "state");
        durable_kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "2");
        wire_call(&t.wire, "counter.get", "[\"d\"]", "0");
        durable_end(&t);
}
END_TEST

typedef struct PassedCase {
        const char *in_file; /* the value in the configuration file */
        bool is_kept;
} PassedCase;

/* Kills the daemon and asserts whether a counter survived, with STATE_DIRECTORY in the environment. */
static void check_passed(const PassedCase *c) {
        char path[160], passed[160];
        Durable t = {.daemon = daemon_process_new()};

        snprintf(path, sizeof(path), "%s/conf", t.daemon.directory);
        snprintf(t.option, sizeof(t.option), "--config=%.140s", path);
        snprintf(passed, sizeof(passed), "%s/passed:/nowhere", t.daemon.directory);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_ge(dprintf(fd, "%s", c->in_file), 0);
        close(fd);
        ck_assert_int_eq(setenv("STATE_DIRECTORY", passed, 1), 0);
        durable_start(&t, NULL);
        durable_call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true}");
        durable_call(&t.wire, "counter.open",
                     c->is_kept ? "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}"
                                : "[\"c\"]");
        kill(t.daemon.pid, SIGHUP);
        wire_call(&t.wire, "server.ping", "[]", "\"pong\"");
        durable_kill_and_start(&t, NULL);
        wire_request(&t.wire, 1, "counter.get", "[\"d\"]");
        ck_assert_ptr_nonnull(strstr(wire_line(&t.wire), c->is_kept ? "\"result\":0" : "ENOENT"));
        durable_end(&t);
        unsetenv("STATE_DIRECTORY");
}

/* The service's unit has StateDirectory=; an empty `state` in the file turns that off. */
START_TEST(the_directory_of_the_service) {
        static const PassedCase cases[] = {
                {.in_file = "", .is_kept = HAVE_SQLITE},
                {.in_file = "state =\n", .is_kept = false},
        };

        check_passed(&cases[_i]);
}
END_TEST

/* Limits the size of the daemon's files to their first bytes, so that writes of SQLite fail with EIO. */
static void set_writable(const Durable *t, bool is_writable) {
        struct rlimit limit;

        ck_assert_int_eq(prlimit(t->daemon.pid, RLIMIT_FSIZE, NULL, &limit), 0);
        limit.rlim_cur = is_writable ? limit.rlim_max : 16;
        ck_assert_int_eq(prlimit(t->daemon.pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static void await_fault(Wire *wire, const char *fault) {
        for (int i = 0; i < 100000; i++) {
                wire_request(wire, 1, "server.stats", "[]");
                const char *line = wire_line(wire);
                ck_assert_ptr_nonnull(line);
                if (strstr(line, fault))
                        return;
        }
        ck_abort_msg("the fault was not told");
}

/* A call made before the fault is known waits; later ones are refused or answered, until an administrator resumes the store. */
START_TEST(a_failed_write_stays_until_an_administrator_resumes) {
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        Wire other = wire_open_at(t.daemon.socket);
        durable_call(&t.wire, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        durable_call(&t.wire, "queue.open",
                     "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "queue.put_many", "[\"q\",[1,2]]", "null");
        durable_call(&other, "queue.reserve", "[\"q\"]");
        wire_call(&other, "server.resume", "[]", "false");
        wire_call(&t.wire, "counter.add", "[\"c\"]", "1");
        set_writable(&t, false);
        wire_request(&t.wire, 5, "counter.add", "[\"c\"]");
        await_fault(&other, "\"fault\":\"EIO\"");
        wire_call(&other, "counter.get", "[\"c\"]", "2");
        wire_request(&other, 6, "counter.add", "[\"c\"]");
        wire_expect_error(&other, "6", -32000, "EIO");
        wire_request(&other, 7, "dict.open", "[\"d\",true]");
        wire_expect_error(&other, "7", -32000, "EIO");
        wire_call(&other, "queue.ack", "[\"q\",1]", "null");
        ck_assert(!wire_wait(&t.wire, 0));
        set_writable(&t, true);
        wire_call(&other, "server.resume", "[]", "true");
        wire_expect_result(&t.wire, 5, "2");
        wire_call(&other, "counter.add", "[\"c\"]", "3");
        wire_close(&other);
        durable_kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "3");
        wire_call(&t.wire, "queue.get_many", "[\"q\",9]", "[2]");
        durable_end(&t);
}
END_TEST

static char small_directory[128];

/* Mounts a file system of half a MiB that only the daemon sees. */
static void mount_small(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mkdir(small_directory, 0700) < 0 ||
            mount("small", small_directory, "tmpfs", 0, "size=512k,mode=0700") < 0)
                _exit(EX_CANTCREAT);
}

/* Fills the file system by one file and writes its path; false if the test lacks the permission. */
static bool fill_disk(const Durable *t, char *path, size_t size) {
        static const char zeros[4096];

        snprintf(path, size, "/proc/%d/root%s/fill", (int)t->daemon.pid, small_directory);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return false;
        while (write(fd, zeros, sizeof(zeros)) > 0)
                ;
        close(fd);
        return true;
}

static void expect_healed(Durable *t, const char *path) {
        static char line[40000];
        Wire other = wire_open_at(t->daemon.socket);

        snprintf(line, sizeof(line),
                 "{\"jsonrpc\":\"2.0\",\"method\":\"dict.set\",\"params\":[\"d\",\"k\",\"%"
                 "032768d\"],"
                 "\"id\":5}\n",
                 0);
        wire_send(&t->wire, line);
        await_fault(&other, "\"fault\":\"ENOSPC\"");
        wire_request(&other, 6, "dict.set", "[\"d\",\"k\",1]");
        wire_expect_error(&other, "6", -32000, "ENOSPC");
        wire_call(&other, "dict.length", "[\"d\"]", "1");
        ck_assert(!wire_wait(&t->wire, 0));
        ck_assert_int_eq(unlink(path), 0);
        wire_expect_result(&t->wire, 5, "null");
        wire_call(&other, "dict.set", "[\"d\",\"k\",1]", "null");
        wire_close(&other);
}

/* Starts a daemon whose directory is a file system of half a MiB; writes the path of a file that can fill it. Returns
 * false if the test is skipped. */
static bool begin_small(Durable *t, char *path, size_t size) {
        *t = (Durable){.daemon = daemon_process_new()};
        snprintf(small_directory, sizeof(small_directory), "%s/state", t->daemon.directory);
        snprintf(t->option, sizeof(t->option), "--state=%s", small_directory);
        t->daemon.in_child = mount_small;
        const char *const options[] = {t->option, NULL};
        int status = daemon_process_start(&t->daemon, options);
        if (status != 0 || !fill_disk(t, path, size)) {
                ck_assert(status == 0 || status == EX_CANTCREAT);
                say_skipped("no file system can be mounted here, or this build has no SQLite");
                daemon_process_free(&t->daemon);
                return false;
        }
        ck_assert_int_eq(unlink(path), 0);
        t->wire = wire_open_at(t->daemon.socket);
        durable_call(&t->wire, "dict.open",
                     "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        return true;
}

START_TEST(a_full_disk_heals_by_itself) {
        Durable t;
        char path[256];

        if (!begin_small(&t, path, sizeof(path)))
                return;
        ck_assert(fill_disk(&t, path, sizeof(path)));
        expect_healed(&t, path);
        durable_end(&t);
}
END_TEST

/* Makes a second name of a file beside the filler, so that its removal makes no room. */
static void keep_room_taken(const char *filler, const char *name) {
        char from[320], to[320];
        int n = (int)(strrchr(filler, '/') - filler);

        snprintf(from, sizeof(from), "%.*s/%s", n, filler, name);
        snprintf(to, sizeof(to), "%.*s/%s.kept", n, filler, name);
        ck_assert_int_eq(link(from, to), 0);
}

/* The next program cannot open the database, whose files lack room: it goes on with the objects that it has, and refuses
 * changes until the disk has room. */
START_TEST(a_restart_while_the_disk_is_full) {
        Durable t;
        char path[256];

        if (!begin_small(&t, path, sizeof(path)))
                return;
        durable_call(&t.wire, "lock.open", "[\"l\",true]");
        durable_call(&t.wire, "lock.acquire", "[\"l\"]");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",1]", "null");
        /* The database has all pages now, so the log can be moved into it without room. */
        durable_call(&t.wire, "server.restart", "[]");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",1]", "null");
        ck_assert(fill_disk(&t, path, sizeof(path)));
        keep_room_taken(path, "objects.sqlite-wal");
        keep_room_taken(path, "objects.sqlite-shm");
        durable_call(&t.wire, "server.restart", "[]");
        await_fault(&t.wire, "\"fault\":\"ENOSPC\"");
        wire_call(&t.wire, "dict.get", "[\"d\",\"k\"]", "1");
        wire_request(&t.wire, 6, "dict.set", "[\"d\",\"k\",2]");
        wire_expect_error(&t.wire, "6", -32000, "ENOSPC");
        /* Nothing is left to be written, so the next restart is not refused. */
        durable_call(&t.wire, "server.restart", "[]");
        wire_call(&t.wire, "dict.get", "[\"d\",\"k\"]", "1");
        ck_assert_int_eq(unlink(path), 0);
        daemon_log_await(&t.daemon, "durable objects can be changed again");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",2]", "null");
        durable_call(&t.wire, "lock.release", "[\"l\"]");
        durable_end(&t);
}
END_TEST

/* A new database would get what changes, and so half of each object: nothing is written. */
START_TEST(a_restart_after_the_database_was_removed) {
        static const char *const files[] = {"objects.sqlite", "objects.sqlite-wal",
                                            "objects.sqlite-shm"};
        char path[200];
        Durable t;

        if (!durable_begin(&t, NULL))
                return;
        durable_call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",1]", "null");
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                snprintf(path, sizeof(path), "%s/state/%s", t.daemon.directory, files[i]);
                ck_assert_int_eq(unlink(path), 0);
        }
        durable_call(&t.wire, "server.restart", "[]");
        await_fault(&t.wire, "\"fault\":\"EIO\"");
        wire_call(&t.wire, "dict.get", "[\"d\",\"k\"]", "1");
        wire_request(&t.wire, 6, "dict.set", "[\"d\",\"l\",2]");
        wire_expect_error(&t.wire, "6", -32000, "EIO");
        wire_call(&t.wire, "server.resume", "[]", "true");
        await_fault(&t.wire, "\"fault\":\"EIO\"");
        durable_end(&t);
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("wire-durable");
        TCase *c = tcase_create("wire-durable");

        tcase_add_test(c, acknowledged_changes_are_there_after_a_kill);
        tcase_add_test(c, a_clean_end_writes_async_changes);
        tcase_add_test(c, the_log_does_not_grow);
        tcase_add_test(c, tokens_grow_for_ever);
        tcase_add_test(c, kills_under_load_lose_nothing_that_was_acknowledged);
        tcase_add_test(c, a_planned_restart_goes_on_with_the_directory);
        tcase_add_test(c, a_planned_restart_keeps_the_directory);
        tcase_add_loop_test(c, the_directory_of_the_service, 0, 2);
        tcase_add_test(c, a_failed_write_stays_until_an_administrator_resumes);
        tcase_add_test(c, a_full_disk_heals_by_itself);
        tcase_add_test(c, a_restart_while_the_disk_is_full);
        tcase_add_test(c, a_restart_after_the_database_was_removed);
        suite_add_tcase(suite, c);
        return suite;
}
