/* A sample of shmgrctl top as lines of text. */
#pragma once

#include <json-c/json.h>

#include "base/buffer.h"
#include "top-order.h"

/* Appends lines, each ended by a newline, at most so many; a line that is a heading begins with a tab, which is
 * not to be shown. 0 or -ENOMEM. */
int top_view(Buffer *b, struct json_object *sample, TopOrder order, int max_lines);
