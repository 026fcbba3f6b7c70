/* The goals of doc/performance.md, held against a report. */
#pragma once

#include <stdio.h>

#include "report.h"

/* Writes a table in Markdown: each goal, what was measured, and by how much it was missed. Counts of instructions come from
 * the recorded table. */
void goals_write(const Report *report, const char *instructions, FILE *file);
