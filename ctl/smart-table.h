/* Tables by libsmartcols of util-linux. */
#pragma once

#include <stdbool.h>

#include "text-table.h"

/* Prints the table: false, with nothing printed, if the program was built without the library or memory ran out. On a terminal
 * texts are cut so that lines fit. */
bool smart_table_print(const TextTable *t);
