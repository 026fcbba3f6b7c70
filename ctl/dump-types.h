/* The types as a dump sees them: the options that a new object of it is opened with, and how its contents are read page by
 * page, and stored again. */
#pragma once

#include <json-c/json.h>

#include "ctl.h"

typedef struct DumpType DumpType;

/* The type of this name, or NULL where objects of it are not dumped. */
const DumpType *dump_type_find(const char *name);
/* Whether a dump of any type has calls of this method. */
bool dump_has_method(const char *method);

/* Writes a call as a line of the dump; takes params over: 0 or -ENOMEM. */
int dump_put_call(const char *method, struct json_object *params);
/* The call that makes the object anew, from what object.stat says of it: 0 or -ENOMEM. */
int dump_put_open(const DumpType *type, struct json_object *stat);
/* The calls that give it its contents: STATUS_OK, or it has been explained. */
int dump_put_contents(Ctl *ctl, const DumpType *type, struct json_object *stat);
