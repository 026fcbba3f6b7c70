/* The help of shmgrctl itself: commands, options and exit statuses. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "command.h"
#include "options.h"
#include "overview.h"
#include "own-methods.h"
#include "status.h"

static const struct {
        const char *left, *help;
} methods[] = {
        {"TYPE VERB [ARG...]", "any method of the daemon: dict set counts count 100"},
        {"TYPE", "list the verbs of a type"},
        {"TYPE VERB --help", "show the arguments of one verb"},
};

static const char arguments_text[] =
        "Arguments fill a method's parameters in their order. Any of them can be given\n"
        "by name instead: --NAME VALUE or --NAME=VALUE, and a boolean as --NAME alone.\n"
        "A string is taken as it is. For a parameter that takes any value, a text is JSON\n"
        "if JSON writes its value in the same way (100, true, '[1,2]'), and a string\n"
        "otherwise. Put \"--\" before arguments that begin with a dash, unless they are\n"
        "numbers.\n";

static const struct {
        int status;
        const char *help;
} statuses[] = {
        {STATUS_OK, "success"},
        {STATUS_ERROR, "the daemon refused the call; or, with --test, the result is false"},
        {STATUS_USAGE, "the command line is not valid"},
        {STATUS_ABSENT, "no such object, key, element or index (ENOENT, ENODATA, ERANGE)"},
        {STATUS_NO_DAEMON, "no daemon could be reached, or it ended during a call"},
        {STATUS_WAIT, "the timeout expired, or the call would block (ETIMEDOUT, EAGAIN)"},
        {STATUS_LOST, "the command lost what it held while it ran"},
};

static void print_command(const Command *command) {
        char left[100];

        snprintf(left, sizeof(left), "%s%s%s%s%s", command->name, command->verb ? " " : "",
                 command->verb ? command->verb : "", *command->arguments ? " " : "",
                 command->arguments);
        option_print_line(left, command->help);
}

/* Families of methods without a type, such as session, are listed, too, since they are called
 * like types. */
static void print_types(void) {
        const int width = 78;
        int n = width;

        if (own_families[0].name)
                printf("\nTypes:");
        for (const OwnFamily *own = own_families; own->name; own++) {
                int n_name = (int)strlen(own->name) + 1;
                if (n + n_name > width)
                        n = printf("\n ") - 1;
                n += printf(" %s", own->name);
        }
        putchar('\n');
}

void overview_print(void) {
        printf("Usage: shmgrctl [OPTION...] COMMAND [ARG...]\n"
               "Use the shared objects of shmgrd from a shell.\n\n"
               "Commands:\n");
        for (size_t i = 0; i < ELEMENTSOF(methods); i++)
                option_print_line(methods[i].left, methods[i].help);
        for (const Command *const *command = commands; *command; command++)
                print_command(*command);
        print_types();
        printf("\nOptions:\n");
        for (const Option *option = common_options; option->name; option++)
                option_print(option);
        printf("\n%s\nExit codes:\n", arguments_text);
        for (size_t i = 0; i < ELEMENTSOF(statuses); i++)
                printf("  %3d  %s\n", statuses[i].status, statuses[i].help);
        printf("Commands that run another command exit with its status, or with 128 plus the\n"
               "signal that ended it, 126 if it cannot be executed, 127 if it is not found.\n");
}
