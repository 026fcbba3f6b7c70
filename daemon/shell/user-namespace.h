/* The user namespace of the daemon. Users and groups that it does not map all show as one number, the
 * kernel's overflow id: nothing tells them apart, so they must not own anything, and not share it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The ids as which unmapped users and groups appear; -1, which no user and no group has, when every id is
 * mapped, as outside of user namespaces. */
typedef struct UserNamespace {
        uid_t unmapped_uid;
        gid_t unmapped_gid;
} UserNamespace;

/* Reads it from /proc. Where that cannot be read, all numbers count as mapped. */
UserNamespace user_namespace_read(void);

/* For tests: whether the text of a uid_map or gid_map maps every number. */
bool id_map_is_complete(const char *text);
