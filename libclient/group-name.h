/* Names of groups. The daemon knows numbers alone, so a name is looked up here. */
#pragma once

struct json_object;

/* Replaces a "group" in the options of an open, which may be a name or digits, by its number. Returns 0; -ENOENT for an unknown
 * group; -ENOMEM; or the error of the look-up. */
int group_name_resolve(struct json_object *params);
