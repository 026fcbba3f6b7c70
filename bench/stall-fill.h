/* Objects of a given size, made with messages that the default limits allow. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "stall-client.h"

/* Append n elements, members or keys, numbered from `from` on, without brackets. */
void fill_ints(Buffer *b, size_t from, size_t n);
void fill_strings(Buffer *b, size_t from, size_t n);
void fill_members(Buffer *b, size_t from, size_t n);

/* Deletes the object of this name and makes it again, with n elements: strings if with_strings is set, otherwise integers, which
 * are not in order in a list. Returns false if the client is broken. */
bool fill_object(Client *c, const char *type, const char *name, size_t n, bool with_strings);
/* Makes n persistent counters, named prefix0 and so on. */
bool fill_counters(Client *c, const char *prefix, size_t n);
