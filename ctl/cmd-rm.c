/* shmgrctl rm: deletes objects: those that are named, or those that nothing uses.
 *
 * Unused objects are listed page by page (object.scan with unused_ms), and each is deleted by a call with the same
 * condition, which the daemon checks: an object that was used in between stays. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "account-name.h"
#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "print.h"
#include "scan.h"
#include "status.h"

enum { UNUSED, UID, TYPE, DRY_RUN };
enum { PAGE = 500 };

static const Option rm_options[] = {
        [UNUSED] = {.name = "unused",
                    .kind = OPTION_TIME,
                    .value = "TIME",
                    .help = "delete objects that are not in use, and that nothing has\n"
                            "used for so long, such as 30d"},
        [UID] = {.name = "uid",
                 .letter = 'u',
                 .kind = OPTION_TEXT,
                 .value = "USER",
                 .help = "delete only objects of this user (a name or a number)\n"
                         "that are not in use"},
        [TYPE] = {.name = "type",
                  .letter = 't',
                  .kind = OPTION_TEXT,
                  .value = "TYPE",
                  .completes = COMPLETE_TYPES,
                  .help = "delete only objects of this type that are not in use"},
        [DRY_RUN] = {.name = "dry-run",
                     .letter = 'n',
                     .help = "print what would be deleted, and delete nothing"},
        {0},
};

/* A removal of unused objects. */
typedef struct Sweep {
        Ctl *ctl;
        const char *pattern, *type; /* may be NULL */
        int64_t unused_ms;
        int64_t uid; /* -1: of all users, for root */
        bool is_dry;
        struct json_object *names; /* with --json: of what was deleted */
} Sweep;

static int rm_one(Ctl *ctl, const char *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put_string(params, "name", name) < 0)
                return status_failure("rm", -ENOMEM);
        return ctl_call(ctl, "object.delete", params, &result);
}

/* Deletes the named objects. Goes on after a name that does not exist, as rm(1) does. */
static int rm_names(Ctl *ctl, const Arguments *arguments) {
        int status = STATUS_OK;

        for (int i = 0; i < arguments->n_words; i++) {
                int r = rm_one(ctl, arguments->words[i]);
                if (r == STATUS_NO_DAEMON)
                        return r;
                if (status == STATUS_OK)
                        status = r;
        }
        return status;
}

static int tell(Sweep *sweep, struct json_object *name) {
        int r = 0;

        if (sweep->ctl->is_json)
                r = json_push(sweep->names, json_object_get(name));
        else if (!sweep->ctl->is_quiet)
                r = print_line(name);
        return r < 0 ? status_failure("rm", r) : STATUS_OK;
}

/* An object that is in use now, or is gone, is left out. */
static int sweep_one(Sweep *sweep, struct json_object *object) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;
        struct json_object *name = json_object_object_get(object, "name");

        if (sweep->uid >= 0 &&
            json_object_get_int64(json_object_object_get(object, "uid")) != sweep->uid)
                return STATUS_OK;
        if (sweep->is_dry)
                return tell(sweep, name);
        if (!params || json_put(params, "name", json_object_get(name)) < 0 ||
            json_put_int(params, "unused_ms", sweep->unused_ms) < 0)
                return status_failure("rm", -ENOMEM);
        int r = ctl_try(sweep->ctl, "object.delete", params, &result);
        if (r == -EBUSY || r == -ENOENT)
                return STATUS_OK;
        return r < 0 ? ctl_explain(sweep->ctl, "object.delete", r) : tell(sweep, name);
}

static int sweep_page(Sweep *sweep, struct json_object *page) {
        struct json_object *objects = NULL;
        int status = STATUS_OK;

        if (!json_object_object_get_ex(page, "objects", &objects) ||
            !json_object_is_type(objects, json_type_array))
                return status_failure("rm", -EBADMSG);
        for (size_t i = 0; status == STATUS_OK && i < json_object_array_length(objects); i++)
                status = sweep_one(sweep, json_object_array_get_idx(objects, i));
        return status;
}

static int sweep_all(Sweep *sweep, struct json_object *params) {
        Scan scan = {.method = "object.scan", .params = params};
        int status = STATUS_OK;

        while (status == STATUS_OK && !scan.is_over) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                int r = scan_next(sweep->ctl, &scan, &page);
                status = r < 0 ? ctl_explain(sweep->ctl, scan.method, r) : sweep_page(sweep, page);
        }
        if (sweep->ctl->is_json && !sweep->ctl->is_quiet && status == STATUS_OK &&
            print_json(sweep->names) < 0)
                status = status_failure("rm", -ENOMEM);
        return status;
}

static int sweep_run(Sweep *sweep) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();

        if (!params || !names || json_put_int(params, "count", PAGE) < 0 ||
            json_put_int(params, "unused_ms", sweep->unused_ms) < 0 ||
            (sweep->pattern && json_put_string(params, "pattern", sweep->pattern) < 0) ||
            (sweep->type && json_put_string(params, "type", sweep->type) < 0))
                return status_failure("rm", -ENOMEM);
        sweep->names = names;
        return sweep_all(sweep, params);
}

/* Without --uid, objects of the caller; of all users for root. */
static int read_uid(const char *text, int64_t *ret) {
        if (!text) {
                *ret = geteuid() == 0 ? -1 : (int64_t)geteuid();
                return STATUS_OK;
        }
        if (account_number("uid", text, ret) == 0)
                return STATUS_OK;
        return status_usage("rm: --uid: no user is called '%s'", text);
}

static int rm_unused(Ctl *ctl, const Arguments *arguments) {
        Sweep sweep = {.ctl = ctl,
                       .pattern = arguments->n_words > 0 ? arguments->words[0] : NULL,
                       .type = arguments->given[TYPE],
                       .unused_ms = arguments_ms(arguments, UNUSED, 0),
                       .is_dry = arguments->given[DRY_RUN]};

        if (arguments->n_words > 1)
                return status_usage("rm: one PATTERN can be given with --unused, --uid and --type");
        int status = read_uid(arguments->given[UID], &sweep.uid);
        return status == STATUS_OK ? sweep_run(&sweep) : status;
}

static int rm_run(Ctl *ctl, int argc, char **argv) {
        Arguments arguments;
        int status = arguments_read(ctl, &command_rm, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (arguments.given[UNUSED] || arguments.given[UID] || arguments.given[TYPE])
                return rm_unused(ctl, &arguments);
        if (arguments.given[DRY_RUN])
                return status_usage("rm: --dry-run needs --unused, --uid or --type");
        if (arguments.n_words > 0)
                return rm_names(ctl, &arguments);
        status_usage("rm: missing argument: NAME, or --unused, --uid or --type");
        return command_misused(&command_rm);
}

const Command command_rm = {
        .name = "rm",
        .arguments =
                "[--] NAME... | [--unused=TIME] [--uid=USER] [--type=TYPE] [--dry-run] [PATTERN]",
        .help = "delete objects by name, or those that nothing uses",
        .options = rm_options,
        .max_words = INT_MAX,
        .completes = COMPLETE_OBJECTS,
        .details =
                "Calls that wait for a deleted object get EIDRM. The exit status is that of the\n"
                "first failure.\n"
                "\n"
                "With --unused, --uid or --type, all objects are deleted that fit, that the\n"
                "caller owns (root: of all users) and that nothing uses; their names are "
                "printed.\n",
        .run = rm_run,
};
