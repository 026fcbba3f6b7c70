/* Holds an object while a command runs: lock run and semaphore run.
 *
 *   take      holder_connect(), open,       busy: prints the holders, exits with status 75
 *             acquire
 *   run       holder_run()                  lost meanwhile: --on-lost applies, exits with status 76
 *   release   a call on the same session    lost before it: exits with status 76, too, since the
 *                                           command may have run without the object
 *
 * Before the object is taken nothing can be lost, so take() starts again with the next daemon when
 * this one ends, and the timeout keeps running (put_timeout()). Afterwards it never does: another
 * process may have held the object in between.
 *
 * An object that does not exist is made ephemeral, unless --persistent is given. So the session of
 * the command opens it, too, before it waits: the object is deleted with the last such session. One
 * that exists is used as it is.
 *
 * A command that already runs under the same object (held.h) would wait for its own ancestor. The
 * daemon cannot see that deadlock, since the two are different sessions. So try_nested() looks for
 * it first. It refuses, or with --nested runs the command under the hold that exists.
 *
 * Must never happen: the command runs without the object; a lock is released that was lost and that
 * another session holds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "busy.h"
#include "duration.h"
#include "guard.h"
#include "held.h"
#include "json/json-util.h"
#include "reconnect.h"
#include "shown.h"
#include "status.h"

enum { METHOD_MAX = 64, WHAT_MAX = 320, VERB_MAX = 64 };

/* One run of a command under a guard. */
typedef struct Use {
        Ctl *ctl;
        const Guard *guard;
        const Command *command;
        const Arguments *arguments;
        Holder holder;
        char verb[VERB_MAX], what[WHAT_MAX], method[METHOD_MAX];
        int64_t timeout_ms; /* for the acquire call; less than 0: none */
        int64_t until_ms;   /* when it expires, once the call has begun */
} Use;

static const char *method_of(const Guard *guard, const char *verb, char into[METHOD_MAX]) {
        snprintf(into, METHOD_MAX, "%s.%s", guard->type, verb);
        return into;
}

/* Returns the parameters of an open, or NULL. */
static struct json_object *open_params(const Guard *guard, struct json_object *options) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params || json_put_string(params, "name", guard->name) < 0)
                return NULL;
        if (options) {
                json_object_object_foreach (options, key, value)
                        if (json_put(params, key, json_object_get(value)) < 0)
                                return NULL;
        }
        return TAKE_PTR(params);
}

static int try_open(Ctl *ctl, const Guard *guard, struct json_object *options) {
        CLEANUP(json_putp) struct json_object *params = open_params(guard, options);
        CLEANUP(json_putp) struct json_object *result = NULL;
        char method[METHOD_MAX];

        return params ? ctl_try(ctl, method_of(guard, "open", method), params, &result) : -ENOMEM;
}

/* Opens the object. If the daemon ended during the call, opens it again in the next one. */
int guard_try_open(Ctl *ctl, const Guard *guard, struct json_object *options) {
        char what[VERB_MAX];
        int r;

        snprintf(what, sizeof(what), "%s run", guard->is_lock ? "lock" : guard->type);
        do
                r = try_open(ctl, guard, options);
        while (ctl_lost_daemon(ctl, r) && reconnect(ctl, what, NULL, NULL) == STATUS_OK);
        return r;
}

int guard_put_create(const Arguments *arguments, struct json_object *options) {
        int r = json_put_bool(options, "create", true);

        if (r == 0 && !arguments->given[GUARD_PERSISTENT])
                r = json_put_string(options, "lifetime", "ephemeral_if_new");
        return r;
}

int guard_open(Ctl *ctl, const Guard *guard, struct json_object *options) {
        char method[METHOD_MAX];
        int r = guard_try_open(ctl, guard, options);

        return r < 0 ? ctl_explain(ctl, method_of(guard, "open", method), r) : STATUS_OK;
}

/* The session of the command opens the object itself. A shell has a session that stays. */
static void leave(Ctl *ctl, const Guard *guard) {
        CLEANUP(json_putp) struct json_object *params = open_params(guard, NULL);
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (ctl->is_shell && params)
                ctl_try(ctl, "object.close", params, &result);
        ctl_drop_session(ctl);
}

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Puts the time that is left. The timeout keeps running while the daemon restarts. */
static int put_timeout(Use *use, struct json_object *params) {
        if (use->timeout_ms < 0)
                return 0;
        if (!use->until_ms)
                use->until_ms = now_ms() + use->timeout_ms;
        int64_t left = use->until_ms - now_ms();
        return json_put_int(params, "timeout_ms", left > 0 ? left : 0);
}

/* From here on the object stays at least as long as the session of the command. */
static int adopt(Use *use) {
        const Guard *guard = use->guard;
        CLEANUP(json_putp) struct json_object *params = open_params(guard, guard->create);
        struct json_object *result;

        method_of(guard, "open", use->method);
        return params ? holder_call(&use->holder, use->method, params, &result) : -ENOMEM;
}

static int acquire(Use *use, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        const Guard *guard = use->guard;

        method_of(guard, guard->acquire, use->method);
        if (!params || json_put_string(params, "name", guard->name) < 0 ||
            (guard->n && json_put_int(params, "n", guard->n) < 0) || put_timeout(use, params) < 0)
                return -ENOMEM;
        return holder_call(&use->holder, use->method, params, ret);
}

static void tell_owner_died(const Guard *guard, struct json_object *victim) {
        struct json_object *comm = json_object_object_get(victim, "comm");
        CLEANUP(buffer_deinit) Buffer shown = {0}, ago = {0};

        if (shown_append_value(&shown, comm) < 0)
                buffer_deinit(&shown);
        if (duration_append(&ago, json_object_get_int64(json_object_object_get(victim, "ms_ago")) *
                                          1000) < 0)
                return;
        status_note("the last owner of '%s' exited without releasing it: pid %lld (%.*s), %.*s ago",
                    guard->name,
                    (long long)json_object_get_int64(json_object_object_get(victim, "pid")),
                    (int)buffer_size(&shown), buffer_bytes(&shown), (int)buffer_size(&ago),
                    buffer_bytes(&ago));
}

/* Returns the entry of $SHMGR_HELD by which a nested lock run or semaphore run recognizes this
 * hold, or NULL. */
static struct json_object *identify_hold(Use *use, struct json_object *token) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        struct json_object *stat;

        if (token)
                return held_lock(token);
        if (!params || json_put_string(params, "name", use->guard->name) < 0 ||
            holder_call(&use->holder, "object.stat", params, &stat) < 0)
                return NULL;
        return held_permits(use->holder.session, stat);
}

/* Adds variables for the command: the name of the object, and the token that fences off late
 * writers. */
static int export_grant(Use *use, const char *what, struct json_object *grant, Buffer *env) {
        struct json_object *victim = NULL, *token = NULL;
        char variable[METHOD_MAX];

        if (json_object_is_type(grant, json_type_object)) {
                victim = json_object_object_get(grant, "owner_died");
                token = json_object_object_get(grant, "token");
        }
        if (victim)
                tell_owner_died(use->guard, victim);
        snprintf(variable, sizeof(variable), "SHMGR_%s", what);
        int r = holder_put_env(env, variable, use->guard->name);
        snprintf(variable, sizeof(variable), "SHMGR_%s_TOKEN", what);
        if (r == 0 && token)
                r = holder_put_env(env, variable, json_object_get_string(token));
        struct json_object *entry = r == 0 ? identify_hold(use, token) : NULL;
        return entry ? held_export(use->ctl, use->guard->name, entry, env) : r;
}

static bool is_busy(int error) {
        return error == -EAGAIN || error == -ETIMEDOUT;
}

static void refuse_busy(const Use *use, int error, int status, Buffer *holders) {
        if (buffer_append(holders, "", 1) < 0)
                status_failure(use->method, -ENOMEM);
        else
                status_refused(status, use->method, error, buffer_bytes(holders), NULL);
}

static int explain_busy(Use *use, int error) {
        int status = (int)arguments_count(use->arguments, GUARD_BUSY_STATUS, STATUS_WAIT);
        CLEANUP(buffer_deinit) Buffer b = {0};

        if (!busy_describe(use->ctl, use->guard->name, &b))
                holder_explain(&use->holder, use->method, error);
        else
                refuse_busy(use, error, status, &b);
        return status;
}

static bool pause_holder(void *userdata, int ms) {
        return holder_pause(userdata, ms);
}

/* Connects again. Called when the daemon ended before the object was taken, so nothing was lost. */
static int begin_anew(Use *use) {
        char method[METHOD_MAX];
        int status, r;

        do {
                status = reconnect(use->ctl, use->verb, pause_holder, &use->holder);
                if (use->holder.signals.to_end)
                        return STATUS_SIGNAL + use->holder.signals.to_end;
                r = status == STATUS_OK ? try_open(use->ctl, use->guard, use->guard->create) : 0;
        } while (r == -ECONNRESET);
        if (r < 0)
                status = ctl_explain(use->ctl, method_of(use->guard, "open", method), r);
        ctl_drop_session(use->ctl);
        return status;
}

/* Returns whether an error on a new connection means a missing daemon, as opposed to a fault of the
 * object. */
static bool is_of_daemon(int error) {
        return error == -ECONNRESET || error == -ECONNREFUSED || error == -ENOENT ||
               error == -EPIPE;
}

/* Opens the object again after ENOENT: another daemon has started meanwhile, or a user deleted the
 * object. */
static int make_again(Use *use) {
        int r = try_open(use->ctl, use->guard, use->guard->create);

        ctl_drop_session(use->ctl);
        return r;
}

/* Returns whether the object was acquired. If not, *ret_status is the exit status, which --busy-status
 * may have made 0. */
static bool take(Use *use, struct json_object **ret, int *ret_status) {
        for (;;) {
                snprintf(use->method, sizeof(use->method), "%s", use->verb);
                int r = use->holder.options.executes ? holder_connect_self(&use->holder)
                                                     : holder_connect(&use->holder, -1);
                bool is_new = !use->holder.is_connected;
                if (r == 0)
                        r = adopt(use);
                if (r == 0)
                        r = acquire(use, ret);
                if (r == 0)
                        return true;
                if (is_busy(r) && !is_new) {
                        *ret_status = explain_busy(use, r);
                        return false;
                }
                if (r == -ENOENT && !is_new) {
                        r = make_again(use);
                        if (r == 0)
                                continue;
                        is_new = true;
                }
                bool is_final = r != -ECONNRESET && !(is_new && is_of_daemon(r));
                *ret_status =
                        is_final ? holder_explain(&use->holder, use->method, r) : begin_anew(use);
                if (is_final || *ret_status != STATUS_OK)
                        return false;
        }
}

/* Releases the object. With --tree it does nothing: the session ends when the last process of the
 * tree closes the inherited descriptor. */
static int release(Use *use, int status) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        struct json_object *result;
        char method[METHOD_MAX];

        if (use->holder.options.is_tree || use->holder.loss)
                return status;
        int r = !params || json_put_string(params, "name", use->guard->name) < 0 ||
                                (use->guard->n && json_put_int(params, "n", use->guard->n) < 0)
                        ? -ENOMEM
                        : holder_call(&use->holder, method_of(use->guard, "release", method),
                                      params, &result);
        if (r == 0)
                return status;
        if (r == -ECONNRESET && !use->holder.loss)
                return status_error(STATUS_LOST,
                                    "%s was lost before it was released: the daemon ended, perhaps "
                                    "while the command ran",
                                    use->what);
        holder_explain_release(&use->holder, method, r, use->what);
        return STATUS_LOST;
}

static int run(Use *use, const char *what) {
        CLEANUP(buffer_deinit) Buffer env = {0};
        struct json_object *grant;
        int status;

        if (!take(use, &grant, &status))
                return status;
        if (export_grant(use, what, grant, &env) < 0)
                return status_failure("the environment", -ENOMEM);
        if (use->holder.options.executes)
                return holder_execute(&use->holder, &env);
        return release(use, holder_run(&use->holder, &env, use->what));
}

/* Runs the command under the hold that exists: acquires and releases nothing. */
static int run_nested(Use *use) {
        CLEANUP(buffer_deinit) Buffer env = {0};

        if (holder_put_env(&env, "SHMGR_LOCK", use->guard->name) < 0)
                return status_failure("the environment", -ENOMEM);
        if (use->holder.options.executes)
                return holder_execute(&use->holder, &env);
        int r = holder_prepare(&use->holder);
        return r < 0 ? status_failure(use->verb, r) : holder_run(&use->holder, &env, use->what);
}

static void describe_holder(struct json_object *holder, Buffer *into) {
        int r = buffer_append_format(
                into, "pid %lld (",
                (long long)json_object_get_int64(json_object_object_get(holder, "pid")));

        if (r == 0)
                r = shown_append_value(into, json_object_object_get(holder, "comm"));
        if (r == 0)
                r = buffer_append_string(into, ")");
        if (r < 0)
                buffer_deinit(into);
}

static int refuse_nested(const Use *use, struct json_object *holder, bool is_too_little) {
        CLEANUP(buffer_deinit) Buffer who = {0};

        describe_holder(holder, &who);
        return status_error(
                STATUS_ERROR,
                "%s: this already runs under '%s', held %sby %.*s: waiting for it would "
                "deadlock (EDEADLK)%s",
                use->verb, use->guard->name, is_too_little ? "in shared mode " : "",
                (int)buffer_size(&who), buffer_bytes(&who),
                is_too_little ? "" : "; --nested runs the command under that lock");
}

static int refuse_permits(const Use *use, const Around *around) {
        CLEANUP(buffer_deinit) Buffer who = {0};

        describe_holder(around->holder, &who);
        return status_error(STATUS_ERROR,
                            "%s: this already runs under %lld of the %lld permits of '%s', held by "
                            "%.*s: waiting for %lld more would deadlock (EDEADLK)",
                            use->verb, (long long)around->n, (long long)around->total,
                            use->guard->name, (int)buffer_size(&who), buffer_bytes(&who),
                            (long long)use->guard->n);
}

/* Returns whether waiting for the permits would deadlock. A request for more permits than the
 * semaphore has is another error, which the daemon reports. */
static bool are_permits_used_up(const Guard *guard, const Around *around) {
        return guard->n <= around->total && guard->n > around->total - around->n;
}

/* If an ancestor holds the object, runs nested or refuses. Returns true and the status then. */
static bool try_nested(Use *use, int *ret_status) {
        const Guard *guard = use->guard;
        Around around = held_find(use->ctl, guard->name);
        CLEANUP(json_putp) struct json_object *holder = around.holder;

        if (!holder || (!guard->is_lock && !are_permits_used_up(guard, &around)))
                return false;
        if (!guard->is_lock) {
                *ret_status = refuse_permits(use, &around);
                return true;
        }
        bool is_too_little =
                !guard->is_shared && json_is_text(json_object_object_get(holder, "mode"), "read");
        *ret_status = guard->nests && !is_too_little ? run_nested(use)
                                                     : refuse_nested(use, holder, is_too_little);
        return true;
}

/* Rejects options that need a process beside the command, since --exec leaves none. */
static int check_exec(const Use *use) {
        static const int watched[] = {RUN_ON_LOST, RUN_GRACE, RUN_KILL_GROUP};

        if (use->ctl->is_shell)
                return status_usage("%s: --exec would end this shell", use->verb);
        for (size_t i = 0; i < ELEMENTSOF(watched); i++)
                if (use->arguments->given[watched[i]])
                        return status_usage("%s: --exec and --%s exclude each other: with --exec "
                                            "no process watches the command",
                                            use->verb, use->command->options[watched[i]].name);
        return STATUS_OK;
}

static int64_t read_timeout(const Arguments *arguments) {
        int64_t timeout = arguments_ms(arguments, RUN_TIMEOUT, -1);

        return arguments->given[GUARD_TRY] ? 0 : timeout > INT64_MAX / 2 ? -1 : timeout;
}

int guard_run(Ctl *ctl, const Guard *guard, const Command *command, const Arguments *arguments,
              const char *what, char **argv) {
        Use use = {.ctl = ctl,
                   .guard = guard,
                   .command = command,
                   .arguments = arguments,
                   .timeout_ms = read_timeout(arguments)};
        HolderOptions options;

        snprintf(use.verb, sizeof(use.verb), "%s %s", command->name, command->verb);
        snprintf(use.what, sizeof(use.what), "the %s '%s'", guard->kind, guard->name);
        int status = run_options_read(use.verb, arguments, &options);
        options.is_tree = arguments->given[GUARD_TREE];
        options.executes = arguments->given[GUARD_EXEC];
        if (status == STATUS_OK && options.executes)
                status = check_exec(&use);
        if (status == STATUS_OK)
                status = holder_begin(&use.holder, ctl, use.verb, argv, &options);
        if (status != STATUS_OK)
                return status;
        if (!try_nested(&use, &status)) {
                leave(ctl, guard);
                status = run(&use, what);
        }
        ctl->end_signal = use.holder.signals.to_end;
        holder_end(&use.holder);
        return status;
}
