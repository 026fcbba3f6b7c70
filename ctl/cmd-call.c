/* shmgrctl call: any method, with parameters as JSON. */
#include <errno.h>

#include "command.h"
#include "commands.h"
#include "convert.h"
#include "json-util.h"
#include "status.h"

static int call_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = NULL;
        const char *fault;

        if (argc < 2 || argc > 3)
                return command_misused(&command_call);
        if (argc == 2)
                return ctl_run(ctl, argv[1], json_object_new_object(), ANSWER_VALUE);
        int r = convert_json(argv[2], &params, &fault);
        if (r == -ENOMEM)
                return status_failure("call", r);
        if (r < 0)
                return status_usage("call: the parameters are no JSON: %s", fault);
        if (!json_object_is_type(params, json_type_array) &&
            !json_object_is_type(params, json_type_object))
                return status_usage("call: parameters are an array or an object, such as "
                                    "'[\"counts\"]' or '{\"name\":\"counts\"}'");
        return ctl_run(ctl, argv[1], TAKE_PTR(params), ANSWER_VALUE);
}

const Command command_call = {
        .name = "call",
        .arguments = "METHOD [PARAMS-JSON]",
        .help = "call a method by its name on the wire, such as dict.get",
        .details = "The parameters are a JSON array (by position) or object (by name).\n",
        .run = call_run,
};
