/* shmgrd: named shared objects for the programs of one machine. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/escape.h"
#include "base/macros.h"
#include "handover/check.h"
#include "handover/fd-store.h"
#include "handover/takeover.h"
#include "listen-fds.h"
#include "log.h"
#include "options/option-print.h"
#include "options/settings.h"
#include "server.h"

/* The text quotes arguments and the file, which must not control the terminal. */
static void print_error(const char *text) {
        char shown[ESCAPE_MAX * OPTION_ERROR_MAX];
        size_t n;

        escape_text(shown, sizeof(shown), text, strlen(text), &n);
        fprintf(stderr, "shmgrd: %s\n", shown);
}

int main(int argc, char **argv) {
        const CommandLine line = {.argc = argc, .argv = argv};
        CLEANUP(options_deinit) Options options;
        OptionError error = {.text = ""};

        char fault[CORE_FAULT_MAX];
        PassedFds passed = {.n_listeners = 0};
        Takeover takeover;

        log_init();
        takeover_find(&takeover);
        int status = settings_load(&line, &options, &error);
        if (status == EX_OK)
                log_set_level(
                        options.log_level); /* the start and the reading of a store log, too */
        if (status == EX_OK && options_print_asked(&options, stdout, &status))
                return status;
        if (status == EX_OK && options.check_snapshot >= 0)
                return check_snapshot(&options, options.check_snapshot);
        if (takeover_is_there(&takeover))
                return status == EX_OK ? server_take_over(&options, &line, &takeover, &passed)
                                       : takeover_fail(&takeover, &line, error.text);
        if (status == EX_OK && listen_fds_take(&passed) < 0)
                return EX_CONFIG;
        if (status == EX_OK && fd_store_take(&passed, &options.ready_fd, &takeover, fault) < 0)
                return takeover_fail(&takeover, &line, fault);
        if (takeover_is_there(&takeover))
                return server_take_over(&options, &line, &takeover, &passed);
        if (status == EX_OK && passed.n_listeners == 0)
                status = settings_find_socket(&options, &error);
        if (status == EX_OK)
                return server_run(&options, &line, &passed);
        print_error(error.text);
        return status;
}
