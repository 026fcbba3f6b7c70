/* Charts of a report, as SVG. */
#pragma once

#include "report.h"

/* Writes cost.svg, latency.svg and growth.svg into the directory; ends the program if that fails. */
void charts_write(const char *directory, const Report *report);
