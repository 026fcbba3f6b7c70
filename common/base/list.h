/* An intrusive, circular, doubly linked list. A node that is in no list points
 * to itself, so unlinking twice is harmless and a node knows whether it is linked. */
#pragma once

#include <stdbool.h>

#include "base/macros.h"

typedef struct List List;
typedef struct List ListLink; /* a node, as a member of the structure that is listed */

struct List {
        List *next, *prev;
};

#define LIST_INIT(l) ((List){.next = &(l), .prev = &(l)})

static inline void list_init(List *l) {
        l->next = l->prev = l;
}

static inline bool list_is_linked(const List *node) {
        return node->next != node;
}

static inline bool list_is_empty(const List *head) {
        return head->next == head;
}

static inline void list_link_before(List *where, List *node) {
        node->prev = where->prev;
        node->next = where;
        where->prev->next = node;
        where->prev = node;
}

static inline void list_append(List *head, List *node) {
        list_link_before(head, node);
}

static inline void list_prepend(List *head, List *node) {
        list_link_before(head->next, node);
}

static inline void list_unlink(List *node) {
        node->prev->next = node->next;
        node->next->prev = node->prev;
        list_init(node);
}

static inline List *list_first(const List *head) {
        return list_is_empty(head) ? NULL : head->next;
}

static inline List *list_last(const List *head) {
        return list_is_empty(head) ? NULL : head->prev;
}

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_splice(List *to, List *from) {
        if (list_is_empty(from))
                return;
        from->next->prev = to->prev;
        to->prev->next = from->next;
        from->prev->next = to;
        to->prev = from->prev;
        list_init(from);
}

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)

#define LIST_FOREACH(node, head) for (List *node = (head)->next; node != (head); node = node->next)

/* The body may unlink and free the current node, and no other: `tmp` points to the next one. */
#define LIST_FOREACH_SAFE(node, tmp, head)                                                         \
        for (List *node = (head)->next, *tmp = node->next; node != (head);                         \
             node = tmp, tmp = tmp->next)
