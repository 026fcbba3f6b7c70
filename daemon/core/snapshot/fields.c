/* Saves and loads members of structures by their tables. */
#include <string.h>

#include "snapshot/fields.h"

void snapshot_put_fields(SnapshotWriter *w, const void *structure, const SnapshotField *fields,
                         size_t n) {
        for (size_t i = 0; i < n; i++) {
                const char *at = (const char *)structure + fields[i].offset;
                int64_t number = 0;
                unsigned small = 0;
                switch (fields[i].kind) {
                case FIELD_64:
                        memcpy(&number, at, sizeof(number));
                        snapshot_put_int(w, fields[i].name, number);
                        break;
                case FIELD_32:
                        memcpy(&small, at, sizeof(small));
                        snapshot_put_int(w, fields[i].name, small);
                        break;
                case FIELD_BOOL:
                        snapshot_put_bool(w, fields[i].name, *(const bool *)at);
                        break;
                }
        }
}

void snapshot_get_fields(SnapshotRecord *record, void *structure, const SnapshotField *fields,
                         size_t n) {
        for (size_t i = 0; i < n; i++) {
                char *at = (char *)structure + fields[i].offset;
                int64_t number;
                unsigned small;
                switch (fields[i].kind) {
                case FIELD_64:
                        number = snapshot_get_int(record, fields[i].name);
                        memcpy(at, &number, sizeof(number));
                        break;
                case FIELD_32:
                        small = (unsigned)snapshot_get_range(record, fields[i].name, 0, UINT32_MAX);
                        memcpy(at, &small, sizeof(small));
                        break;
                case FIELD_BOOL:
                        *(bool *)at = snapshot_get_bool(record, fields[i].name);
                        break;
                }
        }
}
