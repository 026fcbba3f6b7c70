/* Adding to a stored number: integers exactly, all else as doubles. */
#include <errno.h>
#include <math.h>

#include "call/call.h"
#include "json/json-value.h"
#include "types/arith.h"

static int add_integers(Call *call, int64_t a, int64_t b, struct json_object **ret) {
        int64_t sum;

        if (__builtin_add_overflow(a, b, &sum))
                return call_refuse(call, ERANGE,
                                   "the sum does not fit 64 bits; the value stays %lld",
                                   (long long)a);
        *ret = json_object_new_int64(sum);
        return *ret ? OUTCOME_DONE : -ENOMEM;
}

int arith_add(Call *call, struct json_object *value, struct json_object *delta,
              struct json_object **ret) {
        bool is_int = json_object_is_type(value, json_type_int);

        if (!is_int && !json_object_is_type(value, json_type_double))
                return call_refuse(call, EINVAL,
                                   "only a number can be added to; this is of kind %s",
                                   json_kind_name(value));
        if (is_int && json_object_is_type(delta, json_type_int))
                return add_integers(call, json_object_get_int64(value),
                                    json_object_get_int64(delta), ret);
        double sum = json_object_get_double(value) + json_object_get_double(delta);
        if (!isfinite(sum))
                return call_refuse(call, ERANGE, "the sum is too large for a double");
        *ret = json_object_new_double(sum);
        return *ret ? OUTCOME_DONE : -ENOMEM;
}
