/* shmgrctl lock run: hold a lock while a command runs. */
#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "guard.h"
#include "json/json-util.h"
#include "status.h"

enum { SHARED = GUARD_OPTIONS, EXCLUSIVE, NESTED };

static const Option lock_run_options[] = {
        GUARD_OPTION_ROWS("wait at most this long, then exit with 75", 'n'),
        [SHARED] = {.name = "shared",
                    .letter = 's',
                    .help = "share an rwlock with other commands that use --shared"},
        [EXCLUSIVE] = {.name = "exclusive", .letter = 'x', .help = "hold an rwlock alone"},
        [NESTED] = {.name = "nested",
                    .help = "if the same lock is held around this command, run the\n"
                            "command under that hold"},
        {0},
};

/* --shared and --exclusive need an rwlock, and create one. */
static int open_rwlock(Ctl *ctl, const Arguments *arguments, struct json_object *create,
                       Guard *guard) {
        if (arguments->given[SHARED] && arguments->given[EXCLUSIVE])
                return status_usage("lock run: --shared and --exclusive exclude each other");
        guard->type = "rwlock";
        guard->is_shared = arguments->given[SHARED];
        guard->acquire = guard->is_shared ? "acquire_read" : "acquire_write";
        return guard_open(ctl, guard, create);
}

/* A lock without an owner would stay locked after a command that is killed; the daemon rejects the option. */
static int explain_open(Ctl *ctl, const char *name, int error) {
        struct json_object *data = ctl->manager ? shmgr_manager_error_data(ctl->manager) : NULL;

        if (error != -EINVAL || !json_is_text(json_object_object_get(data, "param"), "owned"))
                return ctl_explain(ctl, "lock.open", error);
        status_usage("lock run: '%s' was created with owned false, so it would stay locked if the "
                     "command were killed; use another name, or delete it",
                     name);
        return STATUS_ERROR;
}

/* Accepts every type that can be held alone; creates a lock if no object has that name. */
static int open_any(Ctl *ctl, struct json_object *create, Guard *guard) {
        enum { RLOCK, RWLOCK };
        static const char *const others[][2] = {
                [RLOCK] = {"rlock", "acquire"}, [RWLOCK] = {"rwlock", "acquire_write"}};
        int r = guard_try_open(ctl, guard, create);

        if (r != -EPROTOTYPE)
                return r < 0 ? explain_open(ctl, guard->name, r) : STATUS_OK;
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                Guard other = {.name = guard->name,
                               .type = others[i][0],
                               .acquire = others[i][1],
                               .is_lock = true,
                               .nests = guard->nests || i == RLOCK,
                               .kind = "lock"};
                if (guard_try_open(ctl, &other, NULL) == 0) {
                        *guard = other;
                        return STATUS_OK;
                }
        }
        return guard_open(ctl, guard, create);
}

static int lock_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *create = json_object_new_object();
        Arguments arguments;
        int status = arguments_read(ctl, &command_lock_run, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (!create || guard_put_create(&arguments, create) < 0)
                return status_failure("lock run", -ENOMEM);
        holder_name_session(ctl, arguments.words[1]);
        status = run_options_put_sharing("lock run", &arguments, create);
        if (status != STATUS_OK)
                return status;
        Guard guard = {.name = arguments.words[0],
                       .type = "lock",
                       .acquire = "acquire",
                       .kind = "lock",
                       .is_lock = true,
                       .nests = arguments.given[NESTED]};
        /* A lock without an owner would stay locked if the command were killed. */
        if (!arguments.given[SHARED] && !arguments.given[EXCLUSIVE] &&
            json_put_bool(create, "owned", true) < 0)
                return status_failure("lock run", -ENOMEM);
        status = arguments.given[SHARED] || arguments.given[EXCLUSIVE]
                         ? open_rwlock(ctl, &arguments, create, &guard)
                         : open_any(ctl, create, &guard);
        guard.create = create;
        if (strcmp(guard.type, "lock") != 0)
                json_object_object_del(create, "owned");
        return status == STATUS_OK ? guard_run(ctl, &guard, &command_lock_run, &arguments, "LOCK",
                                               arguments.words + 1)
                                   : status;
}

const Command command_lock_run = {
        .name = "lock",
        .verb = "run",
        .arguments = "NAME [OPTION...] -- COMMAND [ARG...]",
        .help = "hold a lock while a command runs, and exit as it does",
        .options = lock_run_options,
        .min_words = 2,
        .completes = COMPLETE_OBJECTS,
        .types = "lock rlock rwlock",
        .runs_command = true,
        .details = "The lock is created if it does not exist, and deleted when no command holds it "
                   "or\n"
                   "waits for it any more, unless it was created with --persistent or by other "
                   "means.\n"
                   "NAME may also be an rlock or an rwlock; only an rwlock can be shared. The\n"
                   "environment of the command has the lock's\n"
                   "name in SHMGR_LOCK, and in SHMGR_LOCK_TOKEN a number that grows with each\n"
                   "owner. The exit status is that of the command, 128 plus the signal that ended\n"
                   "it, 126 if it cannot be executed, or 127 if it is not found. Signals sent to\n"
                   "shmgrctl are forwarded to the command.\n",
        .run = lock_run,
};
