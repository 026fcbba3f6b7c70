/* shmgrctl waits: holds and waiting calls, and which blocks which, as a table or as a graph. */
#include <errno.h>

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
        [DOT] = {.name = "dot", .help = "print a graph for Graphviz: waits --dot | dot -Tsvg"},
        {0},
};

/* The note goes to standard error, so that the output on standard output keeps its form. */
static int print_waits(struct json_object *waits, bool as_graph) {
        int r = as_graph ? waits_graph_print(waits) : waits_table_print(waits);

        if (r < 0)
                return status_failure("waits", r);
        if (json_object_get_boolean(json_object_object_get(waits, "truncated")))
                status_note("waits: some calls wait for more than 500 sessions; the others are "
                            "left out");
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
        .help = "show the holds and waiting calls, and which session blocks which",
        .options = waits_options,
        .details =
                "Each line is a hold of a session, or a call that waits, and since when. COMMAND\n"
                "is the command of lock run, also while it waits and does not run yet, or the\n"
                "name of the program. BLOCKED BY lists the pids of the sessions that hold the\n"
                "object or are ahead in its queue. EXPECT is how long the session expects to\n"
                "hold what it holds, and NOTE its purpose: lock run has options for both. In the\n"
                "graph an arrow leads from a waiter to a session that blocks it, dashed if that\n"
                "is only ahead in the queue.\n",
        .run = waits_run,
};
