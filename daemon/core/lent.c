/* Lending values to an output. */
#include <stdlib.h>

#include "lent.h"

static size_t size_of(const LentBlock *block) {
        size_t n;

        lent_bytes(block, &n);
        return n;
}

static void append(Lent *lent, LentBlock *block) {
        if (lent->last)
                lent->last->next = block;
        else
                lent->first = block;
        lent->last = block;
        lent->n_bytes += size_of(block);
}

/* Removes the first block, and hands it over. */
static LentBlock *take_first(Lent *lent) {
        LentBlock *block = lent->first;

        lent->first = block->next;
        if (!lent->first)
                lent->last = NULL;
        lent->n_bytes -= size_of(block);
        block->next = NULL;
        return block;
}

static void block_free(LentBlock *block) {
        value_deinit(&block->value);
        free(block);
}

bool lent_add(Lent *lent, const Value *value, size_t offset) {
        LentBlock *block = malloc(sizeof(*block));

        if (!block)
                return false;
        *block = (LentBlock){.value = value_ref(value), .position = lent->n_gone + offset};
        append(lent, block);
        return true;
}

void lent_truncate(Lent *lent, size_t offset) {
        Lent all = *lent;

        *lent = (Lent){.n_gone = all.n_gone};
        while (all.first) {
                LentBlock *block = take_first(&all);
                if (lent_offset(lent, block) < offset)
                        append(lent, block);
                else
                        block_free(block);
        }
}

void lent_clear(Lent *lent) {
        while (lent->first)
                block_free(take_first(lent));
}

void lent_move(Lent *to, Lent *from, size_t n, size_t by) {
        while (from->first && lent_offset(from, from->first) < n) {
                LentBlock *block = take_first(from);
                block->position += by + to->n_gone - from->n_gone;
                append(to, block);
        }
        lent_shift(from, n);
}

void lent_shift(Lent *lent, size_t n) {
        lent->n_gone += n;
}

size_t lent_consume(Lent *lent, size_t n) {
        size_t size = size_of(lent->first);

        if (n >= size) {
                block_free(take_first(lent));
                return size;
        }
        lent->first->n_sent += n;
        lent->n_bytes -= n;
        return n;
}

size_t lent_before(const Lent *lent, size_t offset) {
        size_t n = 0;

        for (const LentBlock *block = lent->first; block && lent_offset(lent, block) < offset;
             block = block->next)
                n += size_of(block);
        return n;
}

static void shift_attachments(const Lent *lent, Attachments *attachments) {
        LIST_FOREACH (node, &attachments->list) {
                Attachment *attachment = LIST_ENTRY(node, Attachment, in_attachments);
                attachment->offset += lent_before(lent, attachment->offset);
        }
}

int lent_gather(Lent *lent, Buffer *bytes, Attachments *attachments) {
        CLEANUP(buffer_deinit) Buffer all = {0};
        size_t at = 0, n;

        if (!lent->first)
                return 0;
        int r = buffer_reserve(&all, buffer_size(bytes) + lent->n_bytes);
        for (const LentBlock *block = lent->first; block && r == 0; block = block->next) {
                size_t offset = lent_offset(lent, block);
                r = buffer_append(&all, buffer_bytes(bytes) + at, offset - at);
                const char *text = lent_bytes(block, &n);
                if (r == 0)
                        r = buffer_append(&all, text, n);
                at = offset;
        }
        if (r == 0)
                r = buffer_append(&all, buffer_bytes(bytes) + at, buffer_size(bytes) - at);
        if (r < 0)
                return r;
        shift_attachments(lent, attachments);
        lent_clear(lent);
        Buffer old = *bytes;
        *bytes = all;
        all = old;
        return 0;
}
