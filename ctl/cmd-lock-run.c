/* shmgrctl lock run: hold a lock while a command runs.
 *
 * The lock belongs to this process's session, whose descriptor the command does not inherit; so it
 * is held exactly as long as this process lives, which is until the command has ended. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "command.h"
#include "commands.h"
#include "convert.h"
#include "json-util.h"
#include "shown.h"
#include "status.h"

typedef struct LockRun {
        const char *name;
        const char *timeout; /* milliseconds as text, or NULL */
        char **command;
} LockRun;

static int call_lock(Ctl *ctl, const char *method, const LockRun *run, const char *option,
                     struct json_object *value, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *mine = value;

        if (!params || json_put_string(params, "name", run->name) < 0 ||
            (mine && json_put(params, option, TAKE_PTR(mine)) < 0))
                return status_failure(method, -ENOMEM);
        return ctl_call(ctl, method, params, ret);
}

static void tell_owner_died(const LockRun *run, struct json_object *victim) {
        struct json_object *comm = json_object_object_get(victim, "comm");
        CLEANUP(buffer_deinit) Buffer shown = {0};

        if (shown_append_value(&shown, comm) < 0)
                buffer_deinit(&shown);
        fprintf(stderr,
                "shmgrctl: the last owner of '%s' ended without releasing it: pid %lld (%.*s), "
                "%lld ms ago\n",
                run->name, (long long)json_object_get_int64(json_object_object_get(victim, "pid")),
                (int)buffer_size(&shown), buffer_bytes(&shown),
                (long long)json_object_get_int64(json_object_object_get(victim, "ms_ago")));
}

/* What the command may want to know: which lock, and the token that fences off late writers. */
static int export_grant(const LockRun *run, struct json_object *grant) {
        struct json_object *victim = json_object_object_get(grant, "owner_died");
        char token[32];

        if (victim)
                tell_owner_died(run, victim);
        snprintf(token, sizeof(token), "%lld",
                 (long long)json_object_get_int64(json_object_object_get(grant, "token")));
        if (setenv("SHMGR_LOCK", run->name, 1) < 0 || setenv("SHMGR_LOCK_TOKEN", token, 1) < 0)
                return status_failure("lock run", -errno);
        return STATUS_OK;
}

static int acquire(Ctl *ctl, const LockRun *run) {
        CLEANUP(json_putp) struct json_object *timeout = NULL;
        CLEANUP(json_putp) struct json_object *opened = NULL;
        CLEANUP(json_putp) struct json_object *grant = NULL;
        const char *fault;
        int r = run->timeout ? convert_text(run->timeout, PARAM_NUMBER, false, &timeout, &fault)
                             : 0;

        if (r == -EINVAL || json_object_get_double(timeout) < 0)
                return status_usage("lock run: '%s' is no number of milliseconds", run->timeout);
        if (r < 0)
                return status_failure("lock run", r);
        int status =
                call_lock(ctl, "lock.open", run, "create", json_object_new_boolean(true), &opened);
        if (status == STATUS_OK)
                status = call_lock(ctl, "lock.acquire", run, "timeout_ms", TAKE_PTR(timeout),
                                   &grant);
        return status == STATUS_OK ? export_grant(run, grant) : status;
}

static void release(Ctl *ctl, const LockRun *run) {
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (call_lock(ctl, "lock.release", run, NULL, NULL, &result) != STATUS_OK)
                fprintf(stderr, "shmgrctl: the lock '%s' was lost while the command ran\n",
                        run->name);
}

static int hold_and_run(Ctl *ctl, const LockRun *run) {
        int status = acquire(ctl, run);

        if (status != STATUS_OK)
                return status;
        status = child_run(run->command);
        release(ctl, run);
        return status;
}

/* Reads options up to the first other word, whose place is optind then. */
static bool read_options(int argc, char **argv, LockRun *run) {
        static const struct option longs[] = {
                {"timeout", required_argument, NULL, 't'},
                {"timeout-ms", required_argument, NULL, 't'},
                {"timeout_ms", required_argument, NULL, 't'},
                {0},
        };
        int opt;

        optind = 0;
        while ((opt = getopt_long(argc, argv, "+:t:", longs, NULL)) >= 0) {
                if (opt != 't')
                        return false;
                run->timeout = optarg;
        }
        return optind < argc;
}

/* The name stands between two runs of options; argv[0] is "run" first and the name then. */
static int lock_run(Ctl *ctl, int argc, char **argv) {
        LockRun run = {0};

        if (!read_options(argc, argv, &run))
                return command_misused(&command_lock_run);
        argc -= optind;
        argv += optind;
        run.name = argv[0];
        if (!read_options(argc, argv, &run))
                return command_misused(&command_lock_run);
        run.command = argv + optind;
        return hold_and_run(ctl, &run);
}

const Command command_lock_run = {
        .name = "lock",
        .verb = "run",
        .arguments = "NAME [--timeout=MS] -- COMMAND [ARG...]",
        .help = "hold a lock while a command runs, and exit as it does",
        .details =
                "  -t, --timeout=MS   wait at most so long; exit with 75 when it was not free\n"
                "\n"
                "The lock is made if there is none. The command finds its name in $SHMGR_LOCK\n"
                "and in $SHMGR_LOCK_TOKEN a number that grows with each owner. Exits with the\n"
                "command's status; with 128 plus the signal that ended it; with 126 when it\n"
                "cannot be run, or 127 when it is not found. Signals sent to shmgrctl meanwhile\n"
                "are sent on to the command.\n",
        .run = lock_run,
};
