/* shmgrd: named shared objects for the programs of one machine. */
#include <stdio.h>
#include <sysexits.h>

#include "macros.h"
#include "option-print.h"
#include "server.h"
#include "settings.h"

int main(int argc, char **argv) {
        const CommandLine line = {.argc = argc, .argv = argv};
        CLEANUP(options_deinit) Options options;
        OptionError error = {.text = ""};
        int status = settings_load(&line, &options, &error);

        if (status == EX_OK && options_print_asked(&options, stdout, &status))
                return status;
        if (status == EX_OK)
                status = settings_find_socket(&options, &error);
        if (status != EX_OK) {
                fprintf(stderr, "shmgrd: %s\n", error.text);
                return status;
        }
        log_set_level(options.log_level);
        return server_run(&options);
}
