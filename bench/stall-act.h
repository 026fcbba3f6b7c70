/* Acts: what is sent to the daemon at once, and what that cost. */
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
        size_t n_elements; /* of objects that the methods are run on; or 0 for several sizes */
        bool prints_all;   /* also the acts in which no turn took too long */
        int64_t end_ns;    /* no act begins later */
} StallOptions;

extern StallOptions stall_options;

/* Whether an act of this name is to be run. */
bool stall_is_wanted(const char *name);

/* A daemon of its own for the acts that follow, with its witness. */
void stall_world_begin(void);
void stall_world_end(void);

/* Sends what was added to the clients, all at once, waits for the answers, and notes the cost under this name. False
 * when the daemon was too slow, or the clients are broken: then this world is to be ended. */
bool stall_act(const char *name, Client *const *clients, size_t n);
bool stall_act_of(const char *name, Client *c);
/* For acts that are not calls: begin before, and end after, which waits for the witness's answer. */
void stall_act_begin(void);
void stall_act_end(const char *name, const char *outcome);

/* Prints the acts that took more than 10 ms in one turn, and how many there were. */
void stall_print_table(void);
/* The result of a call without parameters, made as root: to be put. NULL when there is none. */
struct json_object *stall_ask(const char *method);
