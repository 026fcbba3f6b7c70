/* shmgrctl ping */
#include "command.h"
#include "commands.h"

static int ping_run(Ctl *ctl, int argc, char **argv) {
        if (argc > 1)
                return command_misused(&command_ping);
        return ctl_run(ctl, "server.ping", json_object_new_object(), ANSWER_VALUE);
}

const Command command_ping = {
        .name = "ping",
        .arguments = "",
        .help = "ask whether the daemon answers",
        .run = ping_run,
};
