/* Values that refer to objects. */
#include <errno.h>

#include "json/json-util.h"
#include "proxy.h"

struct json_object *shmgr_reference_new(const char *name) {
        CLEANUP(json_putp) struct json_object *reference = json_object_new_object();

        if (!reference || json_put_string(reference, "$object", name) < 0)
                return NULL;
        return TAKE_PTR(reference);
}

const char *shmgr_reference_name(struct json_object *value) {
        struct json_object *name;

        if (!json_object_is_type(value, json_type_object) ||
            json_object_object_length(value) != 1 ||
            !json_object_object_get_ex(value, "$object", &name) ||
            !json_object_is_type(name, json_type_string))
                return NULL;
        return json_object_get_string(name);
}

int proxy_open_reference(shmgr_manager *manager, const char *type, struct json_object *value,
                         Proxy **ret) {
        const char *name = shmgr_reference_name(value);

        if (!name)
                return manager_fail(manager, -EINVAL, "the value refers to no object");
        return proxy_open(manager, type, name, 0, NULL, ret);
}
