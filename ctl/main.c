/* shmgrctl: the shared objects of shmgrd from a shell. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "options.h"
#include "overview.h"
#include "signals.h"
#include "status.h"

/* Opens the closed ones of descriptors 0 to 2. Otherwise a socket or pipe of this process could get
 * such a number, and messages would be written into it. They are close-on-exec, so a command finds
 * them closed, and opened for reading, so writing fails as before. */
static void occupy_standard_descriptors(void) {
        int fd;

        do
                fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        while (fd >= 0 && fd <= STDERR_FILENO);
        if (fd >= 0)
                close(fd);
}

int main(int argc, char **argv) {
        Ctl ctl = {0};
        int first;

        occupy_standard_descriptors();
        status_set_json(options_ask_json(argc, argv));
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
