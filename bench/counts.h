/* The table of instructions: its text, and its comparison with the recorded one. */
#pragma once

#include <stdio.h>

enum { MAX_COUNTS = 64 };

typedef struct Counts {
        struct {
                char name[80];
                double n;
        } rows[MAX_COUNTS];
        unsigned n;
} Counts;

void counts_add(Counts *counts, double n, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Writes a head that names the toolchain, and a line "COUNT NAME" for each. */
void counts_print(const Counts *counts, FILE *file);
/* Returns 1 if a count exceeds the recorded one by more than its bound allows, otherwise 0. If the file is of another toolchain, it
 * prints that nothing was compared. */
int counts_check(const Counts *counts, const char *path);
