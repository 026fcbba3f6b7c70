/* shmgrctl help: the same as --help behind the words that follow. */
#include "command.h"
#include "commands.h"
#include "method.h"
#include "overview.h"
#include "status.h"

static int help_run(Ctl *ctl, int argc, char **argv) {
        static char help[] = "--help";
        const Command *command = argc > 1 ? command_find(argv[1], argc > 2 ? argv[2] : NULL) : NULL;

        if (argc > 3)
                return command_misused(&command_help);
        if (argc == 1) {
                overview_print();
                return STATUS_OK;
        }
        if (command) {
                command_print_help(command);
                return STATUS_OK;
        }
        return method_run(ctl, argc, (char *[]){argv[1], argc > 2 ? argv[2] : help, help, NULL});
}

const Command command_help = {
        .name = "help",
        .arguments = "[COMMAND | TYPE [VERB]]",
        .help = "show help, in all or about one command",
        .run = help_run,
};
