/* shmgrctl pipe read: copies a pipe to standard output. */
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "json/json-util.h"
#include "pipe-end.h"
#include "reconnect.h"
#include "status.h"

enum {
        TRIES = 20,
        ROUNDING_MS = 2, /* of two times in milliseconds */
};

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns whether the daemon that opened the pipe still runs: then the end of file comes from the
 * writers. A daemon that exits also causes one, since it closes the ends that it keeps for later
 * processes. A daemon that has started since the pipe was opened is another one. The start lies
 * between two moments, as the call takes time, above all if it has to connect: if the pipe was
 * opened between these, the next call tells more. */
static bool is_same_daemon(Ctl *ctl, int64_t opened_ms) {
        for (int i = 0; i < TRIES; i++) {
                CLEANUP(json_putp) struct json_object *stats = NULL;
                int64_t before_ms = now_ms();
                if (ctl_try(ctl, "server.stats", NULL, &stats) < 0)
                        return false;
                int64_t uptime_ms =
                        json_object_get_int64(json_object_object_get(stats, "uptime_ms"));
                if (before_ms - uptime_ms > opened_ms)
                        return false;
                if (now_ms() - uptime_ms <= opened_ms + ROUNDING_MS)
                        return true;
        }
        return false;
}

/* Copies one pipe to its end. */
static int read_once(Ctl *ctl, const Arguments *arguments, int64_t *n, bool *ret_is_lost) {
        bool in_write;
        int fd;
        int status = pipe_end_open(ctl, arguments, "reader", &fd);

        *ret_is_lost = false;
        if (status != STATUS_OK)
                return status;
        int64_t opened_ms = now_ms();
        int r = pipe_end_copy(fd, STDOUT_FILENO, &in_write, n);
        close(fd);
        if (r < 0)
                return status_failure(in_write ? "standard output" : arguments->words[0], r);
        *ret_is_lost = !is_same_daemon(ctl, opened_ms);
        return STATUS_OK;
}

/* If the daemon ended before a byte arrived, nothing is lost, and the command continues with the pipe of the next daemon. */
static int pipe_read_run(Ctl *ctl, int argc, char **argv) {
        Arguments arguments;
        bool is_lost = true;
        int64_t n = 0;
        int status = arguments_read(ctl, &command_pipe_read, argc, argv, &arguments);

        while (status == STATUS_OK && is_lost) {
                status = read_once(ctl, &arguments, &n, &is_lost);
                if (!is_lost)
                        return status;
                if (n > 0)
                        return status_error(STATUS_NO_DAEMON,
                                            "pipe read: the daemon ended while the pipe was read: "
                                            "the output may be incomplete");
                status = reconnect(ctl, "pipe read", NULL, NULL);
        }
        return status;
}

const Command command_pipe_read = {
        .name = "pipe",
        .verb = "read",
        .arguments = "NAME [OPTION...]",
        .help = "copy a pipe to standard output, until all writers have closed it",
        .options = pipe_end_options,
        .min_words = 1,
        .max_words = 1,
        .details =
                "It blocks until the first writer opens the pipe, which is created if it does not\n"
                "exist, and deleted when all readers and writers have gone. The data does not "
                "pass\n"
                "through the daemon.\n",
        .run = pipe_read_run,
};
