/* shmgrctl discover: lists the methods of the running daemon. */
#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "discover.h"
#include "help.h"
#include "print.h"
#include "status.h"

static int discover_run(Ctl *ctl, int argc, char **argv) {
        Arguments arguments;
        int status = arguments_read(ctl, &command_discover, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (ctl->is_json || ctl->is_quiet)
                return ctl_run(ctl, "rpc.discover", json_object_new_object(), ANSWER_VALUE);
        status = discover_fetch(ctl, NULL);
        if (status != STATUS_OK)
                return status;
        int r = help_print_methods(ctl->methods);
        return r < 0 ? status_failure("discover", r) : STATUS_OK;
}

const Command command_discover = {
        .name = "discover",
        .arguments = "",
        .help = "list every method of the daemon",
        .details = "With --json it prints the daemon's OpenRPC document.\n",
        .run = discover_run,
};
