/* Names of groups. The daemon knows numbers alone, so a name is looked up here. */
#pragma once

struct json_object;

/* Makes a number of a "group" in the options of an open that is a name, or digits: 0; -ENOENT: there is no such group;
 * -ENOMEM; or what looking it up came to. */
int group_name_resolve(struct json_object *params);
