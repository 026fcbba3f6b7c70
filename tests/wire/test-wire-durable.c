/* Durable objects of a real daemon, which is killed: what was acknowledged is there again. */
#include <dirent.h>
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
#include <time.h>
#include <unistd.h>

#if HAVE_SQLITE
#include <sqlite3.h>
#endif

#include "base/macros.h"
#include "random.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/daemon-process.h"
#include "wire/wire.h"

typedef struct Durable {
        DaemonProcess daemon;
        char option[160];
        Wire wire;
} Durable;

static void start(Durable *t, const char *more) {
        const char *const options[] = {t->option, more, NULL};

        ck_assert_int_eq(daemon_process_start(&t->daemon, options), 0);
        t->wire = wire_open_at(t->daemon.socket);
}

/* False where this build has no store. */
static bool begin(Durable *t, const char *more) {
        const char *const options[] = {t->option, more, NULL};

        *t = (Durable){.daemon = daemon_process_new()};
        snprintf(t->option, sizeof(t->option), "--state=%s/state", t->daemon.directory);
        int status = daemon_process_start(&t->daemon, options);
        if (status == EX_CANTCREAT) {
                say_skipped("this build has no SQLite");
                daemon_process_free(&t->daemon);
                return false;
        }
        ck_assert_int_eq(status, 0);
        t->wire = wire_open_at(t->daemon.socket);
        return true;
}

static void end(Durable *t) {
        wire_close(&t->wire);
        daemon_process_end(&t->daemon, SIGTERM);
        daemon_process_free(&t->daemon);
}

static void kill_and_start(Durable *t, const char *more) {
        wire_close(&t->wire);
        ck_assert_int_eq(daemon_process_end(&t->daemon, SIGKILL), -SIGKILL);
        start(t, more);
}

/* A call whose result is not looked at. */
static void call(Wire *wire, const char *method, const char *params) {
        wire_request(wire, 1, method, params);
        ck_assert_ptr_nonnull(strstr(wire_line(wire), "\"result\""));
}

START_TEST(acknowledged_changes_are_there_after_a_kill) {
        Durable t;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "counter.add", "[\"c\",5]", "5");
        call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",[1,\"two\",null]]", "null");
        call(&t.wire, "queue.open",
             "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\",\"order\":\"priority\"}");
        wire_call(&t.wire, "queue.put_many", "[\"q\",[3,1,2]]", "null");
        wire_call(&t.wire, "queue.get", "[\"q\"]", "1");
        call(&t.wire, "queue.reserve", "[\"q\"]");
        call(&t.wire, "counter.open", "{\"name\":\"no\",\"create\":true,\"durable\":\"no\"}");
        kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "5");
        wire_call(&t.wire, "dict.get", "[\"d\",\"k\"]", "[1,\"two\",null]");
        wire_call(&t.wire, "queue.get_many", "[\"q\",9]", "[2,3]");
        wire_request(&t.wire, 7, "counter.get", "[\"no\"]");
        wire_expect_error(&t.wire, "7", -32000, "ENOENT");
        end(&t);
}
END_TEST

/* The interval is longer than the test: only the end writes them. */
START_TEST(a_clean_end_writes_async_changes) {
        static const char interval[] = "--sync-interval=1h";
        Durable t;

        if (!begin(&t, interval))
                return;
        call(&t.wire, "list.open", "{\"name\":\"l\",\"create\":true,\"value\":[1,2]}");
        wire_call(&t.wire, "list.insert", "[\"l\",0,\"first\"]", "null");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        start(&t, interval);
        wire_call(&t.wire, "list.copy", "[\"l\"]", "[\"first\",1,2]");
        wire_call(&t.wire, "list.append", "[\"l\",3]", "null");
        kill_and_start(&t, interval);
        wire_call(&t.wire, "list.copy", "[\"l\"]", "[\"first\",1,2]");
        end(&t);
}
END_TEST

START_TEST(tokens_grow_for_ever) {
        Durable t;
        long long before, after;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "lock.open", "{\"name\":\"l\",\"create\":true}");
        wire_request(&t.wire, 2, "lock.acquire", "[\"l\"]");
        const char *token = strstr(wire_line(&t.wire), "\"token\":");
        ck_assert_ptr_nonnull(token);
        before = atoll(token + strlen("\"token\":"));
        kill_and_start(&t, NULL);
        call(&t.wire, "lock.open", "{\"name\":\"l\",\"create\":true}");
        wire_request(&t.wire, 2, "lock.acquire", "[\"l\"]");
        token = strstr(wire_line(&t.wire), "\"token\":");
        ck_assert_ptr_nonnull(token);
        after = atoll(token + strlen("\"token\":"));
        ck_assert_int_ge(after, before + (1 << 20) - (1 << 10));
        wire_request(&t.wire, 3, "session.hello", "{}");
        ck_assert_ptr_nonnull(strstr(wire_line(&t.wire), "\"token_source\":\"stored\""));
        end(&t);
}
END_TEST

/* Many callers, each with calls in flight, while the daemon is killed: no acknowledged call is lost, and none is there that was not
 * sent. */
START_TEST(kills_under_load_lose_nothing_that_was_acknowledged) {
        enum { CALLERS = 8, KILLS = 12, CALLS = 40, WINDOW = 5 };
        Random random = {.state = 99};
        long long acknowledged = 0, sent = 0;
        Durable t;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        call(&t.wire, "queue.open", "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
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
                start(&t, NULL);
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
                /* Calls that were not acknowledged may have happened. */
                acknowledged = value;
                sent = value;
                while (size < value) {
                        wire_call(&t.wire, "queue.put", "[\"q\",1]", "null");
                        size++;
                }
        }
        end(&t);
}
END_TEST

/* The keys of the elements go on with the objects, so that their next changes meet the right rows. */
START_TEST(a_planned_restart_goes_on_with_the_directory) {
        Durable t;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "list.open",
             "{\"name\":\"l\",\"create\":true,\"durable\":\"sync\",\"value\":[1,2,3,4]}");
        wire_call(&t.wire, "list.pop", "[\"l\",0]", "1");
        call(&t.wire, "queue.open", "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "queue.put_many", "[\"q\",[1,2,3]]", "null");
        call(&t.wire, "server.restart", "[]");
        wire_call(&t.wire, "list.insert", "[\"l\",0,\"first\"]", "null");
        wire_call(&t.wire, "list.pop", "[\"l\"]", "4");
        wire_call(&t.wire, "queue.get", "[\"q\"]", "1");
        wire_call(&t.wire, "queue.put", "[\"q\",4]", "null");
        kill_and_start(&t, NULL);
        wire_call(&t.wire, "list.copy", "[\"l\"]", "[\"first\",2,3]");
        wire_call(&t.wire, "queue.get_many", "[\"q\",9]", "[2,3,4]");
        end(&t);
}
END_TEST

/* With this state directory, or with none. */
static void write_configuration(const char *path, const DaemonProcess *daemon, const char *state) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        ck_assert_int_ge(fd, 0);
        if (state)
                ck_assert_int_gt(dprintf(fd, "state = %s/%s\n", daemon->directory, state), 0);
        close(fd);
}

/* The objects that go on have their rows there; a call of one would have no reply, or another directory some of the rows. */
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
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        call(&t.wire, "counter.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        for (size_t i = 0; i < ELEMENTSOF(changes); i++) {
                write_configuration(path, &t.daemon, changes[i]);
                call(&t.wire, "server.restart", "[]");
                wire_call(&t.wire, "counter.add", "[\"c\"]", i ? "2" : "1");
        }
        write_configuration(path, &t.daemon, "state");
        kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "2");
        wire_call(&t.wire, "counter.get", "[\"d\"]", "0");
        end(&t);
}
END_TEST

typedef struct PassedCase {
        const char *in_file; /* the configuration */
        bool is_kept;
} PassedCase;

/* Whether a counter is there again after a kill, with STATE_DIRECTORY in the environment. */
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
        start(&t, NULL);
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true}");
        call(&t.wire, "counter.open",
             c->is_kept ? "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}" : "[\"c\"]");
        kill(t.daemon.pid, SIGHUP);
        wire_call(&t.wire, "server.ping", "[]", "\"pong\"");
        kill_and_start(&t, NULL);
        wire_request(&t.wire, 1, "counter.get", "[\"d\"]");
        ck_assert_ptr_nonnull(strstr(wire_line(&t.wire), c->is_kept ? "\"result\":0" : "ENOENT"));
        end(&t);
        unsetenv("STATE_DIRECTORY");
}

/* As in the service's unit, which has StateDirectory=: an empty `state` in the file turns it off. */
START_TEST(the_directory_of_the_service) {
        static const PassedCase cases[] = {
                {.in_file = "", .is_kept = HAVE_SQLITE},
                {.in_file = "state =\n", .is_kept = false},
        };

        check_passed(&cases[_i]);
}
END_TEST

/* The daemon can write no file beyond its first bytes: EIO for SQLite. */
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

/* A call that was made before the fault was known waits; later ones are refused or answered, until an administrator resumes. */
START_TEST(a_failed_write_stays_until_an_administrator_resumes) {
        Durable t;

        if (!begin(&t, NULL))
                return;
        Wire other = wire_open_at(t.daemon.socket);
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        call(&t.wire, "queue.open", "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t.wire, "queue.put_many", "[\"q\",[1,2]]", "null");
        call(&other, "queue.reserve", "[\"q\"]");
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
        kill_and_start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "3");
        wire_call(&t.wire, "queue.get_many", "[\"q\",9]", "[2]");
        end(&t);
}
END_TEST

static char small_directory[128];

/* A file system of half a MiB, for the daemon alone. */
static void mount_small(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mkdir(small_directory, 0700) < 0 ||
            mount("small", small_directory, "tmpfs", 0, "size=512k,mode=0700") < 0)
                _exit(EX_CANTCREAT);
}

/* Fills it: the path of the file; false where the test may not. */
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

START_TEST(a_full_disk_heals_by_itself) {
        Durable t = {.daemon = daemon_process_new()};
        char path[256];

        snprintf(small_directory, sizeof(small_directory), "%s/state", t.daemon.directory);
        snprintf(t.option, sizeof(t.option), "--state=%s", small_directory);
        t.daemon.in_child = mount_small;
        const char *const options[] = {t.option, NULL};
        int status = daemon_process_start(&t.daemon, options);
        if (status != 0 || !fill_disk(&t, path, sizeof(path))) {
                ck_assert(status == 0 || status == EX_CANTCREAT);
                say_skipped("no file system can be mounted here, or this build has no SQLite");
                daemon_process_free(&t.daemon);
                return;
        }
        t.wire = wire_open_at(t.daemon.socket);
        ck_assert_int_eq(unlink(path), 0);
        call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
        ck_assert(fill_disk(&t, path, sizeof(path)));
        expect_healed(&t, path);
        end(&t);
}
END_TEST

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

        if (!begin(&t, NULL))
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

/* Makes `state` as the daemon must not find it, with what is there in `kept`. */
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

static int count_files(const char *path) {
        DIR *directory = opendir(path);
        int n = 0;

        ck_assert_ptr_nonnull(directory);
        while (readdir(directory))
                n++;
        closedir(directory);
        return n;
}

/* Nothing is made in it, changed or removed, and the log says what is wrong. */
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
        ck_assert_int_eq(count_files(kept), 2);
        daemon_process_free(&t.daemon);
}
END_TEST

/* A link before the last part of the path is the administrator's. */
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

/* Every page of the file is damaged once: the daemon says so and does not start, or what it reads is right. */
START_TEST(a_damaged_file_is_refused) {
        enum { PAGE = 4096, N = 200 };
        char path[160], copy[PAGE * 64];
        Random random = {.state = 5};
        Durable t;
        int n_refused = 0;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true,\"durable\":\"sync\"}");
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

/* The format is a number in the header of the file, with the most significant byte first. */
START_TEST(another_format_is_refused_and_kept) {
        enum { FORMAT_AT = 63 };
        static const char formats[] = {0, 3, 127};
        char path[160], format, before;
        Durable t;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"value\":5}");
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
        start(&t, NULL);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "5");
        end(&t);
}
END_TEST

#if HAVE_SQLITE

/* The database of a daemon that did not know when objects were used. */
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
        sqlite3 *db;
        char *fault = NULL;

        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        sqlite3_exec(db, sql, NULL, NULL, &fault);
        ck_assert_msg(!fault, "%s", fault);
        ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void expect_used_since(Wire *wire, int64_t since_ms) {
        wire_request(wire, 1, "object.stat", "[\"c\"]");
        const char *line = wire_line(wire), *at = strstr(line, "\"used_ms\":");

        ck_assert_msg(at && strtoll(at + strlen("\"used_ms\":"), NULL, 10) >= since_ms, "%s", line);
}

/* It is brought to the format of this daemon once, and the objects count as used then. */
START_TEST(the_first_format_is_migrated) {
        char path[160];
        Durable t;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"value\":5}");
        call(&t.wire, "list.open", "{\"name\":\"l\",\"create\":true,\"value\":[1,\"two\"]}");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        snprintf(path, sizeof(path), "%s/state/objects.sqlite", t.daemon.directory);
        make_first_format(path);
        int64_t since_ms = ((int64_t)time(NULL) - 60) * 1000;
        for (int i = 0; i < 2; i++) {
                start(&t, NULL);
                expect_used_since(&t.wire, since_ms);
                wire_call(&t.wire, "counter.get", "[\"c\"]", "5");
                wire_call(&t.wire, "list.copy", "[\"l\"]", "[1,\"two\"]");
                call(&t.wire, "list.open",
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

/* Objects with an idle_ttl_ms are deleted, from the disk too, by a daemon that nobody calls. */
START_TEST(an_unused_object_is_deleted) {
        Durable t;

        if (!begin(&t, NULL))
                return;
        call(&t.wire, "counter.open",
             "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\",\"idle_ttl_ms\":1}");
        call(&t.wire, "event.open", "{\"name\":\"e\",\"create\":true}");
        wire_close(&t.wire);
        t.wire = wire_open_at(t.daemon.socket);
        /* Waits until it is gone: the daemon deletes it by its own timer. */
        const char *line = "";
        for (int i = 0; i < 10000 && !strstr(line, "ENOENT"); i++) {
                wire_request(&t.wire, 1, "event.wait", "[\"e\",1]");
                wire_line(&t.wire);
                wire_request(&t.wire, 2, "object.stat", "[\"c\"]");
                line = wire_line(&t.wire);
        }
        ck_assert_ptr_nonnull(strstr(line, "ENOENT"));
        /* This change is on the disk together with the deletion before it. */
        call(&t.wire, "counter.open", "{\"name\":\"s\",\"create\":true,\"durable\":\"sync\"}");
        kill_and_start(&t, NULL);
        wire_request(&t.wire, 7, "counter.get", "[\"c\"]");
        wire_expect_error(&t.wire, "7", -32000, "ENOENT");
        end(&t);
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("wire-durable");
        TCase *c = tcase_create("wire-durable");

        tcase_add_test(c, acknowledged_changes_are_there_after_a_kill);
        tcase_add_test(c, a_clean_end_writes_async_changes);
        tcase_add_test(c, tokens_grow_for_ever);
        tcase_add_test(c, kills_under_load_lose_nothing_that_was_acknowledged);
        tcase_add_test(c, a_planned_restart_goes_on_with_the_directory);
        tcase_add_test(c, a_planned_restart_keeps_the_directory);
        tcase_add_loop_test(c, the_directory_of_the_service, 0, 2);
        tcase_add_test(c, a_failed_write_stays_until_an_administrator_resumes);
        tcase_add_test(c, a_full_disk_heals_by_itself);
        tcase_add_test(c, one_daemon_has_the_directory);
        tcase_add_loop_test(c, a_wrong_directory_is_refused, 0, N_WRONG);
        tcase_add_test(c, a_link_on_the_way_is_followed);
        tcase_add_test(c, a_damaged_file_is_refused);
        tcase_add_test(c, another_format_is_refused_and_kept);
#if HAVE_SQLITE
        tcase_add_test(c, the_first_format_is_migrated);
#endif
        tcase_add_test(c, an_unused_object_is_deleted);
        suite_add_tcase(suite, c);
        return suite;
}
