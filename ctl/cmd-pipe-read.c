/* shmgrctl pipe read: copies a pipe to standard output. */
#include <stdint.h>
#include <unistd.h>

#include "commands.h"
#include "json/json-util.h"
#include "pipe-end.h"
#include "reconnect.h"
#include "status.h"

/* Returns STATUS_OK and the name of the run of the daemon (session.hello) as a new reference, which
 * is NULL if the daemon is of a version that does not tell it. Otherwise prints the error. */
static int get_run(Ctl *ctl, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *hello = NULL;
        int status = ctl_call(ctl, "session.hello", NULL, &hello);

        *ret = status == STATUS_OK ? json_object_get(json_object_object_get(hello, "run")) : NULL;
        return status;
}

/* Returns whether this run of the daemon continues: then the end of file comes from the writers. A
 * daemon that exits also causes one, since it closes the ends that it keeps for later processes. */
static bool is_same_run(Ctl *ctl, struct json_object *run) {
        CLEANUP(json_putp) struct json_object *hello = NULL;

        return ctl_try(ctl, "session.hello", NULL, &hello) == 0 &&
               json_object_equal(json_object_object_get(hello, "run"), run);
}

/* Copies one pipe to its end. Asks for the run of the daemon before the pipe is opened: if asked
 * afterwards, another daemon could answer. */
static int read_once(Ctl *ctl, const Arguments *arguments, struct json_object *options, int64_t *n,
                     bool *ret_is_lost) {
        CLEANUP(json_putp) struct json_object *run = NULL;
        bool in_write;
        int fd;
        int status = get_run(ctl, &run);

        *ret_is_lost = false;
        if (status == STATUS_OK)
                status = pipe_end_open(ctl, arguments, options, "reader", &fd);
        if (status != STATUS_OK)
                return status;
        int r = pipe_end_copy(fd, STDOUT_FILENO, &in_write, n);
        close(fd);
        if (r < 0)
                return status_failure(in_write ? "standard output" : arguments->words[0], r);
        *ret_is_lost = !is_same_run(ctl, run);
        return STATUS_OK;
}

/* If the daemon ended before a byte arrived, nothing is lost, and the command continues with the pipe of the next daemon. */
static int pipe_read_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *options = NULL;
        Arguments arguments;
        bool is_lost = true;
        int64_t n = 0;
        int status = arguments_read(ctl, &command_pipe_read, argc, argv, &arguments);

        if (status == STATUS_OK)
                status = pipe_end_read_options(&arguments, &options);
        while (status == STATUS_OK && is_lost) {
                status = read_once(ctl, &arguments, options, &n, &is_lost);
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
