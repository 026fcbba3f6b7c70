/* The goals of doc/performance.md, compared with a report. */
#pragma once

#include <stdio.h>

#include "report.h"

/* Writes a table in Markdown: each goal, the measured figure, and by how much the goal was missed. Counts of instructions come from
 * the recorded table. */
void goals_write(const Report *report, const char *instructions, FILE *file);
