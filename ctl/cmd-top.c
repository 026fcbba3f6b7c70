/* shmgrctl top: a live screen of who does what, and who waits for whom. */
#include <errno.h>
#include <stdio.h>

#include "arguments.h"
#include "base/buffer.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "print.h"
#include "reconnect.h"
#include "status.h"
#include "top-sample.h"
#include "top-screen.h"
#include "top-view.h"
#include "unreachable.h"

enum { INTERVAL, COUNT, PLAIN };

static const Option top_options[] = {
        [INTERVAL] = {.name = "interval",
                      .letter = 'i',
                      .kind = OPTION_MS,
                      .value = "MS",
                      .help = "the time between two looks (1000)"},
        [COUNT] = {.name = "count",
                   .letter = 'c',
                   .kind = OPTION_COUNT,
                   .value = "N",
                   .help = "end after so many looks"},
        [PLAIN] = {.name = "plain",
                   .letter = 'p',
                   .help = "one screen after the other, as where there is no\nterminal"},
        {0},
};

static int show(const Ctl *ctl, struct json_object *sample) {
        CLEANUP(buffer_deinit) Buffer b = {0};

        if (ctl->is_json) {
                int r = print_json(sample);
                return r < 0 ? r : fflush(stdout) == 0 ? 0 : -errno;
        }
        int r = top_view(&b, sample, screen_lines());
        if (r == 0)
                screen_show(&b);
        return r;
}

/* What is to be said is said when the screen is what it was. */
static int fail(const Ctl *ctl, const char *method, int r) {
        screen_end();
        return ctl->manager ? ctl_explain(ctl, method, r) : status_failure(method, r);
}

static int look(Ctl *ctl, TopState *state, const char **ret_method) {
        CLEANUP(json_putp) struct json_object *sample = NULL;
        int r = top_sample(ctl, state, &sample, ret_method);

        if (r == 0)
                r = show(ctl, sample);
        return r;
}

/* STATUS_OK also where another daemon is there now, which begins to count anew. */
static int look_until_seen(Ctl *ctl, TopState *state, bool is_plain) {
        const char *method = "top";
        bool has_looked = state->stats;
        int r = look(ctl, state, &method);

        if (r == 0)
                return STATUS_OK;
        if (!ctl_lost_daemon(ctl, r) &&
            !(has_looked && ctl->manager && unreachable_is(ctl->manager, r)))
                return fail(ctl, method, r);
        screen_end();
        int status = reconnect(ctl, "top", NULL, NULL);
        top_state_deinit(state);
        screen_begin(is_plain);
        return status;
}

static int top_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(top_state_deinit) TopState state = {0};
        Arguments arguments;
        int status = arguments_read(ctl, &command_top, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        int64_t n_left = arguments_count(&arguments, COUNT, -1);
        int64_t interval_ms = arguments_ms(&arguments, INTERVAL, 1000);
        bool is_plain = arguments.given[PLAIN] || ctl->is_json;
        screen_begin(is_plain);
        do
                status = look_until_seen(ctl, &state, is_plain);
        while (status == STATUS_OK && --n_left != 0 && screen_wait(interval_ms) &&
               !ctl_is_interrupted(ctl));
        screen_end();
        return status;
}

const Command command_top = {
        .name = "top",
        .arguments = "[OPTION...]",
        .help = "a live screen: calls per second, and who waits for whom",
        .options = top_options,
        .details =
                "It shows the objects with the most waiters, who holds them and since when, and\n"
                "the methods that are called most. What it shows first is since the daemon\n"
                "began. q ends it. With --json each look is a line.\n",
        .run = top_run,
};
