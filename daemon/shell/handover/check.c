/* Checks a snapshot: loads the core's part into a core, and reads the records of the shell without
 * keeping them. Descriptors that the records name are not used. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "crash-point.h"
#include "descriptor.h"
#include "handover/check.h"
#include "handover/image.h"
#include "handover/shell-record.h"
#include "handover/trial.h"

static const DescriptorSource no_source;

static int load(const Options *options, const Image *image, char fault[CORE_FAULT_MAX]) {
        static const char of_core[] = "{\"kind\":\"shmgr_snapshot\"";
        static Turn turn;
        static ShellState state; /* not freed, since the process exits right after */

        state.core = core_new(&(CoreSetup){.limits = &options->limits, .source = &no_source});
        if (!state.core)
                return -ENOMEM;
        turn_init(&turn, options, NULL);
        turn.core = state.core;
        state.turn = &turn;
        if (image->n >= strlen(of_core) && memcmp(image->text, of_core, strlen(of_core)) == 0)
                return core_load(state.core, image->text, image->n, fault);
        return shell_check(&state, image->text, image->n, fault);
}

int check_snapshot(const Options *options, int fd) {
        char fault[CORE_FAULT_MAX] = "memory ran out";
        Image image;
        int r = image_read(fd, &image);

        crash_point("check-begin");
        if (r < 0) {
                fprintf(stderr, "shmgrd: --check-snapshot=%d: %s\n", fd, strerror(-r));
                return EX_OSERR;
        }
        r = load(options, &image, fault);
        crash_point("check-loaded");
        if (r < 0) {
                fprintf(stderr, "shmgrd: the snapshot cannot be loaded: %s\n", fault);
                return r == -ENOMEM ? EX_OSERR : EX_DATAERR;
        }
        fputs(TRIAL_PASSED, stdout);
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
