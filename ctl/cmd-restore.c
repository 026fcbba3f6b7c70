/* shmgrctl restore: makes the calls of a dump.
 *
 * A dump may come from anywhere, so restore makes only calls that shmgrctl dump writes. An object
 * is restored as a whole or not at all: when one of its calls fails, it is deleted again, and
 * restore goes on with the next object. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "dump-types.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "status.h"

enum { REPLACE };

static const Option restore_options[] = {
        [REPLACE] = {.name = "replace",
                     .letter = 'r',
                     .help = "first delete objects of the same names"},
        {0},
};

typedef struct Restore {
        Ctl *ctl;
        bool replaces;
        bool has_store;              /* the daemon has a state directory */
        struct json_object *skipped; /* names of objects that were not restored */
        size_t n_lines, n_restored;
        size_t n_unstored; /* restored without the 'durable' of the dump */
        bool has_end;
        int status; /* of the first failure */
} Restore;

static int fail(Restore *restore, int status) {
        if (restore->status == STATUS_OK)
                restore->status = status;
        return status;
}

static int complain(Restore *restore, const char *what) {
        status_error(STATUS_ERROR, "restore: line %zu: %s", restore->n_lines, what);
        return fail(restore, STATUS_ERROR);
}

static int delete (Restore *restore, struct json_object *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put(params, "name", json_object_get(name)) < 0)
                return -ENOMEM;
        return ctl_try(restore->ctl, "object.delete", params, &result);
}

static int skip(Restore *restore, struct json_object *name) {
        return json_put_bool(restore->skipped, json_object_get_string(name), true) < 0
                       ? fail(restore, status_failure("restore", -ENOMEM))
                       : STATUS_OK;
}

static int try(Restore *restore, const char *method, struct json_object *params) {
        CLEANUP(json_putp) struct json_object *result = NULL;

        return ctl_try(restore->ctl, method, params, &result);
}

static int explain(Restore *restore, const char *method, struct json_object *name, int r) {
        int status = ctl_explain(restore->ctl, method, r);

        status_note("restore: not restored: %s", json_object_get_string(name));
        fail(restore, status);
        return skip(restore, name) == STATUS_OK ? status : STATUS_ERROR;
}

static int make(Restore *restore, const char *method, struct json_object *params,
                struct json_object *name) {
        const char *durable = json_object_get_string(json_object_object_get(params, "durable"));
        bool is_unstored = !restore->has_store && durable && strcmp(durable, "no") != 0;

        /* A daemon without a state directory refuses such an open. */
        if (is_unstored)
                json_object_object_del(params, "durable");
        int r = try(restore, method, params);

        if (r == -EEXIST && restore->replaces) {
                r = delete (restore, name);
                if (r == 0)
                        r = try(restore, method, params);
        }
        if (r < 0)
                return explain(restore, method, name, r);
        restore->n_restored++;
        restore->n_unstored += is_unstored;
        return STATUS_OK;
}

static int fill(Restore *restore, const char *method, struct json_object *params,
                struct json_object *name) {
        int r = try(restore, method, params);

        if (r == 0)
                return STATUS_OK;
        restore->n_restored--;
        int status = explain(restore, method, name, r);
        delete (restore, name);
        return status;
}

static int carry_out(Restore *restore, struct json_object *line) {
        struct json_object *method = json_object_object_get(line, "method");
        struct json_object *params = json_object_object_get(line, "params");
        struct json_object *name = json_object_is_type(params, json_type_object)
                                           ? json_object_object_get(params, "name")
                                           : NULL;

        if (!json_object_is_type(method, json_type_string) ||
            !json_object_is_type(name, json_type_string))
                return complain(restore, "not a call of a dump: a 'method' or the 'name' in its "
                                         "'params' is missing");
        const char *verb = json_object_get_string(method);
        if (!dump_has_method(verb))
                return complain(restore, "dumps contain no calls of this method");
        if (json_object_object_get_ex(restore->skipped, json_object_get_string(name), NULL))
                return STATUS_OK;
        /* Only root may give objects to other users. For others the owner in the dump is
         * ignored. */
        if (strcmp(verb, "object.chown") == 0 && geteuid() != 0)
                return STATUS_OK;
        size_t n = strlen(verb);
        if (n > 5 && strcmp(verb + n - 5, ".open") == 0)
                return make(restore, verb, params, name);
        return fill(restore, verb, params, name);
}

static int read_head(Restore *restore, struct json_object *line) {
        struct json_object *format = json_object_object_get(line, "shmgr_dump");

        if (json_object_get_int(format) == 1)
                return STATUS_OK;
        complain(restore, format ? "the dump has a format that this version cannot read"
                                 : "this is not a dump of shmgrctl");
        return STATUS_USAGE;
}

static int restore_line(Restore *restore, const char *text, size_t n) {
        static const JsonLimits limits = {.max_depth = 1100, .max_members = SIZE_MAX / 2};
        CLEANUP(json_putp) struct json_object *line = NULL;
        int r = json_parse(text, n, &limits, &line, NULL);

        if (r == -ENOMEM)
                return fail(restore, status_failure("restore", r));
        if (r < 0 || !json_object_is_type(line, json_type_object))
                return restore->n_lines == 1 ? complain(restore, "this is not a dump of shmgrctl"),
                       STATUS_USAGE          : complain(restore, "it is not a JSON object");
        if (restore->n_lines == 1)
                return read_head(restore, line);
        if (json_object_object_get_ex(line, "end", NULL)) {
                restore->has_end = true;
                return STATUS_OK;
        }
        return carry_out(restore, line);
}

static int restore_file(Restore *restore, FILE *file) {
        CLEANUP(freep) char *line = NULL;
        size_t n_line = 0;
        int status = STATUS_OK;

        for (ssize_t n; status != STATUS_NO_DAEMON && status != STATUS_USAGE &&
                        (n = getline(&line, &n_line, file)) > 0;) {
                restore->n_lines++;
                status = restore_line(restore, line, (size_t)n - (line[n - 1] == '\n'));
        }
        if (status == STATUS_NO_DAEMON || status == STATUS_USAGE)
                return restore->status;
        if (ferror(file))
                return status_failure("restore", -EIO);
        if (restore->n_lines == 0)
                return status_error(STATUS_ERROR,
                                    "restore: the input is empty: this is not a dump of shmgrctl");
        if (!restore->has_end)
                complain(restore, "the dump is not complete: objects or contents may be missing");
        if (restore->n_unstored > 0)
                status_note("restore: %zu objects that were stored at once are in memory alone: "
                            "this daemon has no state "
                            "directory (shmgrd --state)",
                            restore->n_unstored);
        if (!restore->ctl->is_quiet)
                printf("%zu objects restored\n", restore->n_restored);
        return restore->status;
}

static int restore_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *skipped = json_object_new_object();
        Restore restore = {.ctl = ctl, .skipped = skipped};
        Arguments arguments;
        int status = arguments_read(ctl, &command_restore, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (!skipped)
                return status_failure("restore", -ENOMEM);
        restore.replaces = arguments.given[REPLACE] != NULL;
        const char *path = arguments.n_words > 0 ? arguments.words[0] : "-";
        FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
        if (!file)
                return status_failure(path, -errno);
        status = ctl_begin(ctl);
        if (status == STATUS_OK)
                status = dump_begin(ctl, false, &restore.has_store);
        if (status == STATUS_OK)
                status = restore_file(&restore, file);
        if (file != stdin)
                fclose(file);
        return status;
}

const Command command_restore = {
        .name = "restore",
        .arguments = "[--replace] [FILE]",
        .help = "make the objects of a dump again",
        .options = restore_options,
        .max_words = 1,
        .completes = COMPLETE_FILES,
        .details = "Without FILE, standard input is read. An object that exists already is left as "
                   "it\n"
                   "is. An object whose contents cannot be stored is deleted again. The exit "
                   "status is\n"
                   "that of the first failure.\n",
        .run = restore_run,
};
