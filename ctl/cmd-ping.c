/* shmgrctl ping */
#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "status.h"

static int ping_run(Ctl *ctl, int argc, char **argv) {
        Arguments arguments;
        int status = arguments_read(ctl, &command_ping, argc, argv, &arguments);

        return status == STATUS_OK
                       ? ctl_run(ctl, "server.ping", json_object_new_object(), ANSWER_VALUE)
                       : status;
}

const Command command_ping = {
        .name = "ping",
        .arguments = "",
        .help = "check that the daemon replies",
        .run = ping_run,
};
