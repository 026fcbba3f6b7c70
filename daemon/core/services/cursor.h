/* Cursors of scans, which the daemon keeps nothing of: where a scan is, and where it ends.
 *
 * A scan walks things in the order of their serials, which only grow. It ends at the last serial that there was when it
 * began, so it ends however fast others make new things. The text of a cursor names the scan that made it and this run
 * of the daemon: serials of another run mean other things. */
#pragma once

#include <stdint.h>

#include <json-c/json.h>

typedef struct Call Call;

typedef enum CursorKind {
        CURSOR_OF_OBJECTS = 'o',
        CURSOR_OF_SESSIONS = 's',
        CURSOR_OF_WAITS = 'w',
} CursorKind;

typedef struct Cursor {
        uint64_t at;  /* serial of the last that was looked at; 0 to begin with */
        uint64_t end; /* serial of the last that is to be looked at */
} Cursor;

/* From the argument i, which is named cursor; absent begins, with last as the end. OUTCOME_DONE, or OUTCOME_REFUSED
 * (EINVAL). */
int cursor_read(Call *call, unsigned i, CursorKind kind, uint64_t last, Cursor *ret);
/* A new JSON string, or NULL when memory ran out. */
struct json_object *cursor_write(const Call *call, CursorKind kind, const Cursor *cursor);
