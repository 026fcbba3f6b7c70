/* Adds to a stored number: integers exactly, other numbers as doubles. */
#include <errno.h>
#include <math.h>

#include "call/call.h"
#include "types/arith.h"

static int add_integers(Call *call, int64_t a, int64_t b, Value *ret) {
        int64_t sum;

        if (__builtin_add_overflow(a, b, &sum))
                return call_refuse(call, ERANGE,
                                   "the sum does not fit 64 bits; the value stays %lld",
                                   (long long)a);
        *ret = value_int(sum);
        return OUTCOME_DONE;
}

int arith_add(Call *call, const Value *value, const Value *delta, Value *ret) {
        if (!value_is_number(value))
                return call_refuse(call, EINVAL,
                                   "the value is of kind %s; only a number can be added to",
                                   value_kind_name(value));
        if (value_is(value, JSON_INT) && value_is(delta, JSON_INT))
                return add_integers(call, value->i, delta->i, ret);
        double sum = value_as_double(value) + value_as_double(delta);
        if (!isfinite(sum))
                return call_refuse(call, ERANGE, "the sum is too large for a double");
        *ret = value_double(sum);
        return OUTCOME_DONE;
}
