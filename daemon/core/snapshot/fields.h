/* Tables of members of structures: one table writes and reads them. */
#pragma once

#include <stddef.h>

#include "snapshot/record.h"
#include "snapshot/writer.h"

typedef enum FieldKind {
        FIELD_64,   /* int64_t, uint64_t, size_t */
        FIELD_32,   /* unsigned */
        FIELD_BOOL, /* bool */
} FieldKind;

typedef struct SnapshotField {
        const char *name;
        size_t offset;
        FieldKind kind;
} SnapshotField;

#define FIELD_OF_64(type, member)                                                                  \
        { #member, offsetof(type, member), FIELD_64 }
#define FIELD_OF_32(type, member)                                                                  \
        { #member, offsetof(type, member), FIELD_32 }
#define FIELD_OF_BOOL(type, member)                                                                \
        { #member, offsetof(type, member), FIELD_BOOL }

void snapshot_put_fields(SnapshotWriter *w, const void *structure, const SnapshotField *fields,
                         size_t n);
void snapshot_get_fields(SnapshotRecord *record, void *structure, const SnapshotField *fields,
                         size_t n);
