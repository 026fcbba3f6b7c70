/* pipe-producer-consumer: one producer, and two consumers that read from one end.
 *
 * Each item goes to one of the consumers, and at the end of file both stop. Receiving takes two reads, of the length and of
 * the rest; without a lock one consumer could read the length, and another one the rest. The connection holds its lock while
 * it receives a message, but not while it waits for one, so a consumer that dies waiting blocks no other. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "family.h"

enum { MOST_CONSUMERS = 100, MOST_ITEMS = 100000 };

typedef struct Shared {
        shmgr_connection *reader, *writer;
        long n_items, n_consumers;
} Shared;

/* Consuming an item takes a while. */
static void work(void) {
        const struct timespec moment = {.tv_nsec = 2000000};

        nanosleep(&moment, NULL);
}

static int consume(void *userdata, int number) {
        Shared *shared = userdata;
        int n = 0;

        shmgr_connection_close(shared->writer);
        for (;;) {
                struct json_object *item;
                int r = shmgr_connection_recv(shared->reader, &item);
                if (r == -ENODATA)
                        break;
                if (r < 0)
                        return family_fail("shmgr_connection_recv", r);
                printf("consumer %d: item %s\n", number, json_object_get_string(item));
                fflush(stdout);
                json_object_put(item);
                work();
                n++;
        }
        printf("consumer %d: the end of file, after %d item%s\n", number, n, n == 1 ? "" : "s");
        return EXIT_SUCCESS;
}

static int produce(const Shared *shared) {
        int r = 0;

        for (long i = 1; i <= shared->n_items && r >= 0; i++) {
                struct json_object *item = json_object_new_int64(i);
                r = shmgr_connection_send(shared->writer, item);
                json_object_put(item);
        }
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

static int open_and_run(shmgr_manager *manager, Shared *shared) {
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *reader = NULL;
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *writer = NULL;
        __attribute__((cleanup(shmgr_lock_unrefp))) shmgr_lock *lock = NULL;
        int r = shmgr_pipe_pair(manager, 0, &reader, &writer);

        if (r >= 0)
                r = shmgr_lock_open(manager, NULL, SHMGR_CREATE, NULL, &lock);
        if (r < 0) {
                fprintf(stderr, "pipe-producer-consumer: %s\n", shmgr_manager_error(manager));
                return EXIT_FAILURE;
        }
        r = shmgr_connection_set_read_lock(reader, lock);
        if (r < 0)
                return family_fail("shmgr_connection_set_read_lock", r);
        shared->reader = reader;
        shared->writer = writer;
        return run(shared);
}

int main(int argc, char **argv) {
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;
        Shared shared = {.n_items = 10, .n_consumers = 2};

        for (int i = 1; i < argc; i++)
                if (!family_option(argv[i], "items", MOST_ITEMS, &shared.n_items) &&
                    !family_option(argv[i], "consumers", MOST_CONSUMERS, &shared.n_consumers)) {
                        fprintf(stderr,
                                "Usage: pipe-producer-consumer [--items=N] [--consumers=N]\n");
                        return 2;
                }
        int r = shmgr_manager_open(NULL, &manager);
        if (r < 0)
                return family_fail("shmgr_manager_open", r);
        return open_and_run(manager, &shared);
}
