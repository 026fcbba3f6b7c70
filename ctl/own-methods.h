/* The methods of the daemon that shmgrctl was built with. daemon/list-methods.c generates the table
 * at build time. It is empty when cross-compiled. */
#pragma once

#include <stddef.h>

typedef struct OwnFamily {
        const char *name;
        size_t n_text;
        const char *text; /* a JSON array in the form of "methods" of rpc.discover */
} OwnFamily;

extern const OwnFamily own_families[]; /* ends with an entry without a name */
