/* The methods of the daemon that shmgrctl was built with: its source is made at build time (daemon/list-methods.c), and
 * is empty where the program is built for another machine. */
#pragma once

#include <stddef.h>

typedef struct OwnFamily {
        const char *name;
        size_t n_text;
        const char *text; /* a JSON array, as "methods" of rpc.discover */
} OwnFamily;

extern const OwnFamily own_families[]; /* ends with an entry whose name is NULL */
