/* Acts: calls that are sent to the daemon at once, and their cost. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "stall-client.h"

enum { STALL_UID = 65500, STALL_WITNESS_UID = 65501 };

typedef struct StallOptions {
        const char *only;  /* a part of the names of acts to run; or NULL */
        const char *from;  /* the first method; or NULL */
        size_t n_elements; /* of the objects; or 0 for several sizes */
        bool prints_all;   /* also acts without a long turn */
        int64_t end_ns;    /* when the last act may begin */
} StallOptions;

extern StallOptions stall_options;

/* Returns whether an act of this name is to be run. */
bool stall_is_wanted(const char *name);

/* Starts a daemon for the acts that follow, with its witness. */
void stall_world_begin(void);
void stall_world_end(void);

/* Sends the calls that were added to the clients, all at once, waits for the replies, and notes the cost under this name. Returns
 * false if the daemon was too slow, or a client is broken: the caller then ends this daemon. */
bool stall_act(const char *name, Client *const *clients, size_t n);
bool stall_act_of(const char *name, Client *c);
/* For acts that are not calls: the caller begins, acts, and ends. The end waits until the daemon is idle. */
void stall_act_begin(void);
void stall_act_end(const char *name, const char *outcome);

/* Prints the acts with a turn of more than 10 ms, and their number. */
void stall_print_table(void);
/* Returns the result of a call without parameters, made as root, or NULL if the call failed. The caller frees it with
 * json_object_put(). */
struct json_object *stall_ask(const char *method);
