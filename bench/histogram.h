/* Counts of latencies, in classes that are at most 1/16 wide. */
#pragma once

#include <stdint.h>

enum { HISTOGRAM_CLASSES = 16 * 44 };

typedef struct Histogram {
        uint64_t counts[HISTOGRAM_CLASSES];
        uint64_t n;
        int64_t max_ns;
} Histogram;

void histogram_add(Histogram *h, int64_t ns);
void histogram_merge(Histogram *into, const Histogram *from);
/* Returns the quantile for a share from 0 to 1, in nanoseconds: the upper end of its class, or the greatest latency if that is
 * less. */
int64_t histogram_quantile(const Histogram *h, double share);
