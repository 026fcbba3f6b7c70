/* The blocks of values: for the files that make values. */
#pragma once

#include <stddef.h>

#include "json/value.h"

/* A block with one owner and room for n bytes and a NUL, or NULL. */
ValueBlock *value_block_new(size_t n);
/* Only the first n bytes are used. Puts the NUL behind them. */
ValueBlock *value_block_cut(ValueBlock *block, size_t n);
Value value_of_block(ValueBlock *block, JsonKind kind);
