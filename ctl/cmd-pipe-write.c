/* shmgrctl pipe write: copies standard input into a pipe. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "commands.h"
#include "json/json-util.h"
#include "pipe-end.h"
#include "status.h"

static int complain(const char *name, int r, bool in_write) {
        if (!in_write)
                return status_failure("standard input", r);
        if (r != -EPIPE)
                return status_failure(name, r);
        return status_error(STATUS_ERROR, "pipe write: all readers of '%s' have closed it (EPIPE)",
                            name);
}

static int pipe_write_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *options = NULL;
        Arguments arguments;
        int64_t n = 0;
        bool in_write;
        int fd;
        int status = arguments_read(ctl, &command_pipe_write, argc, argv, &arguments);

        if (status == STATUS_OK)
                status = pipe_end_read_options(&arguments, &options);
        if (status == STATUS_OK)
                status = pipe_end_open(ctl, &arguments, options, "writer", &fd);
        if (status != STATUS_OK)
                return status;
        /* EPIPE instead of SIGPIPE: an error message names the pipe. */
        signal(SIGPIPE, SIG_IGN);
        int r = pipe_end_copy(STDIN_FILENO, fd, &in_write, &n);
        close(fd);
        return r < 0 ? complain(arguments.words[0], r, in_write) : STATUS_OK;
}

const Command command_pipe_write = {
        .name = "pipe",
        .verb = "write",
        .arguments = "NAME [OPTION...]",
        .help = "copy standard input into a pipe",
        .options = pipe_end_options,
        .min_words = 1,
        .max_words = 1,
        .details =
                "The pipe is created if it does not exist. It buffers as much as it holds, most "
                "often\n"
                "64 KiB, for readers that open it later; above that the writer blocks. When all\n"
                "readers have closed the pipe, an error says so, and the exit status is 1.\n",
        .run = pipe_write_run,
};
