/* The session of a command, its calls, and the printing of results. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefix.h"
#include "base/suggest.h"
#include "ctl.h"
#include "json/json-util.h"
#include "print.h"
#include "report.h"
#include "status.h"
#include "unreachable.h"

enum { NAMES_PAGE = 500, NAMES_PAGES_MOST = 10 };

void ctl_deinit(Ctl *ctl) {
        json_object_put(ctl->methods);
        ctl->methods = NULL;
        json_object_put(ctl->params);
        ctl->params = NULL;
        free(ctl->family);
        ctl->family = NULL;
        ctl->manager = shmgr_manager_unref(ctl->manager);
}

static bool has_lost_something(const Ctl *ctl) {
        struct json_object *data = shmgr_manager_error_data(ctl->manager);

        return data && json_object_object_get_ex(data, "lost", NULL);
}

bool ctl_lost_daemon(const Ctl *ctl, int error) {
        return error == -ECONNRESET && ctl->manager && !has_lost_something(ctl);
}

static int explain_reset(const Ctl *ctl, const char *method) {
        if (has_lost_something(ctl))
                return status_refused(STATUS_LOST, method, -ECONNRESET,
                                      shmgr_manager_error(ctl->manager),
                                      shmgr_manager_error_data(ctl->manager));
        return status_error(STATUS_NO_DAEMON,
                            "%s: the connection to the daemon was lost during the call, which may "
                            "have taken effect",
                            method);
}

/* Considers the names of the objects of one page. */
static void consider_names(Suggestion *near, struct json_object *page) {
        struct json_object *objects = NULL;

        if (!json_object_object_get_ex(page, "objects", &objects))
                return;
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                suggest_consider(near,
                                 json_object_get_string(json_object_object_get(object, "name")));
        }
}

/* Finds the object whose name is nearest to one that does not exist. */
static void find_near_object(Ctl *ctl, const char *name, Suggestion *near) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        struct json_object *cursor = NULL;

        suggest_begin(near, name);
        if (!params || json_put_int(params, "count", NAMES_PAGE) < 0)
                return;
        for (int i = 0; i < NAMES_PAGES_MOST; i++) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                if (ctl_try(ctl, "object.scan", params, &page) < 0)
                        return;
                consider_names(near, page);
                if (!json_object_object_get_ex(page, "cursor", &cursor) || !cursor ||
                    json_put(params, "cursor", json_object_get(cursor)) < 0)
                        return;
        }
}

/* Returns the object name of the last call as a new reference, or NULL. */
static struct json_object *name_of_call(const Ctl *ctl) {
        struct json_object *name = NULL;

        if (ctl->params)
                json_object_object_get_ex(ctl->params, "name", &name);
        return json_object_is_type(name, json_type_string) ? json_object_get(name) : NULL;
}

static int explain_refused(Ctl *ctl, const char *method, int error) {
        CLEANUP(json_putp) struct json_object *name = error == -ENOENT ? name_of_call(ctl) : NULL;
        CLEANUP(json_putp)
        struct json_object *data = json_object_get(shmgr_manager_error_data(ctl->manager));
        /* The message begins with the method, which this tool prints, too. */
        const char *words = shmgr_manager_error(ctl->manager);
        CLEANUP(freep)
        char *text = strdup(*words ? text_behind_name(words, method) : strerror(-error));
        CLEANUP(freep) char *whole = NULL;
        Suggestion near = {0};

        if (name)
                find_near_object(ctl, json_object_get_string(name), &near);
        if (!text || asprintf(&whole, "%s%s", text, suggest_text(&near)) < 0)
                return status_failure(method, -ENOMEM);
        return status_refused(status_of_error(error, data), method, error, whole, data);
}

int ctl_explain(Ctl *ctl, const char *method, int error) {
        if (error == -ECONNRESET)
                return explain_reset(ctl, method);
        if (error == -EINTR)
                return status_error(STATUS_SIGNAL + SIGINT, "%s: interrupted", method);
        if (unreachable_is(ctl->manager, error))
                return unreachable_explain(ctl->socket, error, ctl->is_verbose);
        return explain_refused(ctl, method, error);
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

        json_object_get(params);
        json_object_put(ctl->params);
        ctl->params = params;
        return r < 0 ? r : shmgr_call(ctl->manager, method, params, ret);
}

static int explain_socket(int error) {
        return error == -ENOMEM
                       ? status_failure("the session", error)
                       : status_error(STATUS_NO_DAEMON, "the socket's path: %s", strerror(-error));
}

int ctl_begin(Ctl *ctl) {
        int r = ctl->manager ? 0 : shmgr_manager_open(ctl->socket, &ctl->manager);

        return r < 0 ? explain_socket(r) : STATUS_OK;
}

int ctl_call(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret) {
        return ctl_finish(ctl, method, ctl_try(ctl, method, params, ret));
}

int ctl_finish(Ctl *ctl, const char *method, int r) {
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
