/* The command line that manager-race and manager-lock share. */
#pragma once

typedef struct Arguments {
        long processes;
        long iterations; /* of each process */
        long runs;
        const char *fix; /* manager-lock: the way to run, or NULL for all */
} Arguments;

/* Reads the command line into *args, which holds the defaults. If fix_help is NULL, --fix is not an
 * option. Exits after --help, and after an error. */
void arguments_parse(Arguments *args, int argc, char **argv, const char *fix_help);
