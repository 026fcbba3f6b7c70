/* shmgrd: named shared objects for the programs of one machine. */
#include <stdlib.h>
#include <sysexits.h>

#include "options.h"
#include "server.h"

int main(int argc, char **argv) {
        Options options;
        int status = EXIT_SUCCESS;

        switch (options_parse(&options, argc, argv)) {
        case OPTIONS_EXIT:
                break;
        case OPTIONS_WRONG:
                status = EX_USAGE;
                break;
        case OPTIONS_RUN:
                log_set_level(options.log_level);
                status = server_run(&options);
                break;
        }
        options_deinit(&options);
        return status;
}
