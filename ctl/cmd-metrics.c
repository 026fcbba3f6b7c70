/* shmgrctl metrics: the daemon's counters for a monitoring system. */
#include <errno.h>

#include "arguments.h"
#include "base/buffer.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "metrics.h"
#include "replace-file.h"
#include "shown.h"
#include "status.h"

enum { OUTPUT };

static const Option metrics_options[] = {
        [OUTPUT] = {.name = "output",
                    .letter = 'o',
                    .kind = OPTION_TEXT,
                    .value = "FILE",
                    .completes = COMPLETE_FILES,
                    .help = "write to this file, which is replaced as a whole"},
        {0},
};

static int put(const Buffer *b, const char *path) {
        if (!path) {
                shown_put(b);
                return STATUS_OK;
        }
        int r = replace_file(path, buffer_bytes(b), buffer_size(b));
        return r < 0 ? status_failure(path, r) : STATUS_OK;
}

/* Writes the text even without a daemon: a monitoring system first asks whether it runs. */
static int write_metrics(struct json_object *stats, struct json_object *hello, const char *path) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        struct json_object *version = hello ? json_object_object_get(hello, "version") : NULL;
        int r = metrics_write(&b, stats, version ? json_object_get_string(version) : NULL);

        return r < 0 ? status_failure("metrics", r) : put(&b, path);
}

static int metrics_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *stats = NULL;
        CLEANUP(json_putp) struct json_object *hello = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_metrics, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (ctl->is_json)
                return ctl_run(ctl, "server.stats", json_object_new_object(), ANSWER_REPORT);
        int call_status = ctl_call(ctl, "server.stats", NULL, &stats);
        if (call_status == STATUS_OK)
                call_status = ctl_call(ctl, "session.hello", NULL, &hello);
        status = write_metrics(stats, hello, arguments.given[OUTPUT]);
        return status == STATUS_OK ? call_status : status;
}

const Command command_metrics = {
        .name = "metrics",
        .arguments = "[--output=FILE]",
        .help = "print counters and gauges as OpenMetrics text",
        .options = metrics_options,
        .details =
                "For node_exporter's textfile collector: --output=DIRECTORY/shmgrd.prom, run by a\n"
                "timer such as shmgrd-metrics.timer. Without a daemon, shmgr_up is 0 and the exit\n"
                "status 69. With --json the result of server.stats is printed.\n",
        .run = metrics_run,
};
