/* pipe: a pipe of the kernel, or a pair of sockets, between processes that open it by name. A
 * process that opens an end receives a descriptor of it with the reply; the daemon never sees the
 * data.
 *
 * The daemon keeps a descriptor of each end, so that a process may open one end before any process
 * opens the other, and further processes may follow. It closes its descriptor of an end when the
 * other end was opened, and all sessions that opened this end have closed it or ended. When the
 * last descriptor of that end is closed anywhere, the kernel reports end of file or EPIPE to the
 * other side. When the daemon has closed both, the object is deleted.
 *
 * An end that is gone cannot be opened again. An open with create then makes a new pipe of the
 * kernel in the same object. Processes that have an end of the old pipe keep it, and the daemon no
 * longer tracks it.
 *
 *   side       daemon has it    an open           leaves the state by
 *   unopened   yes              opens it          the first open: open
 *   open       yes              opens it again    the last close, or the end of its sessions: left
 *   left       yes              opens it          an open: open; an open of the other side: kept
 *   kept       no               EPIPE             the last close of its descriptors anywhere: gone
 *   gone       no               EPIPE
 *
 * Must never happen: the daemon keeps a descriptor of a side that was left after the other side was
 * opened. A reader would wait for a writer that never comes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attachment.h"
#include "call/batch.h"
#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "denied.h"
#include "descriptor.h"
#include "json/json-util.h"
#include "object.h"
#include "open.h"
#include "open-options.h"
#include "pipe-end.h"
#include "registry.h"
#include "session.h"
#include "unreachable.h"
#include "types/pipe.h"
#include "types/types.h"

static const char *const end_names[] = {"reader", "writer", "a", "b", NULL};

static const char *side_name(const Pipe *pipe, unsigned side) {
        return end_names[(pipe->is_duplex ? N_SIDES : 0) + side];
}

static const char *shown_name(const Object *object) {
        return call_quote(object->name, strlen(object->name));
}

/* Returns a serial greater than any before. It follows the clock, so serials of this daemon are
 * greater than those of its predecessor, whose clients may still exist. */
static int64_t next_serial(Core *core) {
        core->last_serial = core->last_serial < core->now_ns ? core->now_ns : core->last_serial + 1;
        return core->last_serial;
}

/* Makes a pair of descriptors, or refuses the call. The user of the caller is charged, even if
 * another user owns the object. */
static int make_pair(Call *call, bool duplex, Descriptor *ret[N_SIDES]) {
        int r = descriptor_make_pair(call->core, call->session->account, duplex, ret);

        switch (r) {
        case -EDQUOT:
                return call_refuse(call, EDQUOT,
                                   "the user, or the daemon, has too many descriptors of pipes "
                                   "already (max-descriptors-per-uid, max-descriptors)");
        case -EMFILE:
        case -ENFILE:
                return call_refuse(call, -r, "the daemon has no descriptors left for a pipe");
        default:
                return r;
        }
}

static void pipe_set_pair(Pipe *pipe, Descriptor *pair[N_SIDES], int64_t serial) {
        pipe->serial = serial;
        for (unsigned side = 0; side < N_SIDES; side++) {
                descriptor_unref(pipe->sides[side].descriptor);
                pipe->sides[side] = (Side){.descriptor = TAKE_PTR(pair[side])};
        }
}

enum { OPEN_END, OPEN_DUPLEX };

static int pipe_init(Object *object, Call *open) {
        Pipe *pipe = (Pipe *)object;
        Descriptor *pair[N_SIDES];

        pipe->is_duplex = call_bool(open, OPEN_DUPLEX, false);
        int r = make_pair(open, pipe->is_duplex, pair);
        if (r == OUTCOME_DONE)
                pipe_set_pair(pipe, pair, next_serial(object->core));
        return r;
}

static void pipe_deinit(Object *object) {
        Pipe *pipe = (Pipe *)object;

        for (unsigned side = 0; side < N_SIDES; side++)
                descriptor_unref(pipe->sides[side].descriptor);
}

/* Returns whether all sessions that opened the side have left it. */
static bool side_is_left(const Side *side) {
        return side->was_opened && side->n_ends == 0;
}

/* Closes the daemon's descriptor of each side that was left, once the other side was opened. */
static void pipe_let_go(Pipe *pipe) {
        for (unsigned i = 0; i < N_SIDES; i++) {
                Side *side = &pipe->sides[i];
                if (side_is_left(side) && pipe->sides[!i].was_opened)
                        side->descriptor = descriptor_unref(side->descriptor);
        }
}

static void pipe_side_left(Object *object, unsigned side) {
        Pipe *pipe = (Pipe *)object;

        pipe->sides[side].n_ends--;
        pipe_let_go(pipe);
        if (!pipe->sides[READER].descriptor && !pipe->sides[WRITER].descriptor)
                object_doom(object);
}

/* An open of an end that has changed nothing yet. */
typedef struct Opening {
        unsigned side;
        Descriptor *fresh[N_SIDES]; /* a pair that replaces the present one; NULL: keep it */
        int64_t serial;
        PipeEnd *end; /* a new end; NULL if the session has one */
        Attachment *attachment;
} Opening;

static void opening_deinit(Opening *opening) {
        for (unsigned side = 0; side < N_SIDES; side++)
                descriptor_unref(opening->fresh[side]);
        attachment_free(opening->attachment);
        pipe_end_free(opening->end);
}

static int check_side(Call *call, const Pipe *pipe, unsigned *ret_side) {
        unsigned choice = (unsigned)call_choice(call, OPEN_END, 0);

        *ret_side = choice % N_SIDES;
        if ((choice >= N_SIDES) == pipe->is_duplex)
                return OUTCOME_DONE;
        return call_refuse_arg(call, "end", "the ends of this pipe, which %s duplex, are %s and %s",
                               pipe->is_duplex ? "is" : "is not", side_name(pipe, READER),
                               side_name(pipe, WRITER));
}

static int check_bits(Call *call, const Pipe *pipe, unsigned side) {
        const Object *object = &pipe->object;
        bool may_read = object_allows(object, call->session, ACCESS_READ);
        bool may_write = object_allows(object, call->session, ACCESS_WRITE);
        bool may = pipe->is_duplex ? may_read && may_write : side == READER ? may_read : may_write;

        if (may)
                return OUTCOME_DONE;
        char action[64];
        snprintf(action, sizeof(action), "open end %s of", side_name(pipe, side));
        return object_deny(call, object, action);
}

/* Refuses the call if its descriptor could not be sent, since it would be lost. */
static int check_way(Call *call) {
        const Core *core = call->core;
        size_t n = call->session->n_unsent_descriptors + call->session->attachments.n;

        if (!call->n_id)
                return call_refuse(call, EINVAL,
                                   "a descriptor comes with a reply, so the call needs an id");
        if (call->in_batch)
                n += core->batch->attachments.n;
        if (n >= core->limits.unsent_descriptors)
                return call_refuse(call, EDQUOT,
                                   "this session has not received %zu descriptors yet "
                                   "(max-unsent-descriptors)",
                                   n);
        return OUTCOME_DONE;
}

/* Returns whether an open of this end of the present pair makes no sense: the end is gone, or it is
 * the writer and the readers are gone. (A reader may still find data of a writer that is gone.) */
static bool side_is_useless(const Pipe *pipe, unsigned side) {
        return !pipe->sides[side].descriptor ||
               (!pipe->is_duplex && side == WRITER && side_is_left(&pipe->sides[READER]));
}

static int prepare_pair(Call *call, const Pipe *pipe, Opening *opening) {
        const Object *object = &pipe->object;

        opening->serial = pipe->serial;
        if (!side_is_useless(pipe, opening->side))
                return OUTCOME_DONE;
        if (open_may_create(call)) {
                opening->serial = next_serial(call->core);
                return make_pair(call, pipe->is_duplex, opening->fresh);
        }
        return call_refuse(
                call, EPIPE, "the %s of %s is gone: open it with create to make a new pipe",
                side_name(pipe, pipe->sides[opening->side].descriptor ? READER : opening->side),
                shown_name(object));
}

static int prepare_end(Call *call, Pipe *pipe, Opening *opening) {
        Object *object = &pipe->object;

        if (!opening->fresh[0] && pipe_end_find(call->session, object, opening->side))
                return OUTCOME_DONE;
        int r = pipe_end_prepare(call->session, object, opening->side, &opening->end);
        return r == -EDQUOT ? call_refuse(call, EDQUOT,
                                          "this session, or its user, has too many ends of pipes "
                                          "open already (max-handles, max-handles-per-uid)")
                            : r;
}

static int prepare_attachment(const Pipe *pipe, Opening *opening) {
        bool is_fresh = opening->fresh[0];

        opening->attachment = attachment_new(is_fresh ? opening->fresh[opening->side]
                                                      : pipe->sides[opening->side].descriptor);
        return opening->attachment ? OUTCOME_DONE : -ENOMEM;
}

/* Carries out the prepared open. Cannot fail. */
static void pipe_admit(Pipe *pipe, Call *call, Opening *opening) {
        Object *object = &pipe->object;
        Side *side = &pipe->sides[opening->side];
        PipeEnd *end = TAKE_PTR(opening->end);

        if (opening->fresh[0]) {
                pipe_ends_forget(object);
                pipe_set_pair(pipe, opening->fresh, opening->serial);
        }
        if (end) {
                pipe_end_link(end);
                side->n_ends++;
        } else
                end = pipe_end_find(call->session, object, opening->side);
        end->n_opens++;
        side->was_opened = true;
        pipe_let_go(pipe);
        call->attachment = TAKE_PTR(opening->attachment);
}

static int put_answer(const Pipe *pipe, const Opening *opening, bool created,
                      struct json_object *answer) {
        if (json_put_bool(answer, "created", created || opening->fresh[0]) < 0 ||
            json_put_string(answer, "end", side_name(pipe, opening->side)) < 0 ||
            json_put_int(answer, "serial", opening->serial) < 0)
                return -ENOMEM;
        return OUTCOME_DONE;
}

static int open_end(Call *call, Pipe *pipe, bool created, struct json_object *answer) {
        CLEANUP(opening_deinit) Opening opening = {0};

        int r = check_side(call, pipe, &opening.side);
        if (r == OUTCOME_DONE && !created)
                r = check_bits(call, pipe, opening.side);
        if (r == OUTCOME_DONE)
                r = check_way(call);
        if (r == OUTCOME_DONE)
                r = prepare_pair(call, pipe, &opening);
        if (r == OUTCOME_DONE)
                r = prepare_end(call, pipe, &opening);
        if (r == OUTCOME_DONE)
                r = prepare_attachment(pipe, &opening);
        if (r == OUTCOME_DONE)
                r = put_answer(pipe, &opening, created, answer);
        if (r == OUTCOME_DONE)
                pipe_admit(pipe, call, &opening);
        return r;
}

static int pipe_open(Call *call, Object *object, bool created, struct json_object *answer) {
        if (!call_has(call, OPEN_END))
                return open_handle(call, object);
        return open_end(call, (Pipe *)object, created, answer);
}

static int pipe_close(Call *call, Object *object) {
        Pipe *pipe = (Pipe *)object;
        unsigned side;

        int r = check_side(call, pipe, &side);
        if (r != OUTCOME_DONE)
                return r;
        if (call_has(call, 1) && call_int(call, 1, 0) != pipe->serial)
                return call_refuse(
                        call, ENOENT,
                        "the pipe with this serial is gone, and another one has its name");
        PipeEnd *end = pipe_end_find_in_process(call->session, object, side);
        if (!end)
                return call_refuse(call, EINVAL, "this session has not opened end %s of %s",
                                   side_name(pipe, side), shown_name(object));
        if (--end->n_opens == 0) {
                pipe_end_free(end);
                object_may_be_unreachable(object);
                pipe_side_left(object, side);
        }
        return call_return_null(call);
}

/* Returns the state of an end. If the daemon has closed its descriptor, the kernel tells whether
 * another one is left. */
static const char *side_state(const Pipe *pipe, unsigned side) {
        const Side *this = &pipe->sides[side], *other = &pipe->sides[!side];

        if (!this->was_opened)
                return "unopened";
        if (this->n_ends > 0)
                return "open";
        if (this->descriptor)
                return "left";
        return other->descriptor && descriptor_has_peer(other->descriptor) ? "kept" : "gone";
}

static struct json_object *describe_ends(const Pipe *pipe) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &pipe->object.ends) {
                const PipeEnd *end = LIST_ENTRY(node, PipeEnd, by_object);
                CLEANUP(json_putp) struct json_object *o = pipe_end_describe(end);
                if (!o || json_put_string(o, "end", side_name(pipe, end->side)) < 0 ||
                    json_push(array, TAKE_PTR(o)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static int pipe_describe(Object *object, struct json_object *into) {
        const Pipe *pipe = (Pipe *)object;

        if (json_put_bool(into, "duplex", pipe->is_duplex) < 0 ||
            json_put_int(into, "serial", pipe->serial) < 0)
                return -ENOMEM;
        for (unsigned side = 0; side < N_SIDES; side++)
                if (json_put_string(into, side_name(pipe, side), side_state(pipe, side)) < 0)
                        return -ENOMEM;
        return json_put(into, "ends", describe_ends(pipe));
}

static int get_duplex(const Object *object, struct json_object **ret) {
        return present_bool(((const Pipe *)object)->is_duplex, ret);
}

static const Arg open_args[] = {
        [OPEN_END] = {.name = "end",
                      .kind = ARG_CHOICE,
                      .optional = true,
                      .choices = end_names,
                      .role = OPEN_CALL,
                      .help = "which end to open, a and b of a duplex pipe; its descriptor comes "
                              "with the answer, and without it no end is opened"},
        [OPEN_DUPLEX] = {.name = "duplex",
                         .kind = ARG_BOOL,
                         .optional = true,
                         .fallback = "false",
                         .role = OPEN_FOR_GOOD,
                         .get_present = get_duplex,
                         .help = "both ends of a new pipe read and write"},
        {0},
};

static const Arg close_args[] = {
        [OPEN_END] = {.name = "end",
                      .kind = ARG_CHOICE,
                      .choices = end_names,
                      .help = "which end to close"},
        {.name = "serial",
         .kind = ARG_INT,
         .optional = true,
         .help = "the serial that the open returned; a newer pipe of the same name is left alone"},
        {0},
};

static const Method methods[] = {
        METHOD("close", pipe_close, work_constant, METHOD_GIVES_BACK, close_args, NULL_SCHEMA,
               "report that the descriptor of an end, which one open returned, is closed"),
        {0},
};

const Type type_pipe = {
        .name = "pipe",
        .help = "a pipe of the kernel, whose ends are returned as descriptors",
        .size = sizeof(Pipe),
        .open_args = open_args,
        .init = pipe_init,
        .deinit = pipe_deinit,
        .save = pipe_save,
        .load = pipe_load,
        .check_links = pipe_check_links,
        .open = pipe_open,
        .end_gone = pipe_side_left,
        .describe = pipe_describe,
        .methods = methods,
};
