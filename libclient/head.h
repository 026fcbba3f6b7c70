/* Beginnings of requests: the method and the name of the object, as a session wrote them last. The next call with this
 * method and name copies them. */
#pragma once

#include "base/buffer.h"
#include "target.h"

enum { N_HEADS = 4 };

typedef struct Head {
        uint64_t target_id; /* of its proxy, whose name does not change; 0 for none */
        const char *method;
        Buffer text; /* of the request, up to the name */
} Head;

typedef struct Heads {
        Head heads[N_HEADS];
        unsigned next; /* to be replaced */
} Heads;

/* Appends the beginning of a request, with the name of the object as the first parameter. Returns 0, -ENOMEM, or -EINVAL for a
 * name that is not UTF-8. The method is a constant of the program, since its address stands for its text (check_constant()). */
int heads_begin_request(Heads *heads, Buffer *out, const Target *target, const char *method);
void heads_deinit(Heads *heads);
