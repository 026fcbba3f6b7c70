/* <type>.open: the same for every type. */
#pragma once

#include <sys/types.h>

#include "call/method.h"
#include "json/value.h"

typedef struct Object Object;

extern const Method open_method;
/* The parameters of every open. They follow the type's own, so that those keep their positions. */
extern const Arg open_last_args[];

/* Gives the session a handle, as the opens of most types do: an outcome, or -errno. */
int open_handle(Call *call, Object *object);
/* Whether an object shall be made where there is none. */
bool open_may_create(const Call *call);

/* The bits of an argument of kind ARG_MODE. */
mode_t mode_of_value(const Value *value);
