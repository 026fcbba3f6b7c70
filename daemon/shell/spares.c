/* Keeping the memory of long lines and replies. */
#include <string.h>

#include "spares.h"

/* Returns the smallest buffer. */
static Buffer take_first(Spares *s) {
        Buffer first = s->buffers[0];

        s->n--;
        s->n_bytes -= first.capacity;
        memmove(s->buffers, s->buffers + 1, s->n * sizeof(*s->buffers));
        return first;
}

void spares_deinit(Spares *s) {
        while (s->n > 0)
                buffer_deinit(&s->buffers[--s->n]);
        s->n_bytes = 0;
}

Buffer spares_take(Spares *s) {
        if (s->n == 0)
                return (Buffer){0};
        Buffer last = s->buffers[--s->n];
        s->n_bytes -= last.capacity;
        return last;
}

static void insert(Spares *s, Buffer *empty) {
        unsigned at = s->n;

        while (at > 0 && s->buffers[at - 1].capacity > empty->capacity)
                at--;
        memmove(s->buffers + at + 1, s->buffers + at, (s->n - at) * sizeof(*s->buffers));
        buffer_clear(empty);
        s->buffers[at] = *empty;
        s->n++;
        s->n_bytes += empty->capacity;
        *empty = (Buffer){0};
}

void spares_keep(Spares *s, Buffer *empty) {
        if (empty->capacity < SPARE_BYTES_MIN || empty->capacity > SPARE_BYTES_MAX)
                return;
        while (s->n == SPARES_MAX ||
               (s->n > 0 && s->n_bytes + empty->capacity > SPARES_BYTES_MAX)) {
                if (s->buffers[0].capacity >= empty->capacity)
                        return;
                Buffer first = take_first(s);
                buffer_deinit(&first);
        }
        insert(s, empty);
}
