/* Lines: from received bytes to calls.
 *
 * Input is in one of three states:
 *
 *               the output that the client has not read
 *               grows over OUTPUT_PAUSE
 *      RUNNING ----------------------------------------> PAUSED
 *       |   ^  <----------------------------------------
 *       |   |   shrinks below OUTPUT_RESUME, or the client is gone
 *       |   |
 *       |   | the newline of the long line
 *       v   |
 *      SKIPPING: a line is longer than max-frame
 *
 * RUNNING: complete lines run in order; an unfinished line stays in `input`.
 *
 * PAUSED: no line runs and no byte is received, so the client gets back-pressure. The time limit of
 * the unfinished line stops, and starts again on resuming.
 *
 * SKIPPING: the error was sent when the line exceeded the bound; the rest of the line is dropped as
 * it arrives. So no line takes more memory than the bound and one piece.
 *
 * A run stops early when the session has run turn-calls lines in this turn, when its user has used
 * up its share, when the session pauses, or when it is cut off. The lines that are left stay in
 * `input`, and has_line is set.
 *
 * An unfinished line of more than SCAN_PIECE bytes is scanned as it arrives, so only its last piece
 * is left to scan when it is complete.
 *
 * At most TURN_SCRATCH bytes of short lines are received at once, however many a client sends. So
 * the lines that have no turn yet stay in the kernel, and not in a buffer that its user is charged
 * for.
 *
 * Most lines are short and arrive alone. Such a line is received into the scratch buffer of the
 * turn and run there, so an idle session has no input buffer.
 *
 * The buffers of long lines are kept (spares.h). A line that follows a long one is received in such a
 * buffer at once; the first long line of a connection is copied there. Lines that follow each other
 * often have nearly the same length, so the daemon receives whole lines of that length, as many as
 * the buffer has room for, and NEXT_BYTES more. An unfinished line therefore never has to move to
 * make room for its rest, and only the few bytes behind whole lines are copied: they move to a small
 * buffer, and the next line, also one of another connection, is received in the long one.
 *
 * Must never happen: a byte is run twice or not at all, whatever stops a run; memchr() searches the
 * same bytes again (n_searched), which would make the cost of a long line in small pieces the
 * square of its size; output grows for a client that is gone, since it is never drained. */
#include <errno.h>
#include <string.h>

#include "lines.h"
#include "slow-call.h"
#include "turn.h"

enum {
        LONG_BYTES = 32 << 10,
        BATCH_BYTES = 256 << 10, /* of long lines: received at once, or one line */
        NEXT_BYTES = 64,         /* received behind them, since a number may have more digits */
        REST_BYTES = 4 << 10,    /* an unfinished line of more stays in the buffer of long lines */
        INPUT_ROOM_MIN = 4 << 10,
        INPUT_ROOM_MAX = 1 << 20,
        OUTPUT_PAUSE = 256 << 10,
        OUTPUT_RESUME = 64 << 10,
        SCAN_PIECE = 1 << 20, /* part of an unfinished line that is scanned at once */
};

void lines_init(Lines *l, Turn *turn, Share *share, Session *session) {
        *l = (Lines){.turn = turn, .share = share, .session = session};
}

void lines_deinit(Lines *l) {
        buffer_deinit(&l->input);
}

void lines_restore(Lines *l, size_t n_bytes, size_t n_descriptors) {
        size_t n = buffer_size(&l->input);

        l->n_unsent_bytes = n_bytes;
        l->n_unsent_descriptors = n_descriptors;
        l->has_line = n > 0 && memchr(buffer_bytes(&l->input), '\n', n);
        l->n_searched = l->has_line ? 0 : n;
        l->n_scanned = 0;
}

void lines_begin_turn(Lines *l) {
        l->n_left = core_limits(l->turn->core)->turn_calls;
}

bool lines_may_run(const Lines *l) {
        return l->n_left > 0 && !l->is_paused && !core_session_cut_off_reason(l->session) &&
               share_may(l->share, SHARE_RUN, l->turn->number);
}

/* Descriptors have their own bound. Only a batch can exceed it here. */
static bool has_many_unsent(const Lines *l, size_t n_bytes) {
        return l->n_unsent_bytes + core_session_output_size(l->session) > n_bytes ||
               l->n_unsent_descriptors + core_session_output_descriptors(l->session) >
                       core_limits(l->turn->core)->unsent_descriptors / 2;
}

void lines_update_pause(Lines *l) {
        if (!l->is_paused)
                l->is_paused = !l->is_unheard && has_many_unsent(l, OUTPUT_PAUSE);
        else if (l->is_unheard || !has_many_unsent(l, OUTPUT_RESUME)) {
                l->is_paused = false;
                if (l->since_ns)
                        l->since_ns = core_now_ns(l->turn->core);
        }
}

void lines_set_unsent(Lines *l, size_t n_bytes, size_t n_descriptors) {
        l->n_unsent_bytes = n_bytes;
        l->n_unsent_descriptors = n_descriptors;
        core_session_set_unsent(l->session, n_bytes, n_descriptors);
        lines_update_pause(l);
}

void lines_set_unheard(Lines *l) {
        l->is_unheard = true;
        lines_update_pause(l);
}

bool lines_are_late(const Lines *l) {
        int64_t most_ns = (int64_t)core_limits(l->turn->core)->frame_ms * 1000000;

        return l->since_ns && !l->is_paused && core_now_ns(l->turn->core) - l->since_ns > most_ns;
}

/* Reads the clock for all lines since it was read last. The line is that of the last call, or NULL
 * if it is gone. */
static void note_time(Lines *l, const char *line, size_t n) {
        const int64_t slow_ns = (int64_t)l->turn->options->slow_call_ms * 1000000;
        unsigned n_lines = core_count_untimed(l->turn->core);
        int64_t elapsed_ns = turn_use(l->turn, l->share, SHARE_RUN);

        if (n_lines > 0 && slow_ns && elapsed_ns >= slow_ns)
                slow_call_write(l->turn->log, core_limits(l->turn->core), l->session, line, n,
                                n_lines, elapsed_ns);
}

void lines_end_run(Lines *l) {
        if (core_count_untimed(l->turn->core) > 0)
                note_time(l, NULL, 0);
}

/* A call that does much work is timed alone, or with small ones before it. */
static void run_call(Lines *l, const char *line, size_t n) {
        Session *session = l->session;

        core_session_receive(session, line, n);
        if (core_time_is_due(l->turn->core))
                note_time(l, line, n);
        if (l->is_unheard)
                core_session_drop_output(session);
}

static void finish_line(Lines *l, const char *line, size_t n) {
        if (l->is_skipping)
                l->is_skipping = false;
        else if (n > core_limits(l->turn->core)->frame_bytes)
                core_session_receive_too_long(l->session);
        else
                run_call(l, line, n);
        l->since_ns = 0;
        l->n_scanned = 0;
        l->n_last = n;
        l->n_left--;
        lines_update_pause(l);
}

/* Runs the complete lines among n bytes, of which the first n_searched contain no newline. Returns
 * the number of bytes that were run; n_searched is then that of the rest. */
static size_t run_complete(Lines *l, const char *data, size_t n) {
        size_t done = 0, searched = l->n_searched;

        while (lines_may_run(l)) {
                const char *newline =
                        searched < n ? memchr(data + searched, '\n', n - searched) : NULL;
                if (!newline) {
                        searched = n;
                        break;
                }
                const char *line = data + done;
                finish_line(l, line, (size_t)(newline - line));
                searched = done = (size_t)(newline - data) + 1;
        }
        l->n_searched = searched - done;
        return done;
}

/* Moves the input into another buffer, and keeps the memory of its own. */
static int move_input(Lines *l, Buffer *into) {
        int r = buffer_append(into, buffer_bytes(&l->input), buffer_size(&l->input));

        if (r < 0)
                return r;
        buffer_clear(&l->input);
        spares_keep(&l->turn->spares, &l->input);
        buffer_deinit(&l->input);
        l->input = *into;
        return 0;
}

static void consume_input(Lines *l, size_t n) {
        Buffer rest = {0};

        l->input.start += n;
        if (l->input.capacity >= SPARE_BYTES_MIN && buffer_size(&l->input) <= REST_BYTES)
                move_input(l, &rest);
        if (buffer_size(&l->input) == 0)
                buffer_deinit(&l->input);
}

size_t lines_memory(const Lines *l) {
        return l->input.capacity;
}

bool lines_shrink(Lines *l) {
        Buffer exact = {0};

        return l->input.capacity / 2 >= buffer_size(&l->input) + SPARE_BYTES_MIN &&
               move_input(l, &exact) == 0;
}

static void drop_input(Lines *l) {
        consume_input(l, buffer_size(&l->input));
        l->n_searched = l->n_scanned = 0;
}

/* Called when input is an unfinished line and nothing else. */
static void keep_unfinished(Lines *l) {
        size_t n = buffer_size(&l->input);

        l->n_searched = n;
        if (n > 0 && !l->since_ns)
                l->since_ns = core_now_ns(l->turn->core);
        if (n > core_limits(l->turn->core)->frame_bytes && !l->is_skipping) {
                core_session_receive_too_long(l->session);
                l->is_skipping = true;
        }
        if (l->is_skipping)
                drop_input(l);
        else if (n - l->n_scanned >= SCAN_PIECE) {
                core_session_receive_part(l->session, buffer_bytes(&l->input), n);
                l->n_scanned = n;
        }
}

/* Called after a run. Input is empty, begins with a complete line that may not run yet, or is an
 * unfinished line. */
static void look_at_rest(Lines *l) {
        size_t n = buffer_size(&l->input);

        l->has_line = n > l->n_searched &&
                      memchr(buffer_bytes(&l->input) + l->n_searched, '\n', n - l->n_searched);
        if (!l->has_line && !core_session_cut_off_reason(l->session))
                keep_unfinished(l);
}

void lines_run(Lines *l) {
        size_t n = buffer_size(&l->input);

        if (n == 0)
                return;
        size_t done = run_complete(l, buffer_bytes(&l->input), n);
        consume_input(l, done);
        look_at_rest(l);
}

/* Returns how many of n bytes are whole lines that are as long as the last one, and the bytes behind
 * these; 0: not one line. */
static size_t whole_lines(const Lines *l, size_t n) {
        size_t n_line = l->n_last + 1, n_lines = (n - min_size(n, NEXT_BYTES)) / n_line;

        return n_lines > 0 ? n_lines * n_line + NEXT_BYTES : 0;
}

/* Returns how many bytes of long lines are received at once; 0: the next line is short. */
static size_t expected_bytes(const Lines *l) {
        if (l->n_last < LONG_BYTES)
                return 0;
        size_t n = whole_lines(l, BATCH_BYTES);
        return n > 0 ? n : min_size(l->n_last + 1 + NEXT_BYTES, SPARE_BYTES_MAX);
}

/* Returns how many bytes to receive. Free room in the buffer is used before it grows, so a nearly
 * complete line does not make it grow. Otherwise the buffer doubles. */
static size_t room_of(const Lines *l, size_t n_expected) {
        const Buffer *input = &l->input;
        size_t left = input->capacity - input->end, size = buffer_size(input);
        size_t n = whole_lines(l, min_size(n_expected, size + left));

        if (n > size)
                return n - size;
        if (left >= INPUT_ROOM_MIN)
                return left < INPUT_ROOM_MAX ? left : INPUT_ROOM_MAX;
        return size < SPARE_BYTES_MIN  ? SPARE_BYTES_MIN
               : size < INPUT_ROOM_MAX ? size
                                       : INPUT_ROOM_MAX;
}

/* Begins a long line in a spare buffer. */
static int begin_long(Lines *l, size_t n_expected) {
        Buffer spare = spares_take(&l->turn->spares, n_expected);
        int r = buffer_reserve(&spare, n_expected);

        if (r == 0)
                r = move_input(l, &spare);
        if (r < 0)
                buffer_deinit(&spare);
        return r;
}

int lines_reserve(Lines *l, char **ret, size_t *ret_n) {
        size_t n_expected = expected_bytes(l), n_left = buffer_size(&l->input);
        int r = 0;

        if (n_left == 0 && n_expected == 0) {
                *ret = l->turn->scratch;
                *ret_n = TURN_SCRATCH;
                return 0;
        }
        if (n_left <= REST_BYTES && n_expected > 0)
                r = begin_long(l, n_expected);
        size_t n = room_of(l, n_expected);
        if (r == 0)
                r = buffer_reserve(&l->input, n);
        if (r < 0)
                return r;
        *ret = l->input.data + l->input.end;
        *ret_n = n;
        return 0;
}

void lines_receive_nothing(Lines *l) {
        consume_input(l, 0);
}

bool lines_may_be_early(const Lines *l) {
        return buffer_size(&l->input) == 0 && l->n_last < LONG_BYTES && lines_may_run(l);
}

void lines_keep(Lines *l, const char *data, size_t n) {
        if (buffer_append(&l->input, data, n) < 0)
                core_session_cut_off(l->session, "memory ran out for its message");
}

/* Runs lines where they were received, and copies the rest. */
static void receive_in_scratch(Lines *l, const char *data, size_t n) {
        l->n_searched = 0;
        size_t done = run_complete(l, data, n);

        if (done == n)
                return;
        if (n - done == TURN_SCRATCH && !l->input.data)
                l->input = spares_take(&l->turn->spares, SIZE_MAX);
        lines_keep(l, data + done, n - done);
        look_at_rest(l);
}

void lines_receive(Lines *l, const char *data, size_t n) {
        if (data == l->turn->scratch)
                receive_in_scratch(l, data, n);
        else {
                l->input.end += n;
                lines_run(l);
        }
        /* Also charges receiving the rest. */
        if (buffer_size(&l->input) > 0)
                note_time(l, NULL, 0);
}

void lines_drop(Lines *l) {
        drop_input(l);
        l->has_line = l->is_skipping = false;
        l->since_ns = 0;
}
