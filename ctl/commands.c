/* The table of commands, and the lookup of words in it. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "commands.h"
#include "method.h"
#include "status.h"

const Command *const commands[] = {
        &command_ls,
        &command_stat,
        &command_rm,
        &command_dump,
        &command_restore,
        &command_ping,
        &command_call,
        &command_lock_run,
        &command_semaphore_run,
        &command_queue_worker,
        &command_dict_keys,
        &command_dict_values,
        &command_dict_items,
        &command_dict_dump,
        &command_list_dump,
        &command_set_dump,
        &command_pipe_read,
        &command_pipe_write,
        &command_sessions,
        &command_waits,
        &command_top,
        &command_monitor,
        &command_metrics,
        &command_shell,
        &command_bench,
        &command_discover,
        &command_complete,
        &command_help,
        NULL,
};

const Command *command_find(const char *name, const char *verb) {
        for (const Command *const *c = commands; *c; c++)
                if (strcmp((*c)->name, name) == 0 &&
                    (!(*c)->verb || (verb && strcmp((*c)->verb, verb) == 0)))
                        return *c;
        return NULL;
}

static bool wants_help(int argc, char **argv) {
        return argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

int command_run(Ctl *ctl, int argc, char **argv) {
        const Command *command = command_find(argv[0], argc > 1 ? argv[1] : NULL);
        int n_skip = command && command->verb ? 1 : 0;

        if (!command)
                return method_run(ctl, argc, argv);
        if (wants_help(argc - n_skip, argv + n_skip)) {
                command_print_help(command);
                return STATUS_OK;
        }
        if (ctl->keeps)
                return status_usage("%s: --hold works only with verbs that acquire something, such "
                                    "as 'lock acquire'",
                                    command->name);
        int status = command->run(ctl, argc - n_skip, argv + n_skip);
        return status == STATUS_SHOWN ? STATUS_OK : status;
}

static void print_usage(FILE *to, const Command *command) {
        fprintf(to, "Usage: shmgrctl [OPTION...] %s%s%s%s%s\n", command->name,
                command->verb ? " " : "", command->verb ? command->verb : "",
                *command->arguments ? " " : "", command->arguments);
}

void command_print_help(const Command *command) {
        print_usage(stdout, command);
        printf("%s.\n", command->help);
        if (command->options)
                putchar('\n');
        for (const Option *option = command->options; option && option->name; option++)
                option_print(option);
        if (command->details)
                printf("\n%s", command->details);
}

int command_misused(const Command *command) {
        if (!status_is_json()) {
                print_usage(stderr, command);
                fprintf(stderr, "'shmgrctl %s%s%s --help' tells more.\n", command->name,
                        command->verb ? " " : "", command->verb ? command->verb : "");
        }
        return STATUS_USAGE;
}
