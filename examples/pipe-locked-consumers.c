/* pipe-locked-consumers: thirty items, and consumers that take turns under a named lock.
 *
 * This is the other way to share an end: the consumers hold a lock of their own around each item, and stop at a
 * sentinel, of which the producer writes one for each consumer. The lock has a name, so each consumer opens it
 * itself, and any other program could join them. Waiting consumers get the lock in the order of their calls, so
 * each consumes about as many items. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "family.h"

enum { MOST_CONSUMERS = 100, MOST_ITEMS = 100000 };

typedef struct Shared {
        shmgr_manager *manager;
        shmgr_connection *reader, *writer;
        char lock_name[64];
        long n_items, n_consumers;
} Shared;

/* Takes one turn. Returns 1 if it read an item, 0 for a sentinel (null), or -errno. */
static int take_turn(const Shared *shared, shmgr_lock *lock, int number) {
        struct json_object *item;
        int r = shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL);

        if (r < 0)
                return r;
        r = shmgr_connection_recv(shared->reader, &item);
        if (r >= 0 && item) {
                printf("consumer %d: item %s\n", number, json_object_get_string(item));
                fflush(stdout);
                r = 1;
        }
        int r_release = shmgr_lock_release(lock);
        if (r > 0)
                json_object_put(item);
        return r < 0 ? r : r_release < 0 ? r_release : r;
}

static int consume(void *userdata, int number) {
        __attribute__((cleanup(shmgr_lock_unrefp))) shmgr_lock *lock = NULL;
        Shared *shared = userdata;
        int n = 0;

        shmgr_connection_close(shared->writer);
        int r = shmgr_lock_open(shared->manager, shared->lock_name, 0, NULL, &lock);
        if (r < 0)
                return family_fail("shmgr_lock_open", r);
        while ((r = take_turn(shared, lock, number)) > 0)
                n++;
        if (r < 0)
                return family_fail("take_turn", r);
        printf("consumer %d: the sentinel, after %d item%s\n", number, n, n == 1 ? "" : "s");
        return EXIT_SUCCESS;
}

static int produce(const Shared *shared) {
        int r = 0;

        for (long i = 1; i <= shared->n_items && r >= 0; i++) {
                struct json_object *item = json_object_new_int64(i);
                r = shmgr_connection_send(shared->writer, item);
                json_object_put(item);
        }
        for (long i = 0; i < shared->n_consumers && r >= 0; i++)
                r = shmgr_connection_send(shared->writer, NULL);
        return r < 0 ? family_fail("shmgr_connection_send", r) : EXIT_SUCCESS;
}

static int run(Shared *shared) {
        pid_t pids[MOST_CONSUMERS];
        int n = family_fork_all((int)shared->n_consumers, pids, consume, shared);
        bool is_complete = n == shared->n_consumers;

        shmgr_connection_close(shared->reader);
        int status = is_complete ? produce(shared) : EXIT_FAILURE;
        shmgr_connection_close(shared->writer);
        return family_join_all(n, pids) == EXIT_SUCCESS ? status : EXIT_FAILURE;
}

static int open_and_run(Shared *shared) {
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *reader = NULL;
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *writer = NULL;
        __attribute__((cleanup(shmgr_lock_unrefp))) shmgr_lock *lock = NULL;
        int r = shmgr_pipe_pair(shared->manager, 0, &reader, &writer);

        snprintf(shared->lock_name, sizeof(shared->lock_name), "pipe-locked-consumers.%d",
                 (int)getpid());
        if (r >= 0)
                r = shmgr_lock_open(shared->manager, shared->lock_name,
                                    SHMGR_CREATE | SHMGR_EPHEMERAL, NULL, &lock);
        if (r < 0) {
                fprintf(stderr, "pipe-locked-consumers: %s\n",
                        shmgr_manager_error(shared->manager));
                return EXIT_FAILURE;
        }
        shared->reader = reader;
        shared->writer = writer;
        return run(shared);
}

int main(int argc, char **argv) {
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;
        Shared shared = {.n_items = 30, .n_consumers = 3};

        for (int i = 1; i < argc; i++)
                if (!family_option(argv[i], "items", MOST_ITEMS, &shared.n_items) &&
                    !family_option(argv[i], "consumers", MOST_CONSUMERS, &shared.n_consumers)) {
                        fprintf(stderr,
                                "Usage: pipe-locked-consumers [--items=N] [--consumers=N]\n");
                        return 2;
                }
        int r = shmgr_manager_open(NULL, &manager);
        if (r < 0)
                return family_fail("shmgr_manager_open", r);
        shared.manager = manager;
        return open_and_run(&shared);
}
