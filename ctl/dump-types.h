/* The types as dump and restore see them: the options of a new object, and the methods that read
 * its contents by pages and store them. */
#pragma once

#include <json-c/json.h>

#include "ctl.h"

typedef struct DumpType DumpType;

/* Returns the type of this name, or NULL if objects of it are not dumped. */
const DumpType *dump_type_find(const char *name);
/* Returns whether a dump may contain calls of this method. */
bool dump_has_method(const char *method);

/* Says whether the reads of the session are uses of the objects, and returns whether the daemon has a state directory: it
 * stores the tokens there. A daemon of an earlier version refuses the parameter: its reads are uses, and *ret_has_store is
 * false. Returns a status. */
int dump_begin(Ctl *ctl, bool observes, bool *ret_has_store);

/* Writes a call as a line of the dump. Takes ownership of params. Returns 0 or -ENOMEM. */
int dump_put_call(const char *method, struct json_object *params);
/* Writes the open call that makes the object again from its object.stat. Returns 0 or -ENOMEM. */
int dump_put_open(const DumpType *type, struct json_object *stat, bool has_store);
/* Writes the calls that store its contents. Returns STATUS_OK, or prints the error and returns its
 * status. */
int dump_put_contents(Ctl *ctl, const DumpType *type, struct json_object *stat);
