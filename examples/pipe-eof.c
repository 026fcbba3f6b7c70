/* pipe-eof: a reader that does not expect the end of file, and the error that it gets.
 *
 * The parent writes three messages and closes its end. The child reads in an endless loop, as if more messages
 * were always coming, and treats everything else as a failure. The end of file is an error of its own, ENODATA,
 * so that a reader can distinguish it from failures, and from an end within a message (EPROTO), after which the
 * writer must have died. pipe-hello handles the end correctly. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "family.h"

enum { N_MESSAGES = 3 };

typedef struct Ends {
        shmgr_connection *reader, *writer;
} Ends;

static int be_child(void *userdata) {
        Ends *ends = userdata;

        shmgr_connection_close(ends->writer);
        for (;;) {
                struct json_object *message;
                int r = shmgr_connection_recv(ends->reader, &message);
                if (r < 0) {
                        fprintf(stderr, "child: shmgr_connection_recv: %s%s\n", strerror(-r),
                                r == -ENODATA ? " (ENODATA: the end of file)" : "");
                        return EXIT_FAILURE;
                }
                printf("child: message %s\n", json_object_get_string(message));
                json_object_put(message);
        }
}

static int write_all(shmgr_connection *writer) {
        int r = 0;

        for (int i = 1; i <= N_MESSAGES && r >= 0; i++) {
                struct json_object *message = json_object_new_int(i);
                r = shmgr_connection_send(writer, message);
                json_object_put(message);
        }
        return r;
}

static int be_parent(Ends *ends) {
        pid_t pid = family_fork(be_child, ends);

        if (pid < 0)
                return family_fail("fork", pid);
        shmgr_connection_close(ends->reader);
        int r = write_all(ends->writer);
        shmgr_connection_close(ends->writer);
        int status = family_join(pid);
        printf("parent: the child has ended with status %d\n", status);
        return r < 0 ? family_fail("shmgr_connection_send", r) : status;
}

int main(int argc, char **argv) {
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *reader = NULL;
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *writer = NULL;

        if (argc > 1) {
                fprintf(stderr, "Usage: pipe-eof\n");
                return 2;
        }
        int r = shmgr_manager_open(NULL, &manager);
        if (r < 0)
                return family_fail("shmgr_manager_open", r);
        if (shmgr_pipe_pair(manager, 0, &reader, &writer) < 0) {
                fprintf(stderr, "pipe-eof: %s\n", shmgr_manager_error(manager));
                return EXIT_FAILURE;
        }
        Ends ends = {.reader = reader, .writer = writer};
        return be_parent(&ends);
}
