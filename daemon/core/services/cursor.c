/* Cursors of scans: "KIND RUN-AT-END", numbers in hexadecimal. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/call.h"
#include "core-state.h"
#include "services/cursor.h"

typedef struct CursorText {
        char text[64];
} CursorText;

static CursorText format(CursorKind kind, uint64_t run, const Cursor *cursor) {
        CursorText t;

        snprintf(t.text, sizeof(t.text), "%c%" PRIx64 "-%" PRIx64 "-%" PRIx64, kind, run,
                 cursor->at, cursor->end);
        return t;
}

/* Parses exactly the texts that format() writes. */
static bool parse(const char *text, CursorKind kind, uint64_t *ret_run, Cursor *ret) {
        char *end;

        if (*text != (char)kind)
                return false;
        *ret_run = strtoull(text + 1, &end, 16);
        if (*end != '-')
                return false;
        ret->at = strtoull(end + 1, &end, 16);
        if (*end != '-')
                return false;
        ret->end = strtoull(end + 1, &end, 16);
        return strcmp(format(kind, *ret_run, ret).text, text) == 0;
}

int cursor_read(Call *call, unsigned i, CursorKind kind, uint64_t last, Cursor *ret) {
        size_t n;
        const char *text = call_string(call, i, &n);
        uint64_t run;

        *ret = (Cursor){.end = last};
        if (!text)
                return OUTCOME_DONE;
        if (!parse(text, kind, &run, ret))
                return call_refuse_arg(call, "cursor",
                                       "cursor: %s was not returned by %s; leave it out to begin",
                                       call_quote(text, n), call->ref->name);
        if (run != core_run(call->core))
                return call_refuse_arg(call, "cursor",
                                       "cursor: %s is from before the daemon was restarted; leave "
                                       "it out to begin again",
                                       call_quote(text, n));
        if (ret->at > ret->end || ret->end > last)
                return call_refuse_arg(call, "cursor",
                                       "cursor: %s was not returned by %s; leave it out to begin",
                                       call_quote(text, n), call->ref->name);
        return OUTCOME_DONE;
}

struct json_object *cursor_write(const Call *call, CursorKind kind, const Cursor *cursor) {
        return json_object_new_string(format(kind, core_run(call->core), cursor).text);
}
