/* Runs the command of a holder: waits for its end, forwards signals, and watches for a loss.
 *
 * One loop waits for four things: signals of this process, signals of the lookout (see forward.h),
 * messages of the daemon, and the end of the grace, after which a command that was told to end is
 * killed.
 *
 * A loss is acted on once; the first reason counts. The loop checks for the end of the command
 * before it reads messages: a command that has ended cannot lose anything, even if the daemon
 * reports a loss at the same moment. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "forward.h"
#include "group-end.h"
#include "holder.h"
#include "json/json-util.h"
#include "status.h"

typedef struct Watch {
        Holder *holder;
        const char *what;
        Forward forward;
        int64_t kill_at_ms; /* when the grace ends; 0: the command was not told to end */
        char reason[WIRE_TEXT_MAX];
} Watch;

static const char deleted_text[] = "it was deleted";
static const char has_ended_text[] = "the command has already ended";

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void send_signal(const Watch *w, int signal_number) {
        int r = runner_kill(&w->holder->runner, signal_number);

        if (r < 0 && r != -ESRCH)
                status_failure("cannot send a signal to the command", r);
}

static void begin_grace(Watch *w) {
        w->kill_at_ms = now_ms() + w->holder->options.grace_ms;
        send_signal(w, SIGTERM);
        /* A stopped process handles SIGTERM only after it continues. */
        send_signal(w, SIGCONT);
}

static int report_loss(const char *what, const char *reason, const char *deed) {
        return status_error(STATUS_LOST, "%s was lost while the command ran: %s; %s", what, reason,
                            deed);
}

static void lose(Watch *w, Loss loss, const char *reason) {
        static const char *const deeds[] = {
                [ON_LOST_TERM] = "sending SIGTERM to the command",
                [ON_LOST_KILL] = "sending SIGKILL to the command",
                [ON_LOST_WARN] = "the command continues without it",
        };
        Holder *holder = w->holder;
        OnLost on_lost = holder->options.on_lost;

        if (holder->loss)
                return;
        holder->loss = loss;
        bool has_ended = holder->runner.has_ended;
        report_loss(w->what, reason, has_ended ? has_ended_text : deeds[on_lost]);
        if (has_ended)
                return;
        if (on_lost == ON_LOST_TERM)
                begin_grace(w);
        else if (on_lost == ON_LOST_KILL)
                send_signal(w, SIGKILL);
}

/* Unrequested messages of the daemon are reports of a loss. */
static void take_messages(Watch *w) {
        Holder *holder = w->holder;
        int r;

        while ((r = wire_receive(&holder->wire, &holder->answer)) == 1) {
                const char *method = holder->answer.method;
                if (holder_is_lost_report(&holder->answer))
                        lose(w, LOSS_DELETED, deleted_text);
                else if (!method && holder->answer.error)
                        snprintf(w->reason, sizeof(w->reason), "%s", holder->answer.text);
                wire_message_deinit(&holder->answer);
        }
        if (r == 0)
                return;
        if (*w->reason)
                lose(w, LOSS_CUT_OFF, w->reason);
        else if (!holder->runner.has_ended)
                lose(w, LOSS_DAEMON, "the daemon ended");
        else
                return;
        wire_deinit(&holder->wire);
}

/* Returns the milliseconds until the next deadline; -1: none. */
static int time_left(const Watch *w) {
        int64_t next = forward_next(&w->forward), now = now_ms();

        if (w->kill_at_ms && w->kill_at_ms < next)
                next = w->kill_at_ms;
        return next == INT64_MAX        ? -1
               : next <= now            ? 0
               : next - now < INT32_MAX ? (int)(next - now)
                                        : INT32_MAX;
}

static void wait_for_something(Watch *w, bool *ret_has_message) {
        const Holder *holder = w->holder;
        struct pollfd fds[] = {
                {.fd = holder->signals.fd, .events = POLLIN},
                {.fd = holder->lookout.fd, .events = POLLIN},
                {.fd = holder->wire.fd, .events = POLLIN},
        };

        poll(fds, ELEMENTSOF(fds), time_left(w));
        /* If a user killed the lookout, its descriptor would wake this loop for ever. */
        if (fds[1].revents & POLLHUP)
                lookout_end(&w->holder->lookout);
        *ret_has_message = fds[2].revents;
}

static void check_grace(Watch *w) {
        if (!w->kill_at_ms || w->kill_at_ms > now_ms())
                return;
        w->kill_at_ms = 0;
        send_signal(w, SIGKILL);
}

static void wait_for_end(Watch *w) {
        Runner *runner = &w->holder->runner;
        bool has_message;

        while (!runner_has_ended(runner)) {
                wait_for_something(w, &has_message);
                check_grace(w);
                forward_run(&w->forward, now_ms());
                if (has_message && !runner_has_ended(runner))
                        take_messages(w);
        }
}

int holder_run(Holder *holder, const Buffer *env, const char *what) {
        Watch w = {.holder = holder,
                   .what = what,
                   .forward = {.signals = &holder->signals,
                               .lookout = &holder->lookout,
                               .runner = &holder->runner}};

        fflush(NULL);
        int r = runner_go(&holder->runner, env);
        if (r < 0)
                status_failure(holder->argv[0], r);
        wait_for_end(&w);
        if (holder->options.kills_group) {
                lookout_end(&holder->lookout);
                group_end(&holder->runner, &holder->signals, holder->options.grace_ms);
        }
        /* Reads messages that arrived with the end of the command, for example because the command
         * deleted the object itself. A daemon that is gone is reported by the code that releases
         * the object. */
        if (holder->wire.fd >= 0)
                take_messages(&w);
        holder->has_run = true;
        holder->end_signal = holder->signals.to_end;
        return holder->loss ? STATUS_LOST : runner_status(&holder->runner);
}

int holder_explain_release(Holder *holder, const char *method, int error, const char *what) {
        if (error == -ENOENT || error == -EIDRM)
                holder->loss = LOSS_DELETED;
        return holder->loss ? report_loss(what, deleted_text, has_ended_text)
                            : holder_explain(holder, method, error);
}
