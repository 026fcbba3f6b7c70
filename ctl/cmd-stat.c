/* shmgrctl stat: shows an object. */
#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "status.h"

static int stat_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Arguments arguments;
        int status = arguments_read(ctl, &command_stat, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (params && json_put_string(params, "name", arguments.words[0]) < 0)
                json_putp(&params);
        return ctl_run(ctl, "object.stat", TAKE_PTR(params), ANSWER_REPORT);
}

const Command command_stat = {
        .name = "stat",
        .arguments = "[--] NAME",
        .help = "show an object: its owner, its holders and waiting calls",
        .min_words = 1,
        .max_words = 1,
        .details =
                "handles are the sessions that have the object open, holders those that hold it,\n"
                "waiters those whose calls wait for it. COMM is the name of a session's process,\n"
                "CLIENT the name that it gave itself, as the command of lock run; SESSION is the\n"
                "number that 'sessions' lists. HELD and WAITING are times, N is how many permits\n"
                "or levels it holds, and TOKEN the number of the grant, which grows with each\n"
                "owner. shmgrctl(1) explains the other members.\n",
        .completes = COMPLETE_OBJECTS,
        .run = stat_run,
};
