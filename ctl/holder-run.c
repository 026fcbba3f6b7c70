/* While the command runs: its end, signals for it, and the loss of what it has. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "holder.h"
#include "json/json-util.h"
#include "status.h"

typedef struct Watch {
        Holder *holder;
        const char *what;
        int64_t kill_at_ms; /* when the grace is over; 0: none runs */
        char reason[WIRE_TEXT_MAX];
} Watch;

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void send_signal(const Watch *w, int signal_number) {
        int r = runner_kill(&w->holder->runner, signal_number);

        if (r < 0 && r != -ESRCH)
                status_failure("the command cannot be sent a signal", r);
}

static void begin_grace(Watch *w) {
        w->kill_at_ms = now_ms() + w->holder->options.grace_ms;
        send_signal(w, SIGTERM);
        /* One that is stopped would never hear of it. */
        send_signal(w, SIGCONT);
}

static void lose(Watch *w, Loss loss, const char *reason) {
        static const char *const deeds[] = {
                [ON_LOST_TERM] = "it gets SIGTERM",
                [ON_LOST_KILL] = "it gets SIGKILL",
                [ON_LOST_WARN] = "it goes on without",
        };
        Holder *holder = w->holder;
        OnLost on_lost = holder->options.on_lost;

        if (holder->loss)
                return;
        holder->loss = loss;
        status_usage("%s was lost while the command ran: %s; %s", w->what, reason, deeds[on_lost]);
        if (on_lost == ON_LOST_TERM)
                begin_grace(w);
        else if (on_lost == ON_LOST_KILL)
                send_signal(w, SIGKILL);
}

/* What comes from the daemon without being asked for is about the loss. */
static void take_messages(Watch *w) {
        Holder *holder = w->holder;
        int r;

        while ((r = wire_receive(&holder->wire, &holder->answer)) == 1) {
                const char *method = holder->answer.method;
                if (method && strcmp(method, "session.lost") == 0)
                        lose(w, LOSS_DELETED, "it was deleted");
                else if (!method && holder->answer.error)
                        snprintf(w->reason, sizeof(w->reason), "%s", holder->answer.text);
                wire_message_deinit(&holder->answer);
        }
        if (r == 0)
                return;
        if (*w->reason)
                lose(w, LOSS_CUT_OFF, w->reason);
        else
                lose(w, LOSS_DAEMON, "the daemon went away");
        wire_deinit(&holder->wire);
}

/* A signal from the terminal has reached the command already, if that is in the same group: it went to all of the
 * foreground. */
static void forward(const Watch *w, const struct signalfd_siginfo *info) {
        const Runner *runner = &w->holder->runner;

        if (info->ssi_signo == SIGCHLD || (info->ssi_code == SI_KERNEL && !runner->leads_group))
                return;
        runner_kill(runner, (int)info->ssi_signo);
}

static void take_signals(const Watch *w) {
        struct signalfd_siginfo info;

        while (signals_next(&w->holder->signals, &info))
                forward(w, &info);
}

static int grace_left(const Watch *w) {
        int64_t left = w->kill_at_ms - now_ms();

        if (!w->kill_at_ms)
                return -1;
        return left < 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

static void wait_for_end(Watch *w) {
        Holder *holder = w->holder;

        while (!runner_has_ended(&holder->runner)) {
                struct pollfd fds[] = {
                        {.fd = holder->signals.fd, .events = POLLIN},
                        {.fd = holder->wire.fd, .events = POLLIN},
                };
                if (poll(fds, ELEMENTSOF(fds), grace_left(w)) == 0 && w->kill_at_ms) {
                        w->kill_at_ms = 0;
                        send_signal(w, SIGKILL);
                }
                /* The end counts first: what the daemon says after it is no loss for the command. */
                take_signals(w);
                if (!runner_has_ended(&holder->runner) && fds[1].revents)
                        take_messages(w);
        }
}

int holder_run(Holder *holder, const Buffer *env, const char *what) {
        Watch w = {.holder = holder, .what = what};

        fflush(NULL);
        int r = runner_go(&holder->runner, env);
        if (r < 0) {
                status_print_prefix();
                fprintf(stderr, "%s: %s\n", holder->argv[0], strerror(-r));
        }
        wait_for_end(&w);
        holder->has_run = true;
        holder->end_signal = holder->signals.to_end;
        return holder->loss ? STATUS_LOST : runner_status(&holder->runner);
}
