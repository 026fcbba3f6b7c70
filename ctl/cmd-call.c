/* shmgrctl call: any method, with parameters as JSON. */
#include <errno.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "convert.h"
#include "json/json-util.h"
#include "status.h"

static int call_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = NULL;
        const char *fault;
        Arguments arguments;
        int status = arguments_read(ctl, &command_call, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        const char *method = arguments.words[0], *text = arguments.words[1];
        if (!text)
                return ctl_run(ctl, method, json_object_new_object(), ANSWER_VALUE);
        int r = convert_json(text, &params, &fault);
        if (r == -ENOMEM)
                return status_failure("call", r);
        if (r < 0)
                return status_usage("call: the parameters are not valid JSON: %s", fault);
        if (!json_object_is_type(params, json_type_array) &&
            !json_object_is_type(params, json_type_object))
                return status_usage("call: parameters are an array or an object, such as "
                                    "'[\"counts\"]' or '{\"name\":\"counts\"}'");
        return ctl_run(ctl, method, TAKE_PTR(params), ANSWER_VALUE);
}

const Command command_call = {
        .name = "call",
        .arguments = "METHOD [PARAMS-JSON]",
        .min_words = 1,
        .max_words = 2,
        .completes = COMPLETE_METHODS,
        .help = "call a method by its name on the wire, such as dict.get",
        .details = "The parameters are a JSON array (by position) or object (by name).\n",
        .run = call_run,
};
