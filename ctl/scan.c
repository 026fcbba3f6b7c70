/* Calls methods with a cursor. */
#include "base/macros.h"
#include "json/json-util.h"
#include "scan.h"

int scan_next(Ctl *ctl, Scan *scan, struct json_object **ret_page) {
        CLEANUP(json_putp) struct json_object *page = NULL;
        struct json_object *cursor = NULL;
        int r = ctl_try(ctl, scan->method, scan->params, &page);

        if (r < 0)
                return r;
        if (json_object_is_type(page, json_type_object))
                json_object_object_get_ex(page, "cursor", &cursor);
        scan->is_over = !cursor;
        r = cursor ? json_put(scan->params, "cursor", json_object_get(cursor)) : 0;
        if (r == 0)
                *ret_page = TAKE_PTR(page);
        return r;
}
