/* Blocks of values: only for the files that make values. */
#pragma once

#include <stddef.h>

#include "json/value.h"

/* Returns a block with one owner and room for n bytes and a NUL, or NULL without memory. */
ValueBlock *value_block_new(size_t n);
/* Cuts a block to its first n bytes, and puts a NUL behind them. Returns the block, which may have moved. */
ValueBlock *value_block_cut(ValueBlock *block, size_t n);
Value value_of_block(ValueBlock *block, JsonKind kind);
