/* TYPE.open, which all types share. */
#pragma once

#include <sys/types.h>

#include "call/method.h"
#include "json/value.h"

typedef struct Object Object;

extern const Method open_method;
/* The parameters common to all opens. They follow those of the type, which so keep their
 * positions. */
extern const Arg open_last_args[];

/* Gives the session a handle, as the opens of most types do. Returns an outcome or a negative
 * errno. */
int open_handle(Call *call, Object *object);
/* Returns whether the open makes an object that does not exist. */
bool open_may_create(const Call *call);

/* Returns the bits of an argument of kind ARG_MODE. */
mode_t mode_of_value(const Value *value);
