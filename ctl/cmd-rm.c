/* shmgrctl rm: deletes objects. */
#include <errno.h>
#include <limits.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "status.h"

static int rm_one(Ctl *ctl, const char *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put_string(params, "name", name) < 0)
                return status_failure("rm", -ENOMEM);
        return ctl_call(ctl, "object.delete", params, &result);
}

/* Goes on after a name that does not exist, as rm(1) does. */
static int rm_run(Ctl *ctl, int argc, char **argv) {
        Arguments arguments;
        int status = arguments_read(ctl, &command_rm, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        for (int i = 0; i < arguments.n_words; i++) {
                int r = rm_one(ctl, arguments.words[i]);
                if (r == STATUS_NO_DAEMON)
                        return r;
                if (status == STATUS_OK)
                        status = r;
        }
        return status;
}

const Command command_rm = {
        .name = "rm",
        .arguments = "[--] NAME...",
        .help = "delete objects",
        .min_words = 1,
        .max_words = INT_MAX,
        .completes = COMPLETE_OBJECTS,
        .details =
                "Calls that wait for a deleted object get EIDRM. The exit status is that of the\n"
                "first failure.\n",
        .run = rm_run,
};
