/* shmgrctl: the shared objects of shmgrd from a shell. */
#include <errno.h>
#include <stdio.h>

#include "command.h"
#include "options.h"
#include "overview.h"
#include "signals.h"
#include "status.h"

int main(int argc, char **argv) {
        Ctl ctl = {0};
        int first;
        int status = options_parse(&ctl, argc, argv, &first);

        if (status == OPTIONS_GO_ON)
                status = command_run(&ctl, argc - first, argv + first);
        else if (status == OPTIONS_HELP) {
                overview_print();
                status = STATUS_OK;
        }
        ctl_deinit(&ctl);
        if ((fflush(stdout) != 0 || ferror(stdout)) && status == STATUS_OK)
                status = status_failure("standard output", -errno);
        if (ctl.end_signal && status == STATUS_SIGNAL + ctl.end_signal)
                signals_end_by(ctl.end_signal);
        return status;
}
