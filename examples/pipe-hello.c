/* pipe-hello: a parent writes "hello world!" twenty times, and its child reads until the end of file.
 *
 * The child opens the reader's end by the pipe's name. The parent has the writer's end; the child inherits a copy
 * by the fork, like any descriptor, and must close it. The end of file comes when no process has the writer's end
 * open. A child that keeps its copy waits for ever: for an end of file that it prevents itself. pipe-hello
 * --forget-close shows that. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "family.h"

enum { N_TIMES = 20, PATIENCE_MS = 1000 };

typedef struct Hello {
        shmgr_manager *manager;
        char name[64];
        shmgr_connection *writer;
        int forget_close;
} Hello;

static void print_state(struct json_object *stat, const char *end) {
        struct json_object *state;

        if (json_object_object_get_ex(stat, end, &state))
                printf("child: the daemon says of the %s's end: %s\n", end,
                       json_object_get_string(state));
}

/* Asks the daemon why no end of file has come. */
static void explain(Hello *hello) {
        struct json_object *stat;

        printf("child: for %d ms there was no message and no end of file; a plain read would hang "
               "for ever\n",
               PATIENCE_MS);
        if (shmgr_stat(hello->manager, hello->name, &stat) >= 0) {
                print_state(stat, "reader");
                print_state(stat, "writer");
                json_object_put(stat);
        }
        printf("child: I have the writer's end myself: inherited, and not closed. Now I close "
               "it\n");
        shmgr_connection_close(hello->writer);
}

/* Reads until the end of file. Returns the number of messages, or -errno. */
static int read_all(Hello *hello, shmgr_connection *reader) {
        for (int n = 0;; n++) {
                struct json_object *message;
                if (hello->forget_close && shmgr_connection_poll(reader, PATIENCE_MS) == 0)
                        explain(hello);
                int r = shmgr_connection_recv(reader, &message);
                if (r == -ENODATA)
                        return n;
                if (r < 0)
                        return r;
                printf("child: %s\n", json_object_get_string(message));
                json_object_put(message);
        }
}

static int be_child(void *userdata) {
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *reader = NULL;
        Hello *hello = userdata;

        if (!hello->forget_close)
                shmgr_connection_close(hello->writer);
        int n = shmgr_pipe_open(hello->manager, hello->name, 0, "reader", NULL, &reader);
        if (n >= 0)
                n = read_all(hello, reader);
        if (n < 0)
                return family_fail("child", n);
        printf("child: the end of file, after %d messages\n", n);
        return EXIT_SUCCESS;
}

static int write_all(shmgr_connection *writer) {
        struct json_object *message = json_object_new_string("hello world!");
        int r = message ? 0 : -ENOMEM;

        for (int i = 0; i < N_TIMES && r >= 0; i++)
                r = shmgr_connection_send(writer, message);
        json_object_put(message);
        return r;
}

static int be_parent(Hello *hello) {
        pid_t pid = family_fork(be_child, hello);

        if (pid < 0)
                return family_fail("fork", pid);
        int r = write_all(hello->writer);
        shmgr_connection_close(hello->writer);
        int status = family_join(pid);
        return r < 0 ? family_fail("shmgr_connection_send", r) : status;
}

static int run(Hello *hello) {
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *writer = NULL;

        snprintf(hello->name, sizeof(hello->name), "pipe-hello.%d", (int)getpid());
        int r = shmgr_pipe_open(hello->manager, hello->name, SHMGR_CREATE | SHMGR_EXCLUSIVE,
                                "writer", NULL, &writer);
        if (r < 0) {
                fprintf(stderr, "pipe-hello: %s\n", shmgr_manager_error(hello->manager));
                return EXIT_FAILURE;
        }
        hello->writer = writer;
        return be_parent(hello);
}

int main(int argc, char **argv) {
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;
        Hello hello = {.forget_close = argc == 2 && strcmp(argv[1], "--forget-close") == 0};

        if (argc > 1 + hello.forget_close) {
                fprintf(stderr, "Usage: pipe-hello [--forget-close]\n");
                return 2;
        }
        int r = shmgr_manager_open(NULL, &manager);
        if (r < 0)
                return family_fail("shmgr_manager_open", r);
        hello.manager = manager;
        return run(&hello);
}
