/* Ready items: a tree, and behind it the entries of a fifo queue. */
#include "types/ready.h"

static ReadyEntry *entry_at(const Ready *ready, size_t i) {
        return pages_at(&ready->entries, sizeof(ReadyEntry), i);
}

static bool place_item(Item *item, ReadyPlace *ret) {
        *ret = (ReadyPlace){.item = item, .rank = item->rank, .value = &item->value};
        return true;
}

static bool place_entry(const Ready *ready, size_t i, ReadyPlace *ret) {
        if (i >= ready->entries.n)
                return false;
        ReadyEntry *entry = entry_at(ready, i);
        *ret = (ReadyPlace){.entry = i, .rank = entry->rank, .value = &entry->value};
        return true;
}

bool ready_first(const Ready *ready, ReadyPlace *ret) {
        return ready->tree.n > 0 ? place_item(items_first(&ready->tree), ret)
                                 : place_entry(ready, 0, ret);
}

bool ready_at(const Ready *ready, size_t i, ReadyPlace *ret) {
        return i < ready->tree.n ? place_item(items_at(&ready->tree, i), ret)
                                 : place_entry(ready, i - ready->tree.n, ret);
}

bool ready_next(const Ready *ready, ReadyPlace *place) {
        Item *next = place->item ? items_next(place->item) : NULL;

        if (next)
                return place_item(next, place);
        return place_entry(ready, place->item ? 0 : place->entry + 1, place);
}

const Value *ready_first_value(const Ready *ready) {
        return ready->tree.n > 0 ? &items_first(&ready->tree)->value : &entry_at(ready, 0)->value;
}

int ready_reserve(Ready *ready, size_t n) {
        return pages_reserve(&ready->entries, sizeof(ReadyEntry), false, n);
}

void ready_append(Ready *ready, uint64_t rank, Value value) {
        Pages *entries = &ready->entries;

        pages_open(entries, sizeof(ReadyEntry), false, entries->n, 1);
        *entry_at(ready, entries->n - 1) = (ReadyEntry){.rank = rank, .value = value};
}

void ready_drop_entry(Ready *ready) {
        pages_close(&ready->entries, sizeof(ReadyEntry), true, 0, 1);
        ready_trim(ready);
}

void ready_trim(Ready *ready) {
        pages_trim(&ready->entries, sizeof(ReadyEntry));
}

const Value *ready_find(const Ready *ready, uint64_t rank) {
        size_t from = 0, to = ready->entries.n;
        const Item *item = items_find(&ready->tree, rank);

        while (from < to) {
                size_t i = from + (to - from) / 2;
                if (entry_at(ready, i)->rank < rank)
                        from = i + 1;
                else
                        to = i;
        }
        if (from < ready->entries.n && entry_at(ready, from)->rank == rank)
                return &entry_at(ready, from)->value;
        return item ? &item->value : NULL;
}
