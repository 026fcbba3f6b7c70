/* The session that a command works with, and its results. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno-name.h"
#include "ctl.h"
#include "json/json-util.h"
#include "print.h"
#include "report.h"
#include "status.h"
#include "unreachable.h"

void ctl_deinit(Ctl *ctl) {
        json_object_put(ctl->methods);
        ctl->methods = NULL;
        free(ctl->family);
        ctl->family = NULL;
        ctl->manager = shmgr_manager_unref(ctl->manager);
}

/* Some messages begin with the name of their method; it is said once. */
static const char *without_prefix(const char *text, const char *method) {
        size_t n = strlen(method);

        return strncmp(text, method, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2
                                                                                : text;
}

static bool has_lost_something(const Ctl *ctl) {
        struct json_object *data = shmgr_manager_error_data(ctl->manager);

        return data && json_object_object_get_ex(data, "lost", NULL);
}

bool ctl_lost_daemon(const Ctl *ctl, int error) {
        return error == -ECONNRESET && ctl->manager && !has_lost_something(ctl);
}

static int explain_reset(const Ctl *ctl, const char *method) {
        status_print_prefix();
        if (has_lost_something(ctl)) {
                fprintf(stderr, "%s: %s\n", method, shmgr_manager_error(ctl->manager));
                return STATUS_LOST;
        }
        fprintf(stderr, "%s: the daemon went away, and whether the call took effect is not known\n",
                method);
        return STATUS_NO_DAEMON;
}

int ctl_explain(const Ctl *ctl, const char *method, int error) {
        const char *text = shmgr_manager_error(ctl->manager);
        bool is_unreachable = unreachable_is(ctl->manager, error);

        if (error == -ECONNRESET)
                return explain_reset(ctl, method);

        if (error == -EINTR) {
                status_print_prefix();
                fprintf(stderr, "%s: given up\n", method);
                return STATUS_SIGNAL + SIGINT;
        }
        text = *text ? without_prefix(text, method) : strerror(-error);
        status_print_prefix();
        fprintf(stderr, "%s: %s", method, text);
        if (!is_unreachable) {
                fprintf(stderr, " (%s)\n", errno_name(-error));
                return status_of_error(error);
        }
        fputc('\n', stderr);
        unreachable_explain(ctl->socket, error);
        return STATUS_NO_DAEMON;
}

bool ctl_is_interrupted(const Ctl *ctl) {
        return ctl->interrupt && *ctl->interrupt;
}

static int is_interrupted(void *userdata) {
        return ctl_is_interrupted(userdata);
}

void ctl_set_interrupt(Ctl *ctl, const volatile sig_atomic_t *flag) {
        ctl->interrupt = flag;
        if (ctl->manager)
                shmgr_manager_set_interrupt(ctl->manager, is_interrupted, ctl);
}

void ctl_drop_session(Ctl *ctl) {
        if (!ctl->is_shell)
                ctl->manager = shmgr_manager_unref(ctl->manager);
}

int ctl_try(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret) {
        int r = ctl->manager ? 0 : shmgr_manager_open(ctl->socket, &ctl->manager);

        return r < 0 ? r : shmgr_call(ctl->manager, method, params, ret);
}

static int explain_socket(int error) {
        status_failure("the socket", error);
        return error == -ENOMEM ? STATUS_ERROR : STATUS_NO_DAEMON;
}

int ctl_begin(Ctl *ctl) {
        int r = ctl->manager ? 0 : shmgr_manager_open(ctl->socket, &ctl->manager);

        return r < 0 ? explain_socket(r) : STATUS_OK;
}

int ctl_call(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret) {
        return ctl_finish(ctl, method, ctl_try(ctl, method, params, ret));
}

int ctl_finish(const Ctl *ctl, const char *method, int r) {
        if (r == 0)
                return STATUS_OK;
        return ctl->manager ? ctl_explain(ctl, method, r) : explain_socket(r);
}

static int print(const Ctl *ctl, struct json_object *result, AnswerStyle style) {
        if (ctl->is_json)
                return print_json(result);
        switch (style) {
        case ANSWER_VOID:
                return result ? print_value(result) : 0;
        case ANSWER_REPORT:
                return report_print(result);
        case ANSWER_VALUE:
                break;
        }
        return print_value(result);
}

int ctl_answer(const Ctl *ctl, struct json_object *result, AnswerStyle style) {
        if (ctl->is_quiet)
                return json_object_is_type(result, json_type_boolean) &&
                                       !json_object_get_boolean(result)
                               ? STATUS_ERROR
                               : STATUS_OK;
        int r = print(ctl, result, style);
        return r < 0 ? status_failure("the result", r) : STATUS_OK;
}

int ctl_run(Ctl *ctl, const char *method, struct json_object *params, AnswerStyle style) {
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params)
                return status_failure(method, -ENOMEM);
        int status = ctl_call(ctl, method, params, &result);
        json_object_put(params);
        return status == STATUS_OK ? ctl_answer(ctl, result, style) : status;
}
