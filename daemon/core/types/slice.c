/* Converts indices and slices from arguments to positions. */
#include <errno.h>

#include "types/slice.h"

static int64_t clamp(int64_t i, int64_t least, int64_t most) {
        return i < least ? least : i > most ? most : i;
}

/* Reads an end of a slice, limited to the range from `least` to `most`. */
static int64_t slice_end(const Call *call, unsigned i, int64_t fallback, int64_t length,
                         int64_t least, int64_t most) {
        if (!call_has(call, i))
                return fallback;
        int64_t end = call_int(call, i, 0);
        return clamp(end < 0 ? end + length : end, least, most);
}

bool slice_find(const Call *call, unsigned i, size_t length, Slice *ret) {
        int64_t n = (int64_t)length;
        int64_t step = call_int(call, i + 2, 1);

        if (step == 0)
                return false;
        /* Longer steps have the same effect as this one, which cannot overflow. The limit is not 1
         * even for an empty object: a list replaces an extended slice in another way. */
        step = clamp(step, -n - 2, n + 2);
        int64_t least = step > 0 ? 0 : -1;
        int64_t most = step > 0 ? n : n - 1;
        int64_t start = slice_end(call, i, step > 0 ? least : most, n, least, most);
        int64_t stop = slice_end(call, i + 1, step > 0 ? most : least, n, least, most);

        *ret = (Slice){.first = start, .step = step};
        if (step > 0 && start < stop)
                ret->n = (size_t)((stop - start - 1) / step + 1);
        if (step < 0 && start > stop)
                ret->n = (size_t)((start - stop - 1) / -step + 1);
        return true;
}

int slice_get(Call *call, unsigned i, size_t length, Slice *ret) {
        return slice_find(call, i, length, ret)
                       ? OUTCOME_DONE
                       : call_refuse_arg(call, "step", "step: it cannot be 0");
}

Slice slice_ascending(Slice slice) {
        if (slice.step > 0 || slice.n == 0)
                return slice;
        return (Slice){
                .first = slice.first + (int64_t)(slice.n - 1) * slice.step,
                .step = -slice.step,
                .n = slice.n,
        };
}

int index_get(Call *call, unsigned i, int64_t fallback, size_t length, size_t *ret) {
        int64_t given = call_int(call, i, fallback);
        int64_t index = given < 0 ? given + (int64_t)length : given;

        /* Some compilers that inline this warn about an uninitialised index without it. */
        *ret = 0;
        if (index < 0 || index >= (int64_t)length) {
                int r = call_refuse(call, ERANGE, "index %lld is out of range: the length is %zu",
                                    (long long)given, length);
                /* The param tells a client that the index is wrong, and not that a number
                 * overflowed. */
                call_add_data(call, "param", json_object_new_string("index"));
                return r;
        }
        *ret = (size_t)index;
        return OUTCOME_DONE;
}
