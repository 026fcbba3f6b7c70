/* Acts from the table of methods that rpc.discover returns: each method, alone, in a batch, pipelined, and from many
 * sessions of one user. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "stall-client.h"

enum { STALL_SESSIONS = 8 };

/* The state that the acts of one size share. */
typedef struct StallField {
        Client clients[STALL_SESSIONS];
        size_t n_elements;
        bool is_open;
} StallField;

void stall_methods_run(size_t n_elements);

/* Returns the table of methods. The caller frees it with json_object_put(). */
struct json_object *stall_discover(void);
void stall_field_open(StallField *field);
void stall_field_close(StallField *field);
/* Returns whether calling the method would disturb the measurement. */
bool stall_is_left_out(const char *method);
/* Returns the name of the object that a method is called on, or NULL. Stores the type of the object in `type`. */
const char *stall_object_of(const char *method, char *type, size_t n);
bool stall_is_container(const char *type);
/* Returns whether a method leaves the size of the object roughly unchanged. */
bool stall_keeps_size(struct json_object *method);
