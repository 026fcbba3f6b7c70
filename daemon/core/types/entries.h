/* Tables whose values are stored values (value.h): every entry is charged to the
 * object's owner with its key, its value and its place in the table. A NULL value is
 * JSON null, so presence is asked with table_find(). */
#pragma once

#include <stddef.h>

#include <json-c/json.h>

#include "base/table.h"
#include "call/method.h"

/* A new key: OUTCOME_DONE; OUTCOME_REFUSED or -ENOMEM with nothing changed. */
int entries_add(Call *call, Object *object, Table *table, const void *key, size_t n_key,
                struct json_object *value);
/* Another value for an entry that is there: likewise. */
int entries_replace(Call *call, Object *object, TableEntry *entry, struct json_object *value);
void entries_remove(Object *object, Table *table, TableEntry *entry);
/* Removes an entry whose value the call answers, and gives that to the caller. */
struct json_object *entries_take(Call *call, Object *object, Table *table, TableEntry *entry);
/* Removes all entries, as remains of the object (remains.h). A cursor of before is good still. */
void entries_clear(Object *object, Table *table);
/* Removes the entries that were added after this serial: with the last serial of before, what has been
 * added since. */
void entries_remove_after(Object *object, Table *table, uint64_t serial);
