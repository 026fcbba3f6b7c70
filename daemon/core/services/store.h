/* The store of durable objects in the services: its part of server.stats, and server.resume. */
#pragma once

typedef struct Call Call;
typedef struct Core Core;
typedef struct Object Object;
struct json_object;

int server_resume(Call *call, Object *none);
/* Returns the member "store" of server.stats: JSON null without a store; NULL if memory ran out. */
struct json_object *store_describe(const Core *core);
