/* Reads the command line that manager-race and manager-lock share. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "arguments.h"

enum { MAX_PROCESSES = 10000, MAX_TIMES = 1000000 };

static long read_count(const char *option, const char *text, long maximum) {
        char *end;

        errno = 0;
        long n = strtol(text, &end, 10);
        if (errno || end == text || *end || n < 1 || n > maximum) {
                fprintf(stderr, "%s: --%s: '%s' is not a number from 1 to %ld\n",
                        program_invocation_short_name, option, text, maximum);
                exit(2);
        }
        return n;
}

static void print_help(const Arguments *args, const char *program, const char *fix_help) {
        printf("Usage: %s [OPTION...]\n"
               "  --processes=N   how many share the dict (%ld)\n"
               "  --iterations=N  how often each of them subtracts one (%ld)\n"
               "  --runs=N        how often all that is done (%ld)\n",
               program, args->processes, args->iterations, args->runs);
        if (fix_help)
                printf("  --fix=WAY       %s\n", fix_help);
}

void arguments_parse(Arguments *args, int argc, char **argv, const char *fix_help) {
        const struct option longs[] = {
                {"processes", required_argument, NULL, 'p'},
                {"iterations", required_argument, NULL, 'i'},
                {"runs", required_argument, NULL, 'r'},
                {"help", no_argument, NULL, 'h'},
                {fix_help ? "fix" : NULL, required_argument, NULL, 'f'},
                {0},
        };
        int opt;

        while ((opt = getopt_long(argc, argv, "h", longs, NULL)) >= 0)
                switch (opt) {
                case 'p':
                        args->processes = read_count("processes", optarg, MAX_PROCESSES);
                        break;
                case 'i':
                        args->iterations = read_count("iterations", optarg, MAX_TIMES);
                        break;
                case 'r':
                        args->runs = read_count("runs", optarg, MAX_TIMES);
                        break;
                case 'f':
                        args->fix = optarg;
                        break;
                case 'h':
                        print_help(args, program_invocation_short_name, fix_help);
                        exit(EXIT_SUCCESS);
                default:
                        exit(2);
                }
        if (optind < argc) {
                fprintf(stderr, "%s: '%s' is too much: there are only options; see --help\n",
                        program_invocation_short_name, argv[optind]);
                exit(2);
        }
}
