/* shmgrctl complete: for the completion of a shell; see bash-completion/shmgrctl. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "complete.h"
#include "print.h"
#include "status.h"

enum { PATIENCE_S = 3 };

/* Completion must not block on a daemon that hangs: the alarm ends this process. */
static int complete_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(completion_deinit) Completion found = {0};
        Arguments arguments;
        int status = arguments_read(ctl, &command_complete, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        alarm(PATIENCE_S);
        int r = complete(ctl, arguments.n_words, arguments.words, &found);
        if (r == 0 && found.wants_files)
                puts("files");
        else if (r == 0 && found.command_at >= 0)
                printf("command %d\n", found.command_at);
        else if (r == 0)
                puts("words");
        if (r == 0)
                r = print_value(found.found);
        return r < 0 ? status_failure("complete", r) : STATUS_OK;
}

const Command command_complete = {
        .name = "complete",
        .arguments = "-- WORD...",
        .help = "print the completions of the last of these words, for a shell",
        .max_words = INT_MAX,
        .completes = COMPLETE_FILES, /* the words may be files, of any bytes */
        .details = "The first line is \"words\", which follow, one a line; \"files\": it is the "
                   "name of\n"
                   "one; or \"command N\": with word N, from 0, a command begins.\n",
        .run = complete_run,
};
