/* Moves received descriptors to the numbers that they had before.
 *
 * The kernel gave each descriptor the lowest free number, which may be the old number of another
 * one. So they are moved one by one. If the number of a descriptor is taken by another one of the
 * list, that one first moves to a free number above the whole list. Each step needs only one more
 * descriptor, so a daemon near its limit can be restarted.
 *
 * Must never happen: dup3(2) closes a descriptor by replacing it. So a number that is taken by a
 * descriptor outside of the list and of the movable ones is a failure. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"
#include "handover/placing.h"

enum { FREE = -1 };

typedef struct Places {
        UnpackedList *list;
        int *holder; /* by descriptor number: the index of the item that has it, or FREE */
        size_t n;
        int above; /* the first number above those of all items */
        int *const *movable;
        size_t n_movable;
} Places;

static int max_of(const UnpackedList *list) {
        int max = 0;

        for (size_t i = 0; i < list->n; i++) {
                const Unpacked *item = &list->items[i];
                int highest = item->fd > item->number ? item->fd : item->number;
                max = highest > max ? highest : max;
        }
        return max;
}

static int places_init(Places *p, UnpackedList *list) {
        p->list = list;
        p->above = max_of(list) + 1;
        p->n = (size_t)p->above;
        p->holder = malloc(p->n * sizeof(int));
        if (!p->holder)
                return -ENOMEM;
        /* sets all to FREE: the bytes of -1 are 0xff */
        memset(p->holder, FREE, p->n * sizeof(int));
        for (size_t i = 0; i < list->n; i++)
                p->holder[list->items[i].fd] = (int)i;
        return 0;
}

/* Moves a descriptor above the list. Returns its new number, or negative errno. */
static int move_away(const Places *p, int fd) {
        int moved = fcntl(fd, F_DUPFD_CLOEXEC, p->above);

        if (moved < 0)
                return -errno;
        close(fd);
        return moved;
}

/* Frees a number that no descriptor of the list has: moves a movable descriptor away, and fails for
 * any other. */
static int evict_other(const Places *p, int number) {
        for (size_t i = 0; i < p->n_movable; i++)
                if (*p->movable[i] == number) {
                        int moved = move_away(p, number);
                        if (moved >= 0)
                                *p->movable[i] = moved;
                        return moved < 0 ? moved : 0;
                }
        return fcntl(number, F_GETFD) >= 0 ? -EBADMSG : 0;
}

/* Frees the number, whichever descriptor has it. */
static int evict(Places *p, int number) {
        int i = p->holder[number];

        if (i == FREE)
                return evict_other(p, number);
        Unpacked *item = &p->list->items[i];
        if (item->number == number)
                return -EBADMSG; /* a placed item has it: two items have the same number */
        int moved = move_away(p, number);
        if (moved < 0)
                return moved;
        item->fd = moved;
        p->holder[number] = FREE;
        return 0;
}

static int place(Places *p, size_t i) {
        Unpacked *item = &p->list->items[i];

        if (item->fd == item->number)
                return 0;
        int r = evict(p, item->number);
        if (r < 0)
                return r;
        if (dup3(item->fd, item->number, O_CLOEXEC) < 0)
                return -errno;
        close(item->fd);
        if ((size_t)item->fd < p->n)
                p->holder[item->fd] = FREE;
        item->fd = item->number;
        p->holder[item->number] = (int)i;
        return 0;
}

int placing_run(UnpackedList *list, int *const movable[], size_t n_movable) {
        Places p = {.movable = movable, .n_movable = n_movable};
        int r = places_init(&p, list);

        for (size_t i = 0; r == 0 && i < list->n; i++)
                r = place(&p, i);
        free(p.holder);
        if (r < 0)
                return r;
        free(list->items);
        *list = (UnpackedList){.n = 0};
        return 0;
}
