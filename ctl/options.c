/* The options of shmgrctl, which hold for every command. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "status.h"

bool options_set_flag(Ctl *ctl, const char *word) {
        const struct {
                const char *brief, *name;
                bool *flag;
        } flags[] = {
                {"-j", "--json", &ctl->is_json},
                {"-q", "--test", &ctl->is_quiet},
                {"-s", "--string", &ctl->is_literal},
        };

        for (size_t i = 0; i < ELEMENTSOF(flags); i++)
                if (strcmp(word, flags[i].brief) == 0 || strcmp(word, flags[i].name) == 0) {
                        *flags[i].flag = true;
                        return true;
                }
        return false;
}

void options_print_help(void) {
        printf("Usage: shmgrctl [OPTION...] COMMAND [ARG...]\n"
               "Use the shared objects of shmgrd from a shell.\n"
               "\n"
               "Commands:\n"
               "  TYPE VERB [ARG...]           any method of the daemon, such as dict set counts count 100\n"
               "  TYPE                         list the verbs of a type; TYPE VERB --help tells about one\n");
        for (const Command *const *c = commands; *c; c++) {
                char left[80];
                snprintf(left, sizeof(left), "%s%s%s%s%s", (*c)->name, (*c)->verb ? " " : "",
                         (*c)->verb ? (*c)->verb : "", *(*c)->arguments ? " " : "",
                         (*c)->arguments);
                printf(strlen(left) <= 28 ? "  %-28s %s\n" : "  %s\n                               %s\n",
                       left, (*c)->help);
        }
        printf("\n"
               "Options:\n"
               "  --socket=PATH                the daemon's socket ($SHMGR_SOCKET, else\n"
               "                               $XDG_RUNTIME_DIR/shmgrd.sock if it is there, else\n"
               "                               /run/shmgrd/shmgrd.sock)\n"
               "  -j, --json                   print the result as JSON\n"
               "  -q, --test                   print no result; exit with 1 when it is false\n"
               "  -s, --string                 an argument for a parameter of any kind is a string,\n"
               "                               also when it could be read as JSON\n"
               "  -h, --help                   show this\n"
               "  --version                    show the version\n"
               "\n"
               "Arguments fill a method's parameters in their order; any can be given by name, as\n"
               "--NAME VALUE or --NAME=VALUE, a boolean one as --NAME alone. Strings stand as they\n"
               "are. For a parameter of any kind the text is JSON if it can be read as JSON (100,\n"
               "true, '[1,2]'), and else a string. A text that begins with '-' goes behind \"--\".\n"
               "\n"
               "Exit codes:\n"
               "   0  done\n"
               "   1  the daemon answered an error; or, with --test, false\n"
               "   2  the command line is wrong\n"
               "  66  no such object, key or element (ENOENT, ENODATA)\n"
               "  69  no daemon was reached\n"
               "  75  timed out, or would have to wait (ETIMEDOUT, EAGAIN)\n"
               "lock run exits as its command does; 126 and 127 are those of a shell.\n");
}

int options_parse(Ctl *ctl, int argc, char **argv, int *ret_first) {
        enum { VAL_SOCKET = 1000, VAL_VERSION };
        static const struct option longs[] = {
                {"socket", required_argument, NULL, VAL_SOCKET},
                {"json", no_argument, NULL, 'j'},
                {"test", no_argument, NULL, 'q'},
                {"string", no_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, VAL_VERSION},
                {0},
        };
        int val;

        while ((val = getopt_long(argc, argv, "+jqsh", longs, NULL)) >= 0)
                switch (val) {
                case VAL_SOCKET:
                        ctl->socket = optarg;
                        break;
                case VAL_VERSION:
                        printf("shmgrctl %s\n", PACKAGE_VERSION);
                        return STATUS_OK;
                case 'h':
                        options_print_help();
                        return STATUS_OK;
                case '?':
                        return STATUS_USAGE;
                default:
                        options_set_flag(ctl, (const char[]){'-', (char)val, '\0'});
                }
        if (optind == argc)
                return status_usage("a command is missing; see shmgrctl --help");
        *ret_first = optind;
        return OPTIONS_GO_ON;
}
