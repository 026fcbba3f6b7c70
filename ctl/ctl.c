/* The session that a command works with, and its results. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "errno-name.h"
#include "json-util.h"
#include "print.h"
#include "report.h"
#include "status.h"

void ctl_deinit(Ctl *ctl) {
        json_object_put(ctl->methods);
        ctl->methods = NULL;
        ctl->manager = shmgr_manager_unref(ctl->manager);
}

/* Some messages begin with the name of their method; it is said once. */
static const char *without_prefix(const char *text, const char *method) {
        size_t n = strlen(method);

        return strncmp(text, method, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2
                                                                                : text;
}

/* An answer of the daemon always has data; what the library itself finds out about a socket has none. */
static bool is_unreachable(const Ctl *ctl, int error) {
        static const int errors[] = {ENOENT,  ECONNREFUSED, ECONNRESET, EACCES,
                                     ENOTDIR, ENOTSOCK,     EPROTOTYPE, ENAMETOOLONG};

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                if (-error == errors[i])
                        return !shmgr_manager_error_data(ctl->manager);
        return false;
}

static int explain(const Ctl *ctl, const char *method, int error) {
        const char *text = shmgr_manager_error(ctl->manager);

        text = *text ? without_prefix(text, method) : strerror(-error);
        if (!is_unreachable(ctl, error)) {
                fprintf(stderr, "shmgrctl: %s: %s (%s)\n", method, text, errno_name(-error));
                return status_of_error(error);
        }
        fprintf(stderr,
                "shmgrctl: %s: %s\n"
                "shmgrctl: shmgrd --socket=PATH starts a daemon; --socket=PATH or "
                "$SHMGR_SOCKET tells where it is\n",
                method, text);
        return STATUS_NO_DAEMON;
}

int ctl_call(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret) {
        int r = ctl->manager ? 0 : shmgr_manager_open(ctl->socket, &ctl->manager);

        if (r < 0) {
                status_failure("the socket", r);
                return r == -ENOMEM ? STATUS_ERROR : STATUS_NO_DAEMON;
        }
        r = shmgr_call(ctl->manager, method, params, ret);
        return r < 0 ? explain(ctl, method, r) : STATUS_OK;
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
