/* The user namespace of the daemon. All users and groups that it does not map appear as one number,
 * the kernel's overflow id. They cannot be told apart, so they must not own or share anything. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The ids as which unmapped users and groups appear. They are -1, which is not an id, if every id
 * is mapped, as outside of user namespaces. */
typedef struct UserNamespace {
        uid_t unmapped_uid;
        gid_t unmapped_gid;
} UserNamespace;

/* Reads the maps in /proc. If they cannot be read, all ids count as mapped. */
UserNamespace user_namespace_read(void);

/* For tests: returns whether the text of a uid_map or gid_map maps every id. */
bool id_map_is_complete(const char *text);
