/* The store of durable objects, as far as the core knows it: what server.stats tells, and server.resume. */
#pragma once

typedef struct Call Call;
typedef struct Core Core;
typedef struct Object Object;
struct json_object;

int server_resume(Call *call, Object *none);
/* NULL when memory ran out; without a store a JSON null is to be told. */
struct json_object *store_describe(const Core *core);
