/* The ordered items of a queue. They form a treap, a balanced search tree whose nodes carry their
 * own links, so no operation needs memory. A tree has at most UINT32_MAX items.
 *
 * Items are ordered by rank; with by_value, by value_order() and equal ones by rank. Values of
 * different kinds may have no order. An item is refused if it has no order with an item that is
 * present. Comparing it with the items on the way to its place is enough: all items equal to it up
 * to the point of dispute are neighbours, so the way meets one of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/value.h"

typedef struct Item Item;

struct Item {
        Item *parent, *left, *right;
        uint32_t n_below; /* items in its subtree, including itself */
        uint32_t weight;  /* not greater than that of its parent */
        uint64_t rank;    /* unique in its queue */
        Value value;
};

/* Zero-initialised: empty. */
typedef struct Items {
        Item *root;
        size_t n;
        bool by_value;
} Items;

/* Returns 0, or -EDOM if the value has no order with those that are present. */
int items_check(const Items *items, const Item *item);
/* Adds an item that is in no tree, or returns -EDOM like items_check(). */
int items_add(Items *items, Item *item);
void items_remove(Items *items, Item *item);
/* Returns the least item, or NULL. */
Item *items_first(const Items *items);
/* Returns the i-th item, which must exist, counted from 0. Takes logarithmic time. */
Item *items_at(const Items *items, size_t i);
/* Returns the item of this rank, or NULL. Not by_value. Takes logarithmic time. */
Item *items_find(const Items *items, uint64_t rank);
/* Returns the next item, or NULL. */
Item *items_next(const Item *item);

/* Begins to take a whole tree apart in its order. The tree is empty at once; returns the first
 * item, or NULL. */
Item *items_unravel(Items *items);
/* Links an item behind the last of those that were taken apart; NULL: it is the first. Returns the
 * item. */
Item *items_ravel(Item *last, Item *item);
/* Removes an item that was taken apart, and returns the next one, or NULL. Takes constant time on
 * average. */
Item *items_unravel_next(Item *item);
