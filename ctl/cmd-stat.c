/* shmgrctl stat: all about one object. */
#include <string.h>

#include "command.h"
#include "commands.h"
#include "json-util.h"
#include "status.h"

static int stat_run(Ctl *ctl, int argc, char **argv) {
        int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (argc != first + 1 || (first == 1 && argv[1][0] == '-'))
                return command_misused(&command_stat);
        if (params && json_put_string(params, "name", argv[first]) < 0)
                json_putp(&params);
        return ctl_run(ctl, "object.stat", TAKE_PTR(params), ANSWER_REPORT);
}

const Command command_stat = {
        .name = "stat",
        .arguments = "[--] NAME",
        .help = "show an object: who owns it, who holds it, who waits",
        .run = stat_run,
};
