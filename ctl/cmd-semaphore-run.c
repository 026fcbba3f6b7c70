/* shmgrctl semaphore run: holds permits of a semaphore while a command runs. */
#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "guard.h"
#include "json/json-util.h"
#include "status.h"

enum { N = GUARD_OPTIONS, VALUE };

static const Option semaphore_run_options[] = {
        GUARD_OPTION_ROWS("wait at most this long, then exit with 75", 0),
        [N] = {.name = "n",
               .letter = 'n',
               .kind = OPTION_COUNT,
               .value = "N",
               .help = "how many permits are taken at once (1)"},
        [VALUE] = {.name = "value",
                   .letter = 'v',
                   .kind = OPTION_COUNT,
                   .value = "N",
                   .help = "the number of permits of the semaphore: of a new one\n"
                           "(1), and required of one that exists"},
        {0},
};

static int make_options(const Arguments *arguments, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *options = json_object_new_object();

        if (!options || guard_put_create(arguments, options) < 0 ||
            json_put_bool(options, "owned", true) < 0 ||
            (arguments->given[VALUE] &&
             json_put_int(options, "value", arguments_count(arguments, VALUE, 1)) < 0))
                return status_failure("semaphore run", -ENOMEM);
        int status = run_options_put_sharing("semaphore run", arguments, options);
        if (status != STATUS_OK)
                return status;
        *ret = TAKE_PTR(options);
        return STATUS_OK;
}

/* Explains why an existing semaphore does not fit. One without owners is rejected, since the
 * permits of a killed command would never come back. */
static int explain_open(Ctl *ctl, const char *name, int error) {
        struct json_object *data = ctl->manager ? shmgr_manager_error_data(ctl->manager) : NULL;
        const char *param = json_object_get_string(json_object_object_get(data, "param"));
        struct json_object *present = json_object_object_get(data, "present");

        if (error == -EINVAL && param && strcmp(param, "value") == 0 && present)
                return status_error(
                        STATUS_ERROR,
                        "semaphore run: --value: '%s' already exists with %lld permits; "
                        "omit --value to use it as it is",
                        name, (long long)json_object_get_int64(present));
        if (error != -EINVAL || !param || strcmp(param, "owned") != 0)
                return ctl_explain(ctl, "semaphore.open", error);
        return status_error(STATUS_ERROR,
                            "semaphore run: '%s' does not record which session holds its permits "
                            "(it was created without --owned), so a killed command would keep "
                            "them forever; use another name, or delete it with 'shmgrctl rm %s': "
                            "semaphore run creates it again, with --value=N permits",
                            name, name);
}

static int semaphore_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *options = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_semaphore_run, argc, argv, &arguments);

        if (status == STATUS_OK)
                status = make_options(&arguments, &options);
        if (status != STATUS_OK)
                return status;
        holder_name_session(ctl, arguments.words[1]);
        Guard guard = {.name = arguments.words[0],
                       .type = "semaphore",
                       .acquire = "acquire",
                       .kind = "permit of the semaphore",
                       .create = options,
                       .n = arguments_count(&arguments, N, 1)};
        int r = guard_try_open(ctl, &guard, options);
        return r < 0 ? explain_open(ctl, guard.name, r)
                     : guard_run(ctl, &guard, &command_semaphore_run, &arguments, "SEMAPHORE",
                                 arguments.words + 1);
}

const Command command_semaphore_run = {
        .name = "semaphore",
        .verb = "run",
        .arguments = "NAME [OPTION...] -- COMMAND [ARG...]",
        .help = "hold permits while a command runs, and exit as it does",
        .options = semaphore_run_options,
        .min_words = 2,
        .completes = COMPLETE_OBJECTS,
        .types = "semaphore",
        .runs_command = true,
        .details =
                "The semaphore is created if it does not exist, and deleted when no command holds\n"
                "permits or waits for them any more, unless it was created with --persistent or "
                "by\n"
                "other means. It is created as an owned one: the daemon "
                "records\n"
                "which session holds its permits, and gets them back when the command ends, even\n"
                "if shmgrctl is killed before. A semaphore that was created without --owned is\n"
                "rejected.\n"
                "The environment of the command has the semaphore's name in SHMGR_SEMAPHORE.\n"
                "The exit status is that of lock run.\n",
        .run = semaphore_run,
};
