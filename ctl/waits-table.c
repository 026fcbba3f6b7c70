/* Prints server.waits as a table with a row for each hold and each waiting call. */
#include <errno.h>
#include <stdio.h>

#include "duration.h"
#include "json/json-util.h"
#include "text-table.h"
#include "waits-table.h"
#include "waits.h"

static const char *const heads[] = {"PID",  "UID",  "COMMAND",    "",       "OBJECT",
                                    "WHAT", "TIME", "BLOCKED BY", "EXPECT", "NOTE"};

static int add_buffer(TextTable *table, Buffer *b) {
        int r = text_table_add_bytes(table, buffer_bytes(b), buffer_size(b));

        buffer_truncate(b, 0);
        return r;
}

static int add_member(TextTable *table, struct json_object *object, const char *key) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = waits_append_text(&b, object, key);

        return r < 0 ? r : add_buffer(table, &b);
}

static int add_session(TextTable *table, struct json_object *session) {
        int r = add_member(table, session, "pid");

        if (r == 0)
                r = add_member(table, session, "uid");
        return r == 0 ? add_member(table, session, waits_command_key(session)) : r;
}

static int add_time(TextTable *table, struct json_object *object, const char *key) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = duration_append(&b, waits_number(object, key) * 1000);

        return r < 0 ? r : add_buffer(table, &b);
}

/* Appends the optional note of the session, and for how long it expects to hold. */
static int add_note(TextTable *table, struct json_object *session) {
        int64_t expect_ms = waits_number(session, "expect_ms");
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = expect_ms && expect_ms < INT64_MAX / 1000 ? duration_append(&b, expect_ms * 1000)
                                                          : 0;

        if (r == 0)
                r = add_buffer(table, &b);
        if (r < 0)
                return r;
        return waits_member(session, "note") ? add_member(table, session, "note")
                                             : text_table_add(table, "");
}

static int add_hold(TextTable *table, struct json_object *session, struct json_object *hold) {
        CLEANUP(buffer_deinit) Buffer kind = {0};
        int r = add_session(table, session);

        if (r == 0)
                r = text_table_add(table, "holds");
        if (r == 0)
                r = add_member(table, hold, "name");
        if (r == 0)
                r = waits_append_kind(&kind, hold);
        if (r == 0)
                r = add_buffer(table, &kind);
        if (r == 0)
                r = add_time(table, hold, "held_ms");
        if (r == 0)
                r = text_table_add(table, "");
        return r == 0 ? add_note(table, session) : r;
}

/* Collects the pids of the sessions that block a wait, each once, as keys of an object. */
static int collect_others(struct json_object *pids, struct json_object *session,
                          struct json_object *wait) {
        for (size_t i = 0; i < waits_count(session, "edges"); i++) {
                struct json_object *edge = waits_element(session, "edges", i);
                struct json_object *pid = waits_member(edge, "pid");
                if (pid && waits_edge_is_of(edge, session, wait) &&
                    json_object_object_add(pids, json_object_get_string(pid), NULL) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int append_others(Buffer *b, struct json_object *session, struct json_object *wait) {
        CLEANUP(json_putp) struct json_object *pids = json_object_new_object();
        int r = pids ? collect_others(pids, session, wait) : -ENOMEM;

        if (r < 0)
                return r;
        json_object_object_foreach (pids, pid, unused)
                if (r == 0)
                        r = buffer_append_format(b, "%s%s", buffer_size(b) ? ", " : "", pid);
        return r;
}

static int add_wait(TextTable *table, struct json_object *session, struct json_object *wait) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = add_session(table, session);

        if (r == 0)
                r = text_table_add(table, "waits");
        if (r == 0)
                r = waits_append_names(&b, wait);
        if (r == 0)
                r = add_buffer(table, &b);
        if (r == 0)
                r = add_member(table, wait, "method");
        if (r == 0)
                r = add_time(table, wait, "waiting_ms");
        if (r == 0)
                r = append_others(&b, session, wait);
        if (r == 0)
                r = add_buffer(table, &b);
        return r == 0 ? add_note(table, session) : r;
}

static int add_rows(TextTable *table, struct json_object *session) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < waits_count(session, "holds"); i++)
                r = add_hold(table, session, waits_element(session, "holds", i));
        for (size_t i = 0; r == 0 && i < waits_count(session, "waits"); i++)
                r = add_wait(table, session, waits_element(session, "waits", i));
        return r;
}

int waits_table_print(struct json_object *waits) {
        CLEANUP(text_table_deinit)
        TextTable table = {.n_columns = ELEMENTSOF(heads), .has_head = true};
        int r = waits_link_edges(waits);

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(heads); i++)
                r = text_table_add(&table, heads[i]);
        for (size_t i = 0; r == 0 && i < waits_count(waits, "sessions"); i++)
                r = add_rows(&table, waits_element(waits, "sessions", i));
        if (r < 0)
                return r;
        if (table.n_cells == table.n_columns)
                puts("no session holds a lock or permits, and none waits");
        else
                text_table_print(&table);
        return 0;
}
