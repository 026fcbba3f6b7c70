/* Saves and loads pipes. Each side is [descriptor or null, whether it was opened, number of
 * sessions that have it open]. */
#include <errno.h>

#include "descriptor.h"
#include "pipe-end.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/pipe.h"

void pipe_save(const Object *object, SnapshotWriter *w) {
        const Pipe *pipe = (const Pipe *)object;

        snapshot_put_bool(w, "duplex", pipe->is_duplex);
        snapshot_put_int(w, "serial", pipe->serial);
        snapshot_open_array(w, "sides");
        for (unsigned side = 0; side < N_SIDES; side++) {
                const Side *s = &pipe->sides[side];
                snapshot_open_array(w, NULL);
                if (s->descriptor)
                        snapshot_put_int(w, NULL, s->descriptor->fd);
                else
                        snapshot_put_null(w, NULL);
                snapshot_put_bool(w, NULL, s->was_opened);
                snapshot_put_int(w, NULL, s->n_ends);
                snapshot_close_array(w);
        }
        snapshot_close_array(w);
}

static void side_load(Side *side, SnapshotReader *r, const JsonSpan *saved) {
        JsonSpan parts[3];

        if (!snapshot_read_tuple(r, saved, parts, ELEMENTSOF(parts)))
                return;
        side->was_opened = snapshot_read_bool(r, &parts[1]);
        side->n_ends = (unsigned)snapshot_read_int(r, &parts[2]);
        if (parts[0].kind == JSON_NULL)
                return;
        Descriptor *descriptor =
                snapshot_marked(r, SNAPSHOT_DESCRIPTOR, (uint64_t)snapshot_read_int(r, &parts[0]));
        if (descriptor)
                side->descriptor = descriptor_ref(descriptor);
        else
                snapshot_fail(r, -EBADMSG, "no such descriptor");
}

int pipe_load(Object *object, SnapshotRecord *state) {
        Pipe *pipe = (Pipe *)object;
        SnapshotReader *r = state->reader;
        JsonCursor cursor;
        JsonSpan side;
        unsigned n = 0;

        pipe->is_duplex = snapshot_get_bool(state, "duplex");
        pipe->serial = snapshot_get_int(state, "serial");
        snapshot_get_array(state, "sides", &cursor);
        for (; snapshot_next_element(r, &cursor, &side); n++)
                if (n < N_SIDES)
                        side_load(&pipe->sides[n], r, &side);
        if (n != N_SIDES)
                snapshot_fail(r, -EBADMSG, "a pipe has two sides");
        return r->error;
}

bool pipe_check_links(const Object *object) {
        const Pipe *pipe = (const Pipe *)object;
        unsigned n[N_SIDES] = {0};

        LIST_FOREACH (node, &object->ends) {
                unsigned side = LIST_ENTRY(node, PipeEnd, by_object)->side;
                if (side >= N_SIDES)
                        return false;
                n[side]++;
        }
        return n[READER] == pipe->sides[READER].n_ends && n[WRITER] == pipe->sides[WRITER].n_ends;
}
