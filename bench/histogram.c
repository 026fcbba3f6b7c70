/* A class is the position of the highest bit with the next four bits; below 16 ns each number is a class of its own. */
#include "base/macros.h"
#include "histogram.h"

static unsigned class_of(uint64_t ns) {
        if (ns < 16)
                return (unsigned)ns;
        unsigned shift = 59 - (unsigned)__builtin_clzll(ns);
        unsigned class = 16 * (shift + 1) + (unsigned)(ns >> shift) - 16;
        return class < HISTOGRAM_CLASSES ? class : HISTOGRAM_CLASSES - 1;
}

static int64_t end_of_class(unsigned class) {
        if (class < 16)
                return class;
        unsigned shift = class / 16 - 1;
        return ((int64_t)(16 + class % 16 + 1) << shift) - 1;
}

void histogram_add(Histogram *h, int64_t ns) {
        h->counts[class_of(ns < 0 ? 0 : (uint64_t)ns)]++;
        h->n++;
        h->max_ns = ns > h->max_ns ? ns : h->max_ns;
}

void histogram_merge(Histogram *into, const Histogram *from) {
        for (unsigned i = 0; i < HISTOGRAM_CLASSES; i++)
                into->counts[i] += from->counts[i];
        into->n += from->n;
        into->max_ns = from->max_ns > into->max_ns ? from->max_ns : into->max_ns;
}

int64_t histogram_quantile(const Histogram *h, double share) {
        uint64_t n_wanted = (uint64_t)((double)h->n * share), n = 0;

        for (unsigned i = 0; i < HISTOGRAM_CLASSES; i++) {
                n += h->counts[i];
                if (n > n_wanted)
                        return end_of_class(i) < h->max_ns ? end_of_class(i) : h->max_ns;
        }
        return h->max_ns;
}
