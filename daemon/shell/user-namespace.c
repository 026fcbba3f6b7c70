/* Reads the user namespace of the daemon. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user-namespace.h"

enum { MAP_MAX = 64 << 10, OVERFLOW_ID = 65534 };

/* All ids; -1 is not an id. */
#define ALL_IDS ((uint64_t)UINT32_MAX)

bool id_map_is_complete(const char *text) {
        uint64_t n_mapped = 0, inside, outside, n;
        int n_read;

        while (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64 "%n", &inside, &outside, &n,
                      &n_read) == 3) {
                n_mapped += n; /* the kernel accepts no maps with overlapping ranges */
                text += n_read;
        }
        return n_mapped >= ALL_IDS;
}

/* Returns the text of a file, to be freed, or NULL. */
static char *read_text(const char *path) {
        char *text = malloc(MAP_MAX);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 && text ? read(fd, text, MAP_MAX - 1) : -1;

        if (fd >= 0)
                close(fd);
        if (n < 0) {
                free(text);
                return NULL;
        }
        text[n] = '\0';
        return text;
}

static uint32_t read_unmapped(const char *map_path, const char *overflow_path) {
        char *map = read_text(map_path), *overflow = read_text(overflow_path);
        uint32_t id = (uint32_t)-1;

        if (map && !id_map_is_complete(map))
                id = overflow ? (uint32_t)strtoul(overflow, NULL, 10) : OVERFLOW_ID;
        free(map);
        free(overflow);
        return id;
}

UserNamespace user_namespace_read(void) {
        return (UserNamespace){
                .unmapped_uid = read_unmapped("/proc/self/uid_map", "/proc/sys/kernel/overflowuid"),
                .unmapped_gid = read_unmapped("/proc/self/gid_map", "/proc/sys/kernel/overflowgid"),
        };
}
