/* Reads the pages of server.scan_waits, and merges them into the form of server.waits. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-util.h"
#include "scan.h"
#include "shown.h"
#include "waits.h"

enum { PAGE = 500 };

struct json_object *waits_member(struct json_object *object, const char *key) {
        struct json_object *value = NULL;

        if (json_object_is_type(object, json_type_object))
                json_object_object_get_ex(object, key, &value);
        return value;
}

int64_t waits_number(struct json_object *object, const char *key) {
        return json_object_get_int64(waits_member(object, key));
}

const char *waits_command_key(struct json_object *session) {
        return waits_member(session, "client") ? "client" : "comm";
}

size_t waits_count(struct json_object *object, const char *key) {
        struct json_object *array = waits_member(object, key);

        return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *waits_element(struct json_object *object, const char *key, size_t i) {
        return json_object_array_get_idx(waits_member(object, key), i);
}

/* A number as the key of an object. */
typedef struct Key {
        char text[24];
} Key;

static Key key_of(struct json_object *object, const char *member) {
        Key key;

        snprintf(key.text, sizeof(key.text), "%lld", (long long)waits_number(object, member));
        return key;
}

/* The merged pages: sessions by id, each with its holds by name, and edges by their sessions and
 * object. */
typedef struct Index {
        struct json_object *sessions, *edges;
} Index;

/* Appends the elements of an array member of one object to that of another. */
static int append_all(struct json_object *to, struct json_object *from, const char *key) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < waits_count(from, key); i++)
                r = json_push(waits_member(to, key), json_object_get(waits_element(from, key, i)));
        return r;
}

/* A hold that ended and began again between two pages is in both: the later one counts. */
static int merge_hold(struct json_object *session, struct json_object *holds_by_name,
                      struct json_object *hold) {
        const char *name = json_object_get_string(waits_member(hold, "name"));
        struct json_object *known = name ? waits_member(holds_by_name, name) : NULL;

        if (!name)
                return -EBADMSG;
        if (known)
                return json_put(known, "held_ms", json_object_get(waits_member(hold, "held_ms")));
        int r = json_put(holds_by_name, name, json_object_get(hold));
        return r == 0 ? json_push(waits_member(session, "holds"), json_object_get(hold)) : r;
}

static int merge_holds(struct json_object *session, struct json_object *holds_by_name,
                       struct json_object *from) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < waits_count(from, "holds"); i++)
                r = merge_hold(session, holds_by_name, waits_element(from, "holds", i));
        return r;
}

/* Adds a session without holds, and an empty index of its holds. */
static int add_session(struct json_object *waits, struct json_object *index, const char *key,
                       struct json_object *session) {
        CLEANUP(json_putp) struct json_object *entry = json_object_new_object();

        if (!entry || json_put(entry, "session", json_object_get(session)) < 0 ||
            json_put(entry, "holds", json_object_new_object()) < 0 ||
            json_push(waits_member(waits, "sessions"), json_object_get(session)) < 0)
                return -ENOMEM;
        return json_put(index, key, TAKE_PTR(entry));
}

static int merge_session(struct json_object *waits, struct json_object *index,
                         struct json_object *from) {
        Key key = key_of(from, "session");
        CLEANUP(json_putp) struct json_object *copy = NULL;

        if (!waits_member(index, key.text)) {
                /* The page's array of holds is replaced by an empty one and merged again, for the
                 * index. */
                copy = json_object_get(waits_member(from, "holds"));
                int r = json_put(from, "holds", json_object_new_array());
                if (r == 0)
                        r = add_session(waits, index, key.text, from);
                if (r < 0)
                        return r;
                struct json_object *entry = waits_member(index, key.text);
                for (size_t i = 0; r == 0 && copy && i < json_object_array_length(copy); i++)
                        r = merge_hold(from, waits_member(entry, "holds"),
                                       json_object_array_get_idx(copy, i));
                return r;
        }
        struct json_object *entry = waits_member(index, key.text);
        struct json_object *session = waits_member(entry, "session");
        int r = merge_holds(session, waits_member(entry, "holds"), from);
        return r == 0 ? append_all(session, from, "waits") : r;
}

/* Keeps one edge for two sessions and an object. A session that waits behind the holder waits for
 * the holder as well, so "holds" replaces other reasons. */
static int merge_edge(struct json_object *waits, struct json_object *edges,
                      struct json_object *edge) {
        const char *name = json_object_get_string(waits_member(edge, "name"));
        CLEANUP(freep) char *key = NULL;

        if (asprintf(&key, "%s>%s:%s", key_of(edge, "from").text, key_of(edge, "to").text,
                     name ? name : "") < 0)
                return -ENOMEM;
        struct json_object *known = waits_member(edges, key);
        if (known && json_is_text(waits_member(edge, "why"), "holds"))
                return json_put_string(known, "why", "holds");
        if (known)
                return 0;
        int r = json_put(edges, key, json_object_get(edge));
        return r == 0 ? json_push(waits_member(waits, "edges"), json_object_get(edge)) : r;
}

static int merge_page(struct json_object *waits, Index *index, struct json_object *page) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < waits_count(page, "edges"); i++)
                r = merge_edge(waits, index->edges, waits_element(page, "edges", i));
        for (size_t i = 0; r == 0 && i < waits_count(page, "sessions"); i++)
                r = merge_session(waits, index->sessions, waits_element(page, "sessions", i));
        if (r == 0 && json_object_get_boolean(waits_member(page, "truncated")))
                r = json_put_bool(waits, "truncated", true);
        return r;
}

static int by_session(const void *a, const void *b) {
        int64_t x = waits_number(*(struct json_object *const *)a, "session");
        int64_t y = waits_number(*(struct json_object *const *)b, "session");

        return x < y ? -1 : x > y;
}

int waits_get(Ctl *ctl, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *waits = json_object_new_object();
        CLEANUP(json_putp) struct json_object *sessions = json_object_new_object();
        CLEANUP(json_putp) struct json_object *edges = json_object_new_object();
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Index index = {.sessions = sessions, .edges = edges};
        Scan scan = {.method = WAITS_METHOD, .params = params};

        if (!waits || !sessions || !edges || !params || json_put_int(params, "count", PAGE) < 0 ||
            json_put(waits, "sessions", json_object_new_array()) < 0 ||
            json_put(waits, "edges", json_object_new_array()) < 0 ||
            json_put_bool(waits, "truncated", false) < 0)
                return -ENOMEM;
        while (!scan.is_over) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                int r = scan_next(ctl, &scan, &page);
                if (r == 0)
                        r = merge_page(waits, &index, page);
                if (r < 0)
                        return r;
        }
        json_object_array_sort(waits_member(waits, "sessions"), by_session);
        *ret = TAKE_PTR(waits);
        return 0;
}

static int link_session(struct json_object *by_number, struct json_object *session) {
        int r = json_put(session, "edges", json_object_new_array());

        if (r == 0)
                r = json_put(by_number, key_of(session, "session").text, json_object_get(session));
        return r;
}

static int link_edge(struct json_object *by_number, struct json_object *edge) {
        struct json_object *from = waits_member(by_number, key_of(edge, "from").text);
        struct json_object *to = waits_member(by_number, key_of(edge, "to").text);
        int r = from ? json_push(waits_member(from, "edges"), json_object_get(edge)) : 0;

        return r == 0 && to ? json_put_int(edge, "pid", waits_number(to, "pid")) : r;
}

int waits_link_edges(struct json_object *waits) {
        CLEANUP(json_putp) struct json_object *by_number = json_object_new_object();
        int r = by_number ? 0 : -ENOMEM;

        for (size_t i = 0; r == 0 && i < waits_count(waits, "sessions"); i++)
                r = link_session(by_number, waits_element(waits, "sessions", i));
        for (size_t i = 0; r == 0 && i < waits_count(waits, "edges"); i++)
                r = link_edge(by_number, waits_element(waits, "edges", i));
        return r;
}

static bool has_name(struct json_object *wait, const char *name) {
        for (size_t i = 0; i < waits_count(wait, "names"); i++)
                if (strcmp(json_object_get_string(waits_element(wait, "names", i)), name) == 0)
                        return true;
        return false;
}

/* The edges of a session that waits for a condition have the name of its lock. */
bool waits_edge_is_of(struct json_object *edge, struct json_object *session,
                      struct json_object *wait) {
        const char *name = json_object_get_string(waits_member(edge, "name"));

        return waits_count(session, "waits") == 1 || (name && has_name(wait, name));
}

int waits_append_text(Buffer *b, struct json_object *object, const char *key) {
        struct json_object *value = waits_member(object, key);

        return value ? shown_append_value(b, value) : 0;
}

int waits_append_names(Buffer *b, struct json_object *wait) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < waits_count(wait, "names"); i++) {
                if (i > 0)
                        r = buffer_append_string(b, ", ");
                if (r == 0)
                        r = shown_append_value(b, waits_element(wait, "names", i));
        }
        return r;
}

int waits_append_kind(Buffer *b, struct json_object *hold) {
        int64_t n = waits_number(hold, "n");
        int r = waits_append_text(b, hold, "type");

        if (r == 0 && waits_member(hold, "mode"))
                r = buffer_append_string(b, " ");
        if (r == 0)
                r = waits_append_text(b, hold, "mode");
        return r == 0 && n > 1 ? buffer_append_format(b, " %lld", (long long)n) : r;
}
