/* shmgrctl waits: who holds what, and who waits for whom; as a table, or as a graph. */
#include <errno.h>
#include <stdio.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "status.h"
#include "waits-graph.h"
#include "waits-table.h"

enum { DOT };

static const Option waits_options[] = {
        [DOT] = {.name = "dot", .help = "a graph for Graphviz: waits --dot | dot -Tsvg"},
        {0},
};

/* What was left out is said beside the output, which stays what it is. */
static int print_waits(struct json_object *waits, bool as_graph) {
        int r = as_graph ? waits_graph_print(waits) : waits_table_print(waits);

        if (r < 0)
                return status_failure("waits", r);
        if (json_object_get_boolean(json_object_object_get(waits, "truncated")))
                fprintf(stderr,
                        "shmgrctl: waits: there are more; the daemon tells no more at once\n");
        return STATUS_OK;
}

static int waits_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *waits = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_waits, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (!params)
                return status_failure("waits", -ENOMEM);
        status = ctl_call(ctl, "server.waits", params, &waits);
        if (status != STATUS_OK)
                return status;
        if (ctl->is_quiet || (ctl->is_json && !arguments.given[DOT]))
                return ctl_answer(ctl, waits, ANSWER_REPORT);
        return print_waits(waits, arguments.given[DOT]);
}

const Command command_waits = {
        .name = "waits",
        .arguments = "[--dot]",
        .help = "show who holds what, and who waits for whom",
        .options = waits_options,
        .details = "A line is one thing that is held or waited for; FOR are the processes that are "
                   "in\n"
                   "the way. In the graph an arrow leads from who waits to who is in the way; a "
                   "dashed\n"
                   "one to who stands before it in the queue.\n",
        .run = waits_run,
};
