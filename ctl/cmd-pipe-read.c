/* shmgrctl pipe read: what comes out of a pipe, on standard output. */
#include <unistd.h>

#include "commands.h"
#include "pipe-end.h"
#include "status.h"

static int pipe_read_run(Ctl *ctl, int argc, char **argv) {
        const char *name;
        bool in_write;
        int fd;
        int status = pipe_end_open(ctl, &command_pipe_read, argc, argv, "reader", &name, &fd);

        if (status != STATUS_OK)
                return status;
        int r = pipe_end_copy(fd, STDOUT_FILENO, &in_write);
        close(fd);
        return r < 0 ? status_failure(in_write ? "standard output" : name, r) : STATUS_OK;
}

const Command command_pipe_read = {
        .name = "pipe",
        .verb = "read",
        .arguments = "NAME [OPTION...]",
        .help = "print what others write to a pipe, until all have closed it",
        .options = pipe_end_options,
        .min_words = 1,
        .max_words = 1,
        .details =
                "It waits for the first of them. The pipe is made if there is none, and goes when\n"
                "both sides have gone. The data does not pass through the daemon.\n",
        .run = pipe_read_run,
};
