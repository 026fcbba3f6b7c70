/* shmgrctl top: a live screen of calls, holders and waiting calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "base/buffer.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "print.h"
#include "reconnect.h"
#include "status.h"
#include "top-order.h"
#include "top-sample.h"
#include "top-screen.h"
#include "top-view.h"
#include "unreachable.h"

enum { INTERVAL, COUNT, SORT, PLAIN };
enum { INTERVAL_MOST_MS = 24 * 3600 * 1000 };

static const Option top_options[] = {
        [INTERVAL] = {.name = "interval",
                      .letter = 'i',
                      .kind = OPTION_TIME,
                      .value = "TIME",
                      .least_ms = 1,
                      .most_ms = INTERVAL_MOST_MS,
                      .help = "the time between two samples (1s)"},
        [COUNT] = {.name = "count",
                   .letter = 'c',
                   .kind = OPTION_COUNT,
                   .value = "N",
                   .help = "end after so many samples"},
        [SORT] = {.name = "sort",
                  .letter = 's',
                  .kind = OPTION_TEXT,
                  .value = "BY",
                  .completes = COMPLETE_CHOICES,
                  .types = TOP_ORDER_WORDS,
                  .help = "waiters, held or name for objects; calls, errors,\n"
                          "mean or max for methods; or one of each: held,calls"},
        [PLAIN] = {.name = "plain",
                   .letter = 'p',
                   .help = "print one screen after the other on a terminal, too"},
        {0},
};

typedef struct Top {
        Ctl *ctl;
        TopState state;
        TopOrder order;
        bool is_plain;
} Top;

static int show(const Top *top, struct json_object *sample) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        const Ctl *ctl = top->ctl;

        top_order_sort(top->order, sample);
        if (ctl->is_json) {
                int r = print_json(sample);
                return r < 0 ? r : fflush(stdout) == 0 ? 0 : -errno;
        }
        int r = top_view(&b, sample, top->order, screen_lines());
        if (r == 0)
                screen_show(&b, top_order_help());
        return r;
}

/* Restores the terminal first, so that the error is printed on the normal screen. */
static int fail(Ctl *ctl, const char *method, int r) {
        screen_end();
        return ctl->manager ? ctl_explain(ctl, method, r) : status_failure(method, r);
}

static int look(Top *top, const char **ret_method) {
        CLEANUP(json_putp) struct json_object *sample = NULL;
        int r = top_sample(top->ctl, &top->state, &sample, ret_method);

        return r == 0 ? show(top, sample) : r;
}

/* Takes and shows a sample. After a reconnect it returns STATUS_OK, too: the counters of the next
 * daemon begin at 0. */
static int look_until_seen(Top *top) {
        Ctl *ctl = top->ctl;
        const char *method = "top";
        bool has_looked = top->state.stats;
        int r = look(top, &method);

        if (r == 0)
                return STATUS_OK;
        if (!ctl_lost_daemon(ctl, r) &&
            !(has_looked && ctl->manager && unreachable_is(ctl->manager, r)))
                return fail(ctl, method, r);
        screen_end();
        int status = reconnect(ctl, "top", NULL, NULL);
        top_state_deinit(&top->state);
        screen_begin(top->is_plain);
        return status;
}

static int read_order(const char *text, TopOrder *ret) {
        CLEANUP(freep) char *copy = strdup(text);
        char *rest = copy, *word;

        if (!copy)
                return status_failure("top", -ENOMEM);
        while ((word = strsep(&rest, ",")))
                if (!top_order_take_word(ret, word))
                        return status_usage("top: --sort: '%s' is not " TOP_ORDER_LIST, word);
        return STATUS_OK;
}

/* Waits until the next sample is due or a key requests one. Returns false when the user quits. */
static bool wait_for_next(Top *top, int64_t interval_ms) {
        int key = screen_wait(interval_ms);

        if (key > 0)
                top_order_take_key(&top->order, key);
        return key != SCREEN_END && !ctl_is_interrupted(top->ctl);
}

static int top_run(Ctl *ctl, int argc, char **argv) {
        Top top = {.ctl = ctl};
        Arguments arguments;
        int status = arguments_read(ctl, &command_top, argc, argv, &arguments);

        if (status == STATUS_OK && arguments.given[SORT])
                status = read_order(arguments.given[SORT], &top.order);
        if (status != STATUS_OK)
                return status;
        int64_t n_left = arguments_count(&arguments, COUNT, -1);
        int64_t interval_ms = arguments_ms(&arguments, INTERVAL, 1000);
        top.is_plain = arguments.given[PLAIN] || ctl->is_json;
        screen_begin(top.is_plain);
        do
                status = look_until_seen(&top);
        while (status == STATUS_OK && --n_left != 0 && wait_for_next(&top, interval_ms));
        screen_end();
        top_state_deinit(&top.state);
        return status;
}

const Command command_top = {
        .name = "top",
        .arguments = "[OPTION...]",
        .help = "a live screen: calls per second, holders and waiters",
        .options = top_options,
        .details =
                "It shows the objects that are held or waited for, their holders and since when,\n"
                "and the methods that were called since the last sample; the first sample covers\n"
                "the time since the daemon started. The last line of the screen lists the keys.\n"
                "With --json each sample is a line.\n",
        .run = top_run,
};
