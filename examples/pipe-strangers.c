/* pipe-strangers: two unrelated programs meet by the name of a pipe.
 *
 *     pipe-strangers read NAME            prints each message as a line, until the end of file
 *     pipe-strangers write NAME [TEXT...] writes the texts or, without any, each line of its input
 *
 * Either may be started first. They may be different programs, in different languages; a message is its
 * length and as many bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shmgr/shmgr.h>

#include "family.h"

static int read_messages(shmgr_connection *reader) {
        for (;;) {
                void *message;
                size_t n;
                int r = shmgr_connection_recv_bytes(reader, -1, &message, &n);
                if (r == -ENODATA)
                        return EXIT_SUCCESS;
                if (r < 0)
                        return family_fail("shmgr_connection_recv_bytes", r);
                fwrite(message, 1, n, stdout);
                putchar('\n');
                fflush(stdout);
                free(message);
        }
}

static int write_message(shmgr_connection *writer, const char *text, size_t n) {
        int r = shmgr_connection_send_bytes(writer, text, n, 0, -1);

        return r < 0 ? family_fail("shmgr_connection_send_bytes", r) : EXIT_SUCCESS;
}

static int write_texts(shmgr_connection *writer, char **texts) {
        int status = EXIT_SUCCESS;

        for (; *texts && status == EXIT_SUCCESS; texts++)
                status = write_message(writer, *texts, strlen(*texts));
        return status;
}

static int write_lines(shmgr_connection *writer) {
        int status = EXIT_SUCCESS;
        char *line = NULL;
        size_t size = 0;
        ssize_t n;

        while (status == EXIT_SUCCESS && (n = getline(&line, &size, stdin)) >= 0)
                status = write_message(writer, line, (size_t)n - (line[n - 1] == '\n'));
        free(line);
        return status;
}

int main(int argc, char **argv) {
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;
        __attribute__((cleanup(shmgr_connection_unrefp))) shmgr_connection *connection = NULL;
        int is_reader = argc == 3 && strcmp(argv[1], "read") == 0;

        if (!is_reader && (argc < 3 || strcmp(argv[1], "write") != 0)) {
                fprintf(stderr, "Usage: pipe-strangers read NAME\n"
                                "       pipe-strangers write NAME [TEXT...]\n");
                return 2;
        }
        int r = shmgr_manager_open(NULL, &manager);
        if (r < 0)
                return family_fail("shmgr_manager_open", r);
        r = shmgr_pipe_open(manager, argv[2], SHMGR_CREATE, is_reader ? "reader" : "writer", NULL,
                            &connection);
        if (r < 0) {
                fprintf(stderr, "pipe-strangers: %s\n", shmgr_manager_error(manager));
                return EXIT_FAILURE;
        }
        if (is_reader)
                return read_messages(connection);
        return argc > 3 ? write_texts(connection, argv + 3) : write_lines(connection);
}
