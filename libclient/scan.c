/* Lists more than one message can hold: page by page, with a cursor of the daemon. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "json/json-util.h"
#include "request-run.h"

enum { PAGE = 500 }; /* objects in a page: the maximum of the daemon */

static void request_text(Request *r, const char *text) {
        if (text)
                request_string(r, text);
        else
                request_null(r);
}

/* Replaces the cursor by that of the next page. */
static int take_cursor(Client *client, const char *method, struct json_object *page,
                       char **cursor) {
        struct json_object *next;

        if (!json_object_object_get_ex(page, "cursor", &next) ||
            (next && !json_object_is_type(next, json_type_string)))
                return client_fail(client, -EBADMSG, "the daemon's reply to %s is not understood",
                                   method);
        char *copy = next ? strdup(json_object_get_string(next)) : NULL;
        if (next && !copy)
                return client_fail(client, -ENOMEM, "memory ran out");
        free(*cursor);
        *cursor = copy;
        return 0;
}

int shmgr_scan_objects(shmgr_manager *manager, char **cursor, int64_t count, const char *pattern,
                       const char *type, struct json_object **ret_array) {
        CLEANUP(json_putp) struct json_object *page = NULL;
        struct json_object *objects;
        Request r;

        request_begin(&r, manager, "object.scan");
        request_text(&r, *cursor);
        request_int(&r, count);
        request_text(&r, pattern);
        request_text(&r, type);
        int error = request_run(&r, &page);
        if (error < 0)
                return error;
        if (!json_object_object_get_ex(page, "objects", &objects) ||
            !json_object_is_type(objects, json_type_array))
                return client_fail(r.client, -EBADMSG,
                                   "the daemon's reply to object.scan is not understood");
        error = take_cursor(r.client, "object.scan", page, cursor);
        if (error < 0)
                return error;
        *ret_array = json_object_get(objects);
        return 0;
}

int shmgr_scan_waits(shmgr_manager *manager, char **cursor, int64_t count,
                     struct json_object **ret_waits) {
        CLEANUP(json_putp) struct json_object *page = NULL;
        Request r;

        request_begin(&r, manager, "server.scan_waits");
        request_text(&r, *cursor);
        request_int(&r, count);
        int error = request_run(&r, &page);
        if (error == 0)
                error = take_cursor(r.client, "server.scan_waits", page, cursor);
        if (error < 0)
                return error;
        *ret_waits = TAKE_PTR(page);
        return 0;
}

static int append(struct json_object *all, struct json_object *page) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < json_object_array_length(page); i++)
                r = json_push(all, json_object_get(json_object_array_get_idx(page, i)));
        return r;
}

int shmgr_list_objects(shmgr_manager *manager, const char *pattern,
                       struct json_object **ret_array) {
        CLEANUP(json_putp) struct json_object *all = json_object_new_array();
        CLEANUP(freep) char *cursor = NULL;

        if (!all)
                return manager_fail(manager, -ENOMEM, "memory ran out");
        do {
                CLEANUP(json_putp) struct json_object *page = NULL;
                int r = shmgr_scan_objects(manager, &cursor, PAGE, pattern, NULL, &page);
                if (r < 0)
                        return r;
                if (append(all, page) < 0)
                        return manager_fail(manager, -ENOMEM, "memory ran out");
        } while (cursor);
        *ret_array = TAKE_PTR(all);
        return 0;
}
