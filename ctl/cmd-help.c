/* shmgrctl help WORDS: prints what `shmgrctl WORDS --help` prints. */
#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "method.h"
#include "overview.h"
#include "status.h"

static int help_run(Ctl *ctl, int argc, char **argv) {
        static char help[] = "--help";
        Arguments arguments;
        int status = arguments_read(ctl, &command_help, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        char **words = arguments.words;
        if (!words[0]) {
                overview_print();
                return STATUS_OK;
        }
        const Command *command = command_find(words[0], words[1]);
        if (command) {
                command_print_help(command);
                return STATUS_OK;
        }
        return method_run(ctl, words[1] ? 3 : 2,
                          (char *[]){words[0], words[1] ? words[1] : help, help, NULL});
}

const Command command_help = {
        .name = "help",
        .arguments = "[COMMAND | TYPE [VERB]]",
        .max_words = 2,
        .completes = COMPLETE_COMMANDS,
        .help = "show help about shmgrctl, or about one command",
        .run = help_run,
};
