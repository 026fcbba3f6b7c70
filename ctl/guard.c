/* Something that is held while a command runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "child.h"
#include "guard.h"
#include "json/json-util.h"
#include "shown.h"
#include "status.h"

enum { METHOD_MAX = 64 };

static const char *method_of(const Guard *guard, const char *verb, char into[METHOD_MAX]) {
        snprintf(into, METHOD_MAX, "%s.%s", guard->type, verb);
        return into;
}

int guard_try_open(Ctl *ctl, const Guard *guard, struct json_object *options) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;
        char method[METHOD_MAX];

        if (!params || json_put_string(params, "name", guard->name) < 0)
                return -ENOMEM;
        if (options) {
                json_object_object_foreach (options, key, value)
                        if (json_put(params, key, json_object_get(value)) < 0)
                                return -ENOMEM;
        }
        return ctl_try(ctl, method_of(guard, "open", method), params, &result);
}

int guard_open(Ctl *ctl, const Guard *guard, struct json_object *options) {
        char method[METHOD_MAX];
        int r = guard_try_open(ctl, guard, options);

        return r < 0 ? ctl_explain(ctl, method_of(guard, "open", method), r) : STATUS_OK;
}

static int call(Ctl *ctl, const Guard *guard, const char *verb, const Arguments *arguments,
                int timeout_option, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        char method[METHOD_MAX];

        method_of(guard, verb, method);
        if (!params || json_put_string(params, "name", guard->name) < 0 ||
            (guard->n && json_put_int(params, "n", guard->n) < 0) ||
            (arguments && arguments_put_timeout(arguments, timeout_option, params) < 0))
                return status_failure(method, -ENOMEM);
        return ctl_call(ctl, method, params, ret);
}

/* Who looks at the lock wants to know what runs, and not that shmgrctl has it. */
static void tell_client(Ctl *ctl, const char *command) {
        enum { CLIENT_MAX = 63 };
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;
        const char *slash = strrchr(command, '/'), *name = slash ? slash + 1 : command;

        /* Without it nothing is lost. */
        if (params && *name && strlen(name) <= CLIENT_MAX && utf8_is_valid(name, strlen(name)) &&
            json_put_string(params, "client", name) == 0)
                ctl_try(ctl, "session.hello", params, &result);
}

static void tell_owner_died(const Guard *guard, struct json_object *victim) {
        struct json_object *comm = json_object_object_get(victim, "comm");
        CLEANUP(buffer_deinit) Buffer shown = {0};

        if (shown_append_value(&shown, comm) < 0)
                buffer_deinit(&shown);
        status_print_prefix();
        fprintf(stderr,
                "the last owner of '%s' ended without releasing it: pid %lld (%.*s), %lld ms ago\n",
                guard->name,
                (long long)json_object_get_int64(json_object_object_get(victim, "pid")),
                (int)buffer_size(&shown), buffer_bytes(&shown),
                (long long)json_object_get_int64(json_object_object_get(victim, "ms_ago")));
}

/* What the command may want to know: what is held, and the token that fences off late writers. */
static int export_grant(const Guard *guard, const char *what, struct json_object *grant) {
        struct json_object *victim = NULL, *token = NULL;
        char variable[METHOD_MAX];

        if (json_object_is_type(grant, json_type_object)) {
                victim = json_object_object_get(grant, "owner_died");
                token = json_object_object_get(grant, "token");
        }
        if (victim)
                tell_owner_died(guard, victim);
        snprintf(variable, sizeof(variable), "SHMGR_%s", what);
        int r = setenv(variable, guard->name, 1);
        snprintf(variable, sizeof(variable), "SHMGR_%s_TOKEN", what);
        if (r == 0 && token)
                r = setenv(variable, json_object_get_string(token), 1);
        return r < 0 ? status_failure("the environment", -errno) : STATUS_OK;
}

static void release(Ctl *ctl, const Guard *guard) {
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (call(ctl, guard, "release", NULL, 0, &result) == STATUS_OK)
                return;
        status_print_prefix();
        fprintf(stderr, "the %s '%s' was lost while the command ran\n", guard->type, guard->name);
}

int guard_run(Ctl *ctl, const Guard *guard, const Arguments *arguments, int timeout_option,
              const char *what, char **command) {
        CLEANUP(json_putp) struct json_object *grant = NULL;
        tell_client(ctl, command[0]);
        int status = call(ctl, guard, guard->acquire, arguments, timeout_option, &grant);

        if (status == STATUS_OK)
                status = export_grant(guard, what, grant);
        if (status != STATUS_OK)
                return status;
        status = child_run(command, -1, NULL);
        release(ctl, guard);
        return status;
}
