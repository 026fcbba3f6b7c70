/* Items in order: what a queue keeps. A balanced search tree (a treap) of nodes
 * that carry their own links, so that nothing here can run out of memory.
 *
 * Items lie by their rank or, where the tree is by value, by value_order() and then by
 * rank. Values of different kinds have no order, and an item that has none with all
 * that are present is not let in: it is enough to ask those on the way to its place,
 * since all that share with it what comes before the point of dispute lie side by
 * side, and the way leads through one of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/value.h"

typedef struct Item Item;

struct Item {
        Item *parent, *left, *right;
        size_t n_below;  /* items of its subtree, itself included */
        uint64_t weight; /* no parent weighs less than its child */
        uint64_t rank;   /* no two items of a queue have the same */
        Value value;
};

/* Zero-initialised is empty. */
typedef struct Items {
        Item *root;
        size_t n;
        bool by_value;
} Items;

/* 0, or -EDOM when the value has no order with those that are present. */
int items_check(const Items *items, const Item *item);
/* The same, and 0 means that the item is in. It must not be in any tree. */
int items_add(Items *items, Item *item);
void items_remove(Items *items, Item *item);
/* The least, or NULL. */
Item *items_first(const Items *items);
/* The i-th from 0, in logarithmic time; there is one. */
Item *items_at(const Items *items, size_t i);
/* The one behind it, or NULL. */
Item *items_next(const Item *item);

/* Takes a whole tree apart, in its order: it is empty at once, and the first item, or NULL, is returned... */
Item *items_unravel(Items *items);
/* Puts one behind the last of what was taken apart; both may be NULL: the first. */
Item *items_ravel(Item *last, Item *item);
/* ... and then the one behind each. The item that is given is in no tree any more. Constant time on the average. */
Item *items_unravel_next(Item *item);
