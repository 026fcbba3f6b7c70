/* shmgrctl ls: the objects that there are. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "commands.h"
#include "json-util.h"
#include "print.h"
#include "status.h"

static const char *name_of(struct json_object *object) {
        const char *name = json_object_get_string(json_object_object_get(object, "name"));

        return name ? name : "";
}

static int by_name(const void *a, const void *b) {
        return strcmp(name_of(*(struct json_object *const *)a),
                      name_of(*(struct json_object *const *)b));
}

static int print_names(struct json_object *objects) {
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                int r = print_line(json_object_object_get(object, "name"));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int ls(Ctl *ctl, struct json_object *params, bool is_long) {
        CLEANUP(json_putp) struct json_object *objects = NULL;
        int status = ctl_call(ctl, "object.list", params, &objects);

        if (status != STATUS_OK)
                return status;
        if (!json_object_is_type(objects, json_type_array))
                return ctl_answer(ctl, objects, ANSWER_REPORT);
        json_object_array_sort(objects, by_name);
        if (ctl->is_json || ctl->is_quiet || is_long)
                return ctl_answer(ctl, objects, ANSWER_REPORT);
        int r = print_names(objects);
        return r < 0 ? status_failure("ls", r) : STATUS_OK;
}

static int ls_run(Ctl *ctl, int argc, char **argv) {
        static const struct option longs[] = {
                {"long", no_argument, NULL, 'l'},
                {"type", required_argument, NULL, 't'},
                {0},
        };
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        bool is_long = false;
        int r = params ? 0 : -ENOMEM;
        int opt;

        optind = 0;
        while ((opt = getopt_long(argc, argv, "+:lt:", longs, NULL)) >= 0)
                if (opt == 'l')
                        is_long = true;
                else if (opt == 't' && r == 0)
                        r = json_put_string(params, "type", optarg);
                else if (opt != 't')
                        return command_misused(&command_ls);
        if (argc > optind + 1)
                return command_misused(&command_ls);
        if (r == 0 && argc > optind)
                r = json_put_string(params, "pattern", argv[optind]);
        return r < 0 ? status_failure("ls", r) : ls(ctl, params, is_long);
}

const Command command_ls = {
        .name = "ls",
        .arguments = "[-l] [--type=TYPE] [PATTERN]",
        .help = "list the objects by name, one a line",
        .details = "  -l, --long         a table with type, owner, mode and size\n"
                   "  -t, --type=TYPE    only this type\n"
                   "A pattern is as in a shell: * ? [a-z]\n",
        .run = ls_run,
};
