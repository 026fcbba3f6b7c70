/* object.wait_any: waits until one of several objects is ready. */
#pragma once

#include "call/method.h"

extern const Arg wait_any_args[];

int object_wait_any(Call *call, Object *none);
/* Method.restore */
int wait_any_restore(Call *call, Object **ret, size_t most, bool *ret_any);
