/* The outline that a scanner notes (json-outline.h): the places of the outermost containers and of their members. The functions are
 * inline, since they run for each value. */
#pragma once

#include "json/json-scanner.h"

/* Called if the outline has no room for a member of the innermost container: the container stays
 * noted, without its members. */
static inline void note_no_more(Scanner *s) {
        Level *level = s->level;
        level->place->value.place = NULL;
        s->notes = level->notes = false;
}

/* Notes the key of the next value, in the place that this will get. Without room note_value() ends the noting. */
static inline void note_key(Scanner *s, const JsonLiteral *key) {
        JsonOutline *o = s->outline;
        if (s->notes && o->n < JSON_OUTLINE_PLACES)
                o->places[o->n].key = (JsonSpan){.text = key->text - 1,
                                                 .n = key->n + 2,
                                                 .kind = JSON_STRING,
                                                 .is_plain = !key->is_escaped};
}

/* Notes the value from `text` up to the lexer's place; that of a member has its key there already. Returns its place in the outline, or NULL if it is not noted. */
ALWAYS_INLINE JsonPlace *note_value(Scanner *s, bool is_member, const char *text, JsonKind kind,
                                    bool is_plain) {
        JsonOutline *o = s->outline;
        if (!s->notes)
                return NULL;
        if (o->n == JSON_OUTLINE_PLACES) {
                note_no_more(s);
                return NULL;
        }
        JsonPlace *place = &o->places[o->n++];
        if (!is_member)
                place->key = (JsonSpan){0};
        place->value = (JsonSpan){.text = text,
                                  .n = (size_t)(s->lexer.at - text),
                                  .kind = kind,
                                  .is_plain = is_plain};
        place->behind = place + 1;
        return place;
}

/* Notes the container whose first byte the lexer stands at. */
static inline void note_opened(Scanner *s, Level *level, bool is_member) {
        level->place = note_value(s, is_member, s->lexer.at,
                                  level->is_object ? JSON_OBJECT : JSON_ARRAY, false);
        s->notes = level->notes = level->place && s->n_levels < s->outline->n_levels;
        if (level->notes)
                level->place->value.place = level->place;
}

static inline void note_closed(Scanner *s, const Level *level) {
        JsonPlace *place = level->place;
        if (!s->outline)
                return;
        if (place) {
                place->value.n = (size_t)(s->lexer.at - place->value.text);
                place->behind = &s->outline->places[s->outline->n];
        }
        s->notes = s->n_levels > 0 && s->level->notes;
}
