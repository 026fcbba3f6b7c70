/* Cursors of scans, which hold the position and the end of a scan, so the daemon keeps no state of
 * it.
 *
 * A scan walks entries in the order of their serials, which only grow. It ends at the last serial
 * that existed when it began, so it ends however fast new entries are made. The text of a cursor
 * names the scan that made it and this run of the daemon, since serials of another run have other
 * meanings. */
#pragma once

#include <stdint.h>

#include <json-c/json.h>

#include "call/method.h"

typedef enum CursorKind {
        CURSOR_OF_OBJECTS = 'o',
        CURSOR_OF_SESSIONS = 's',
        CURSOR_OF_WAITS = 'w',
} CursorKind;

typedef struct Cursor {
        uint64_t at;  /* serial of the last visited entry; 0 at the beginning */
        uint64_t end; /* serial of the last entry to visit */
} Cursor;

/* Reads the i-th argument, which is named cursor. If it is absent, the scan begins, and `last` is
 * its end. Returns OUTCOME_DONE, or OUTCOME_REFUSED (EINVAL). */
int cursor_read(Call *call, unsigned i, CursorKind kind, uint64_t last, Cursor *ret);
/* Returns a new JSON string, or NULL if memory ran out. */
struct json_object *cursor_write(const Call *call, CursorKind kind, const Cursor *cursor);

/* The parameter "cursor" of these methods. */
#define CURSOR_ARG                                                                                 \
        {                                                                                          \
                .name = "cursor", .kind = ARG_STRING, .optional = true,                            \
                .help = "the cursor that the last call returned; absent begins"                    \
        }
