/* shmgrd: named shared objects for the programs of one machine. */
#include <stdio.h>
#include <sysexits.h>

#include "base/macros.h"
#include "listen-fds.h"
#include "log.h"
#include "options/option-print.h"
#include "options/settings.h"
#include "server.h"

int main(int argc, char **argv) {
        const CommandLine line = {.argc = argc, .argv = argv};
        CLEANUP(options_deinit) Options options;
        OptionError error = {.text = ""};

        log_init();
        int status = settings_load(&line, &options, &error);
        if (status == EX_OK && options_print_asked(&options, stdout, &status))
                return status;
        int n_passed = status == EX_OK ? listen_fds_take() : 0;
        if (n_passed < 0)
                return EX_CONFIG;
        if (status == EX_OK && n_passed == 0)
                status = settings_find_socket(&options, &error);
        if (status == EX_OK)
                return server_run(&options, &line, n_passed);
        fprintf(stderr, "shmgrd: %s\n", error.text);
        return status;
}
