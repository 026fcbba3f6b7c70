/* Prints server.waits in the language of Graphviz: boxes are sessions with their holds and waits,
 * and arrows lead from a waiting session to one that blocks it. */
#include <string.h>

#include "duration.h"
#include "shown.h"
#include "waits-graph.h"
#include "waits.h"

/* Appends a label in quotes, in which backslashes and quotes must be escaped. */
static int append_escaped(Buffer *out, const Buffer *text) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < buffer_size(text); i++) {
                const char *c = &buffer_bytes(text)[i];
                if (*c == '"' || *c == '\\')
                        r = buffer_append(out, "\\", 1);
                if (r == 0)
                        r = buffer_append(out, c, 1);
        }
        return r;
}

/* Ends a left-aligned line of a label. */
static int put_line(Buffer *out, Buffer *line) {
        int r = append_escaped(out, line);

        buffer_truncate(line, 0);
        return r == 0 ? buffer_append_string(out, "\\l") : r;
}

static int append_hold(Buffer *out, struct json_object *hold) {
        CLEANUP(buffer_deinit) Buffer line = {0};
        int r = buffer_append_string(&line, "holds ");

        if (r == 0)
                r = waits_append_text(&line, hold, "name");
        if (r == 0)
                r = buffer_append_string(&line, " (");
        if (r == 0)
                r = waits_append_kind(&line, hold);
        if (r == 0)
                r = buffer_append_string(&line, "), ");
        if (r == 0)
                r = duration_append(&line, waits_number(hold, "held_ms") * 1000);
        return r == 0 ? put_line(out, &line) : r;
}

static int append_wait(Buffer *out, struct json_object *wait) {
        CLEANUP(buffer_deinit) Buffer line = {0};
        int r = buffer_append_string(&line, "waits ");

        if (r == 0)
                r = waits_append_names(&line, wait);
        if (r == 0)
                r = buffer_append_string(&line, " (");
        if (r == 0)
                r = waits_append_text(&line, wait, "method");
        if (r == 0)
                r = buffer_append_string(&line, "), ");
        if (r == 0)
                r = duration_append(&line, waits_number(wait, "waiting_ms") * 1000);
        return r == 0 ? put_line(out, &line) : r;
}

static int append_head(Buffer *out, struct json_object *session) {
        CLEANUP(buffer_deinit) Buffer line = {0};
        int r = waits_append_text(&line, session, waits_command_key(session));

        if (r == 0)
                r = buffer_append_format(&line, ", pid %lld, uid %lld",
                                         (long long)waits_number(session, "pid"),
                                         (long long)waits_number(session, "uid"));
        return r == 0 ? put_line(out, &line) : r;
}

static int append_session(Buffer *out, struct json_object *session) {
        int r = buffer_append_format(out, "  s%lld [label=\"",
                                     (long long)waits_number(session, "session"));

        if (r == 0)
                r = append_head(out, session);
        for (size_t i = 0; r == 0 && i < waits_count(session, "holds"); i++)
                r = append_hold(out, waits_element(session, "holds", i));
        for (size_t i = 0; r == 0 && i < waits_count(session, "waits"); i++)
                r = append_wait(out, waits_element(session, "waits", i));
        return r == 0 ? buffer_append_string(out, "\"];\n") : r;
}

static int append_edge(Buffer *out, struct json_object *edge) {
        CLEANUP(buffer_deinit) Buffer name = {0};
        const char *why = json_object_get_string(waits_member(edge, "why"));
        int r = buffer_append_format(out, "  s%lld -> s%lld [label=\"",
                                     (long long)waits_number(edge, "from"),
                                     (long long)waits_number(edge, "to"));

        if (r == 0)
                r = waits_append_text(&name, edge, "name");
        if (r == 0)
                r = append_escaped(out, &name);
        if (r < 0)
                return r;
        return buffer_append_string(out, why && strcmp(why, "ahead") == 0 ? "\", style=dashed];\n"
                                                                          : "\"];\n");
}

int waits_graph_print(struct json_object *waits) {
        CLEANUP(buffer_deinit) Buffer out = {0};
        int r = buffer_append_string(&out, "digraph waits {\n  node [shape=box];\n");

        for (size_t i = 0; r == 0 && i < waits_count(waits, "sessions"); i++)
                r = append_session(&out, waits_element(waits, "sessions", i));
        for (size_t i = 0; r == 0 && i < waits_count(waits, "edges"); i++)
                r = append_edge(&out, waits_element(waits, "edges", i));
        if (r == 0)
                r = buffer_append_string(&out, "}\n");
        if (r == 0)
                shown_put(&out);
        return r;
}
