/* <type>.open: the same for every type. */
#pragma once

#include <sys/types.h>

#include <json-c/json.h>

#include "call/method.h"

typedef struct Object Object;

extern const Method open_method;
/* What follows the type's own arguments of an open, so that those keep their positions. */
extern const Arg open_last_args[];

/* What an open gives as a rule: an outcome, or -errno. */
int open_handle(Call *call, Object *object);
/* Whether an object shall be made where there is none. */
bool open_may_create(const Call *call);

/* The bits of an argument of kind ARG_MODE. */
mode_t mode_of_json(struct json_object *value);
