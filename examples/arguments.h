/* The command line that manager-race and manager-lock share. */
#pragma once

typedef struct Arguments {
        long processes;
        long iterations; /* of each process */
        long runs;
        const char *fix; /* manager-lock: one of its ways, or NULL for all */
} Arguments;

/* Reads the command line into *args, which holds the defaults. A NULL fix_help leaves out --fix. Exits
 * after --help, and when something is wrong. */
void arguments_parse(Arguments *args, int argc, char **argv, const char *fix_help);
