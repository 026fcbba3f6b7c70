/* Formats a sample of shmgrctl top as lines of text. */
#pragma once

#include <json-c/json.h>

#include "base/buffer.h"
#include "top-order.h"

/* Appends at most max_lines lines, each with a newline. A leading tab, which is not shown, marks a
 * heading. Returns 0 or -ENOMEM. */
int top_view(Buffer *b, struct json_object *sample, TopOrder order, int max_lines);
