/* The planned restart, up to the execution of the program. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash-point.h"
#include "handover/handover.h"
#include "handover/shell-record.h"
#include "handover/takeover.h"
#include "log.h"

void handover_init(Handover *h, const CommandLine *line) {
        *h = (Handover){.line = line, .trial.fd = -1};
        program_init(&h->program, line->argv[0]);
}

void handover_deinit(Handover *h) {
        trial_end(&h->trial);
        program_deinit(&h->program);
}

bool handover_has_new_program(const Handover *h) {
        return program_has_changed(&h->program);
}

int handover_begin(Handover *h, const ShellState *state, uint64_t time_ms) {
        if (h->is_trying || h->is_due)
                return 0;
        if (!h->program.path) {
                snprintf(h->trial.text, sizeof(h->trial.text),
                         "the path of the daemon's program is not known");
                return -ENOENT;
        }
        int r = trial_begin(&h->trial, state, &h->program, h->line->argv, time_ms);
        h->is_trying = r == 0;
        return r;
}

int handover_check(Handover *h) {
        if (h->is_due)
                return 1;
        if (!h->is_trying || !h->trial.is_over)
                return 0;
        h->is_trying = h->trial.is_over = false;
        h->is_due = h->trial.has_passed;
        return h->is_due ? 1 : -h->trial.error;
}

static void handled_signals(sigset_t *ret) {
        sigemptyset(ret);
        sigaddset(ret, SIGHUP);
        sigaddset(ret, SIGINT);
        sigaddset(ret, SIGTERM);
        sigaddset(ret, SIGUSR2);
}

void handover_block_signals(void) {
        sigset_t signals;

        handled_signals(&signals);
        sigprocmask(SIG_BLOCK, &signals, NULL);
}

void handover_unblock_signals(void) {
        sigset_t signals;

        handled_signals(&signals);
        sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

static int fail(Handover *h, const char *what, int r) {
        snprintf(h->trial.text, sizeof(h->trial.text), "%s: %s", what, strerror(-r));
        return r;
}

/* Executes the program with the image and all descriptors; undoes everything if that fails. */
static int execute(Handover *h, const ShellState *state, const Supervisor *supervisor,
                   const Takeover *takeover) {
        int r = shell_set_inherited(state, true);

        crash_point("handover-inherited");
        if (r == 0)
                r = takeover_offer(takeover);
        if (r == 0)
                r = supervisor_put_environment(supervisor);
        crash_point("handover-execute");
        if (r == 0) {
                execv(h->program.path, h->line->argv);
                r = -errno;
        }
        supervisor_drop_environment();
        takeover_withdraw(takeover);
        shell_set_inherited(state, false);
        return r;
}

void handover_cancel(Handover *h) {
        h->is_due = false;
}

int handover_execute(Handover *h, const ShellState *state, const Supervisor *supervisor,
                     int lock_fd) {
        int image_fd = shell_save(state);

        h->is_due = false;
        if (image_fd < 0)
                return fail(h, "the snapshot cannot be written", image_fd);
        crash_point("handover-saved");
        const Takeover takeover = {
                .image_fd = image_fd, .program_fd = program_open_running(), .lock_fd = lock_fd};
        supervisor_tell_restarting(supervisor);
        int r = execute(h, state, supervisor, &takeover);
        close(takeover.image_fd);
        if (takeover.program_fd >= 0)
                close(takeover.program_fd);
        return fail(h, h->program.path, r);
}
