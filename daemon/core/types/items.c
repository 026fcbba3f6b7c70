/* Ordered items as a treap with parent links. No function is recursive. */
#include <errno.h>

#include "base/siphash.h"
#include "types/items.h"

static int item_order(const Items *items, const Item *a, const Item *b, int *ret) {
        *ret = 0;
        if (items->by_value) {
                int r = value_order(&a->value, &b->value, ret);
                if (r < 0)
                        return r;
        }
        if (*ret == 0)
                *ret = a->rank < b->rank ? -1 : 1;
        return 0;
}

/* Finds the future parent of an item, and the side on which it is attached. */
static int find_place(const Items *items, const Item *item, Item **ret_parent, bool *ret_is_left) {
        *ret_parent = NULL;
        *ret_is_left = false;
        for (Item *at = items->root; at; at = *ret_is_left ? at->left : at->right) {
                int order;
                int r = item_order(items, item, at, &order);
                if (r < 0)
                        return r;
                *ret_parent = at;
                *ret_is_left = order < 0;
        }
        return 0;
}

int items_check(const Items *items, const Item *item) {
        Item *parent;
        bool is_left;

        return items->by_value ? find_place(items, item, &parent, &is_left) : 0;
}

/* Replaces `old` in its parent by `item`, which may be NULL. */
static void replace(Items *items, const Item *old, Item *item) {
        Item *parent = old->parent;

        if (!parent)
                items->root = item;
        else if (parent->left == old)
                parent->left = item;
        else
                parent->right = item;
        if (item)
                item->parent = parent;
}

static size_t count_of(const Item *item) {
        return item ? item->n_below : 0;
}

static void count_again(Item *item) {
        item->n_below = (uint32_t)(1 + count_of(item->left) + count_of(item->right));
}

/* Adds n to the counts of all ancestors. */
static void count_above(const Item *item, size_t n) {
        for (Item *at = item->parent; at; at = at->parent)
                at->n_below += (uint32_t)n;
}

/* Rotates an item above its parent, which keeps the order. */
static void rotate_up(Items *items, Item *item) {
        Item *parent = item->parent;
        bool is_left = parent->left == item;
        Item *between = is_left ? item->right : item->left;

        replace(items, parent, item);
        if (is_left) {
                parent->left = between;
                item->right = parent;
        } else {
                parent->right = between;
                item->left = parent;
        }
        if (between)
                between->parent = parent;
        parent->parent = item;
        count_again(parent);
        count_again(item);
}

int items_add(Items *items, Item *item) {
        Item *parent;
        bool is_left;

        int r = find_place(items, item, &parent, &is_left);
        if (r < 0)
                return r;
        item->left = item->right = NULL;
        item->parent = parent;
        item->n_below = 1;
        /* The weight is a keyed hash, so no client can choose ranks that make the tree deep. */
        item->weight = (uint32_t)siphash13(hash_key_of_process(), &item->rank, sizeof(item->rank));
        if (!parent)
                items->root = item;
        else if (is_left)
                parent->left = item;
        else
                parent->right = item;
        count_above(item, 1);
        while (item->parent && item->parent->weight < item->weight)
                rotate_up(items, item);
        items->n++;
        return 0;
}

void items_remove(Items *items, Item *item) {
        while (item->left && item->right)
                rotate_up(items,
                          item->left->weight > item->right->weight ? item->left : item->right);
        count_above(item, (size_t)-1);
        replace(items, item, item->left ? item->left : item->right);
        item->parent = item->left = item->right = NULL;
        items->n--;
}

Item *items_first(const Items *items) {
        Item *first = items->root;

        while (first && first->left)
                first = first->left;
        return first;
}

Item *items_at(const Items *items, size_t i) {
        Item *at = items->root;

        for (size_t n; (n = count_of(at->left)) != i;) {
                at = i < n ? at->left : at->right;
                i -= i < n ? 0 : n + 1;
        }
        return at;
}

Item *items_find(const Items *items, uint64_t rank) {
        Item *at = items->root;

        while (at && at->rank != rank)
                at = rank < at->rank ? at->left : at->right;
        return at;
}

Item *items_next(const Item *item) {
        if (!item->right) {
                while (item->parent && item->parent->right == item)
                        item = item->parent;
                return item->parent;
        }
        Item *next = item->right;
        while (next->left)
                next = next->left;
        return next;
}

Item *items_unravel(Items *items) {
        Item *first = items_first(items);

        items->root = NULL;
        items->n = 0;
        return first;
}

/* The first item has no left child, so its right child takes its place. */
Item *items_unravel_next(Item *item) {
        Item *next = item->right;

        if (item->parent)
                item->parent->left = next;
        if (!next)
                return item->parent;
        next->parent = item->parent;
        while (next->left)
                next = next->left;
        return next;
}

Item *items_ravel(Item *last, Item *item) {
        item->parent = item->left = item->right = NULL;
        if (last)
                last->right = item;
        return item;
}
