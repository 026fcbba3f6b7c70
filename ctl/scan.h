/* Reads the results of a method with a cursor, page by page, so that at most one page is in
 * memory. */
#pragma once

#include "ctl.h"

typedef struct Scan {
        const char *method;
        struct json_object *params; /* borrowed; receives the cursor */
        bool is_over;
} Scan;

/* Reads the next page, which the caller owns. Returns 0, or a negative errno for ctl_explain(). */
int scan_next(Ctl *ctl, Scan *scan, struct json_object **ret_page);
