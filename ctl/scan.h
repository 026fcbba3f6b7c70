/* The results of a method with a cursor, page by page, so that at most one page is in memory. */
#pragma once

#include "ctl.h"

typedef struct Scan {
        const char *method;
        struct json_object *params; /* borrowed; the cursor is put there */
        bool is_over;
} Scan;

/* The next page, which is the caller's: 0 or a negative errno, for ctl_explain(). */
int scan_next(Ctl *ctl, Scan *scan, struct json_object **ret_page);
