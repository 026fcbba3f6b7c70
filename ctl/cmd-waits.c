/* shmgrctl waits: who holds what, and who waits for whom; as a table, or as a graph. */
#include <errno.h>
#include <stdio.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "status.h"
#include "waits.h"
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
                fprintf(stderr, "shmgrctl: waits: some waits have more than 500 edges; those are "
                                "left out\n");
        return STATUS_OK;
}

static int waits_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *waits = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_waits, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        status = ctl_begin(ctl);
        if (status != STATUS_OK)
                return status;
        int r = waits_get(ctl, &waits);
        if (r < 0)
                return ctl_explain(ctl, WAITS_METHOD, r);
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
