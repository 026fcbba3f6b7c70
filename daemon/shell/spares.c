/* Keeping the memory of long lines and replies. */
#include <string.h>

#include "spares.h"

static Buffer take_at(Spares *s, unsigned i) {
        Buffer buffer = s->buffers[i];

        s->n--;
        s->n_bytes -= buffer.capacity;
        memmove(s->buffers + i, s->buffers + i + 1, (s->n - i) * sizeof(*s->buffers));
        return buffer;
}

void spares_deinit(Spares *s) {
        while (s->n > 0)
                buffer_deinit(&s->buffers[--s->n]);
        s->n_bytes = 0;
}

/* Of buffers of one size it takes the one that was kept last, which is most likely cached. */
Buffer spares_take(Spares *s, size_t n) {
        unsigned i = 0;

        if (s->n == 0)
                return (Buffer){0};
        while (i + 1 < s->n &&
               (s->buffers[i].capacity < n || s->buffers[i + 1].capacity == s->buffers[i].capacity))
                i++;
        return take_at(s, i);
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
                Buffer first = take_at(s, 0);
                buffer_deinit(&first);
        }
        insert(s, empty);
}
