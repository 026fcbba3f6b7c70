/* Reads grants. */
#include <stdio.h>
#include <string.h>

#include "grant.h"
#include "json/json-util.h"

static int64_t member_int(struct json_object *object, const char *key) {
        struct json_object *value;

        return json_object_object_get_ex(object, key, &value) ? json_object_get_int64(value) : 0;
}

static void read_victim(struct json_object *victim, shmgr_grant *grant) {
        struct json_object *comm;

        grant->owner_died = 1;
        grant->pid = (pid_t)member_int(victim, "pid");
        grant->uid = (uid_t)member_int(victim, "uid");
        grant->ms_ago = member_int(victim, "ms_ago");
        if (json_object_object_get_ex(victim, "comm", &comm))
                snprintf(grant->comm, sizeof(grant->comm), "%s", json_object_get_string(comm));
}

int request_run_grant(Request *r, shmgr_grant *ret) {
        CLEANUP(json_putp) struct json_object *result = NULL;
        struct json_object *victim;

        int error = request_run(r, ret ? &result : NULL);
        if (error < 0 || !ret)
                return error;
        *ret = (shmgr_grant){.token = (uint64_t)member_int(result, "token")};
        if (json_object_object_get_ex(result, "owner_died", &victim))
                read_victim(victim, ret);
        return 0;
}
