/* The options of shmgrctl, which hold for every command. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "overview.h"
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
                        overview_print();
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
