/* Makes blocks, and cuts them to the length that is used. */
#include <stdlib.h>

#include "base/memory.h"
#include "json/value-block.h"

ValueBlock *value_block_new(size_t n) {
        ValueBlock *block = n < UINT32_MAX ? malloc(sizeof(*block) + n + 1) : NULL;

        if (block)
                *block = (ValueBlock){.n_refs = 1, .n = (uint32_t)n, .n_values = 1};
        return block;
}

ValueBlock *value_block_cut(ValueBlock *block, size_t n) {
        bool is_smaller = memory_of(sizeof(*block) + n + 1) <
                          memory_of(sizeof(*block) + (size_t)block->n + 1);
        ValueBlock *cut = is_smaller ? realloc(block, sizeof(*block) + n + 1) : NULL;

        block = cut ? cut : block;
        block->n = (uint32_t)n;
        block->bytes[n] = '\0';
        return block;
}

Value value_of_block(ValueBlock *block, JsonKind kind) {
        return (Value){.block = block,
                       .form = VALUE_BLOCK,
                       .kind = (unsigned char)kind & 7,
                       .is_plain = block->flags & VALUE_PLAIN};
}
