/* Looks up groups. */
#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "group-name.h"
#include "json/json-util.h"

enum { ROOM_FIRST = 1024, ROOM_MAX = 16 << 20 };

/* A group with many members needs much room. */
static int look_up(const char *name, struct json_object **ret_gid) {
        struct group group, *found = NULL;
        int r = ERANGE;

        for (size_t room = ROOM_FIRST; r == ERANGE && room <= ROOM_MAX; room *= 4) {
                CLEANUP(freep) char *text = malloc(room);
                if (!text)
                        return -ENOMEM;
                do
                        r = getgrnam_r(name, &group, text, room, &found);
                while (r == EINTR);
        }
        if (!found)
                return r == 0 ? -ENOENT : -r;
        *ret_gid = json_object_new_int64(group.gr_gid);
        return *ret_gid ? 0 : -ENOMEM;
}

static int read_number(const char *name, struct json_object **ret_gid) {
        size_t n = strlen(name);

        if (n == 0 || n > 10 || strspn(name, "0123456789") != n)
                return -ENOENT;
        *ret_gid = json_object_new_int64(strtoll(name, NULL, 10));
        return *ret_gid ? 0 : -ENOMEM;
}

int group_name_resolve(struct json_object *params) {
        struct json_object *group, *gid = NULL;

        if (!json_object_object_get_ex(params, "group", &group) ||
            !json_object_is_type(group, json_type_string))
                return 0;
        const char *name = json_object_get_string(group);
        int r = look_up(name, &gid);
        if (r < 0 && r != -ENOMEM && read_number(name, &gid) == 0)
                r = 0;
        return r < 0 ? r : json_put(params, "group", gid);
}
