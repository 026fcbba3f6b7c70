/* Objects of a given size, made with messages that the default limits allow. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "stall-client.h"

/* Texts of n elements, members or keys from a number on, without their brackets. */
void fill_ints(Buffer *b, size_t from, size_t n);
void fill_strings(Buffer *b, size_t from, size_t n);
void fill_members(Buffer *b, size_t from, size_t n);

/* Makes an object of this type anew, under this name, with n elements: integers (mixed up, in a list), or strings
 * where it says so. False when the client is broken. */
bool fill_object(Client *c, const char *type, const char *name, size_t n, bool with_strings);
/* How many objects of counters, persistent and empty, named prefix0 and so on. */
bool fill_counters(Client *c, const char *prefix, size_t n);
