/* When the store syncs its files, and what happens if a sync fails. It runs in the process of the test, whose
 * fdatasync() and fsync() SQLite calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <event2/event.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/world.h"

#if HAVE_SQLITE
#include "store/storing.h"
#include "stored.h"

static unsigned n_syncs, n_parent_syncs;
static struct stat parent; /* of the state directory */
static struct stat broken; /* a file whose syncs fail */
static bool syncs_fail;

static int sync_file(long number, int fd) {
        struct stat st;

        n_syncs++;
        EXPECT(fstat(fd, &st) == 0);
        if (st.st_dev == parent.st_dev && st.st_ino == parent.st_ino)
                n_parent_syncs++;
        bool is_broken = st.st_dev == broken.st_dev && st.st_ino == broken.st_ino;
        if (!syncs_fail && !is_broken)
                return (int)syscall(number, fd);
        errno = EIO;
        return -1;
}

__attribute__((visibility("default"))) int fdatasync(int fd) {
        return sync_file(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int fsync(int fd) {
        return sync_file(SYS_fsync, fd);
}

static char directory[] = "/tmp/shmgr-store-XXXXXX";

static void remove_directory(void) {
        static const char *const files[] = {"lock", "objects.sqlite", "objects.sqlite-wal",
                                            "objects.sqlite-shm"};
        char path[64];

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                snprintf(path, sizeof(path), "%s/%s", directory, files[i]);
                unlink(path);
        }
        EXPECT(rmdir(directory) == 0);
}

/* The store of a daemon, as its loop uses it. */
typedef struct StoredWorld {
        struct event_base *base;
        World *world;
        Storing storing;
} StoredWorld;

static void stored_world_init(StoredWorld *s) {
        s->base = event_base_new();
        s->world = world_new();
        EXPECT(s->base && mkdtemp(directory));
        s->world->options.state = directory;
        storing_init(&s->storing);
}

static int stored_world_start(StoredWorld *s, StoringStart how) {
        return storing_start(&s->storing, s->base, s->world->turn.core, &s->world->options, how);
}

static void stored_world_deinit(StoredWorld *s) {
        s->world->options.state = NULL;
        world_free(s->world);
        event_base_free(s->base);
        remove_directory();
}

static Store *writer_begin(Writer *w) {
        char fault[STORE_FAULT_MAX];
        Store *store;

        EXPECT(mkdtemp(directory));
        EXPECT(store_open(directory, true, &store, fault) == 0);
        EXPECT(writer_init(w, store) == 0);
        return store;
}

static void writer_end(Writer *w, Store *store) {
        writer_deinit(w);
        store_close(store);
        remove_directory();
}

/* Writes a transaction, and returns its result. */
static int write_rows(Writer *w, Buffer *rows, bool reopens) {
        int result;

        writer_submit(w, rows, 0, reopens);
        EXPECT(writer_wait(w, 10000));
        EXPECT(writer_take(w, &result, rows));
        buffer_deinit(rows);
        return result;
}

static int write_nothing(Writer *w) {
        Buffer rows = {0};

        return write_rows(w, &rows, false);
}

/* Before its first transaction the writer makes the log longer. An error of that sync may be that of any write before,
 * and the kernel reports it once. */
START_TEST(sync_of_the_longer_log_fails) {
        char fault[STORE_FAULT_MAX];
        Buffer none = {0};
        Writer w;
        Store *store = writer_begin(&w);

        EXPECT(store_write(store, &none, 1, fault) == 0);
        syncs_fail = true;
        ck_assert_int_eq(write_nothing(&w), -EIO);
        EXPECT(strstr(w.fault, "cannot be synced"));
        syncs_fail = false;
        ck_assert_int_eq(write_nothing(&w), 0);
        writer_end(&w, store);
}
END_TEST

/* Adds elements that take a page each. */
static void add_elements(Buffer *rows, int n) {
        static char text[3000];

        memset(text, '1', sizeof(text));
        for (int i = 0; i < n; i++) {
                StoredOp op = {.kind = STORED_PUT_ELEMENT, .n = sizeof(text), .id = 1, .first = i};
                EXPECT(buffer_append(rows, &op, sizeof(op)) == 0);
                EXPECT(buffer_append(rows, text, sizeof(text)) == 0);
        }
}

/* The log is moved into the database after the reply. If that fails, the log has everything, but it would grow without
 * end: so the next transaction fails, until an administrator resumes the store. */
START_TEST(the_log_cannot_be_moved) {
        char path[64];
        Buffer rows = {0};
        Writer w;
        Store *store = writer_begin(&w);

        snprintf(path, sizeof(path), "%s/objects.sqlite", directory);
        EXPECT(stat(path, &broken) == 0);
        add_elements(&rows, 1100);
        ck_assert_int_eq(write_rows(&w, &rows, false), 0);
        ck_assert_int_eq(write_nothing(&w), -EIO);
        EXPECT(strstr(w.fault, "objects.sqlite"));
        ck_assert_int_eq(write_nothing(&w), -EIO);
        broken = (struct stat){.st_ino = 0};
        ck_assert_int_eq(write_rows(&w, &rows, true), 0);
        ck_assert_int_eq(write_nothing(&w), 0);
        writer_end(&w, store);
}
END_TEST

/* A start may have read a transaction that a killed daemon wrote and did not sync. */
START_TEST(start_syncs_what_it_has_read) {
        StoredWorld s;

        stored_world_init(&s);
        for (int i = 0; i < 2; i++) {
                n_syncs = 0;
                EXPECT(stored_world_start(&s, STORING_FIRST) == 0);
                EXPECT(n_syncs > 0);
                EXPECT(storing_flush(&s.storing, 10000));
                storing_end(&s.storing);
        }
        stored_world_deinit(&s);
}
END_TEST

/* A daemon that was killed may have made the directory without syncing its name. */
START_TEST(start_syncs_the_name_of_a_directory_without_a_database) {
        StoredWorld s;

        stored_world_init(&s);
        EXPECT(stat("/tmp", &parent) == 0);
        for (int i = 0; i < 2; i++) {
                n_parent_syncs = 0;
                EXPECT(stored_world_start(&s, STORING_FIRST) == 0);
                ck_assert_int_eq(n_parent_syncs, i == 0);
                storing_end(&s.storing);
        }
        stored_world_deinit(&s);
}
END_TEST

/* After a restart that failed at last no other program continues: the changes that this one cannot store are refused. */
START_TEST(a_store_that_cannot_be_opened_again) {
        StoredWorld s;

        stored_world_init(&s);
        EXPECT(stored_world_start(&s, STORING_FIRST) == 0);
        EXPECT(storing_flush(&s.storing, 10000));
        storing_leave(&s.storing);
        EXPECT(chmod(directory, 0750) == 0);
        ck_assert_int_eq(stored_world_start(&s, STORING_AGAIN), 0);
        ck_assert(core_counts(s.world->turn.core).has_store);
        ck_assert_int_eq(core_counts(s.world->turn.core).store_fault, EIO);
        EXPECT(storing_turn(&s.storing));
        ck_assert(storing_has_failed(&s.storing));
        EXPECT(chmod(directory, 0700) == 0);
        storing_end(&s.storing);
        stored_world_deinit(&s);
}
END_TEST
#endif

static Suite *make_suite(void) {
        Suite *suite = suite_create("store");
#if HAVE_SQLITE
        TCase *tcase = tcase_create("syncs");

        tcase_add_test(tcase, sync_of_the_longer_log_fails);
        tcase_add_test(tcase, the_log_cannot_be_moved);
        tcase_add_test(tcase, start_syncs_what_it_has_read);
        tcase_add_test(tcase, start_syncs_the_name_of_a_directory_without_a_database);
        tcase_add_test(tcase, a_store_that_cannot_be_opened_again);
        suite_add_tcase(suite, tcase);
#endif
        return suite;
}
