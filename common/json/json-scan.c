/* The scanner: a state machine over the text with a stack of the open containers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-keys.h"
#include "json/json-lexer.h"
#include "json/json-scan.h"

/* What may come next. */
typedef enum Expect {
        EXPECT_VALUE,
        EXPECT_FIRST_ELEMENT, /* or the end of the array */
        EXPECT_FIRST_KEY,     /* or the end of the object */
        EXPECT_KEY,
        EXPECT_SEPARATOR, /* or the end of the container */
        EXPECT_NOTHING,
} Expect;

/* An open container. */
typedef struct Level {
        bool is_object;
        JsonKeys keys; /* of an object */
} Level;

/* Levels that need no allocation; more than most frames have. */
#define LEVELS_FEW 8

typedef struct Scanner {
        JsonLexer lexer;
        const JsonLimits *limits;
        Expect expect;
        Level *levels; /* few, or allocated */
        size_t n_levels, n_capacity;
        uint64_t n_objects;
        JsonKeySet key_set;
        Level few[LEVELS_FEW];
} Scanner;

/* Says what is wrong with this byte. */
static int fail(Scanner *s, const char *why) {
        return json_lexer_fail(&s->lexer, -EBADMSG, s->lexer.at, why);
}

static int levels_grow(Scanner *s) {
        Level *levels = reallocarray(s->levels == s->few ? NULL : s->levels, 2 * s->n_capacity,
                                     sizeof(*levels));
        if (!levels)
                return -ENOMEM;
        if (s->levels == s->few)
                memcpy(levels, s->few, sizeof(s->few));
        s->levels = levels;
        s->n_capacity *= 2;
        return 0;
}

static int open_container(Scanner *s, bool is_object) {
        JsonLexer *l = &s->lexer;
        if (s->n_levels >= s->limits->max_depth)
                return json_lexer_fail(l, -EMSGSIZE, l->at, "containers are nested too deeply");
        if (s->n_levels == s->n_capacity) {
                int r = levels_grow(s);
                if (r < 0)
                        return r;
        }
        Level *level = &s->levels[s->n_levels++];
        level->is_object = is_object;
        if (is_object)
                json_keys_init(&level->keys, ++s->n_objects);
        s->expect = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ELEMENT;
        l->at++;
        return 0;
}

static void end_value(Scanner *s) {
        s->expect = s->n_levels > 0 ? EXPECT_SEPARATOR : EXPECT_NOTHING;
}

static void close_container(Scanner *s) {
        s->n_levels--;
        s->lexer.at++;
        end_value(s);
}

/* A value that is no container. */
static int scan_scalar(Scanner *s, JsonKind *ret_kind) {
        JsonLexer *l = &s->lexer;
        JsonLiteral literal;
        switch (*l->at) {
        case '"':
                *ret_kind = JSON_STRING;
                return json_lexer_string(l, false, &literal);
        case 't':
                *ret_kind = JSON_BOOL;
                return json_lexer_name(l, "true");
        case 'f':
                *ret_kind = JSON_BOOL;
                return json_lexer_name(l, "false");
        case 'n':
                *ret_kind = JSON_NULL;
                return json_lexer_name(l, "null");
        case '-':
        case '0' ... '9':
                return json_lexer_number(l, ret_kind);
        default:
                return fail(s, "a value is missing");
        }
}

static int scan_value(Scanner *s) {
        JsonLexer *l = &s->lexer;
        JsonKind kind;
        bool is_root = l->scan->n_values == 0;
        if (!is_root && l->scan->n_values > s->limits->max_members)
                return json_lexer_fail(l, -EMSGSIZE, l->at, "there are too many members");
        l->scan->n_values++;

        int r;
        if (*l->at == '{' || *l->at == '[') {
                kind = *l->at == '{' ? JSON_OBJECT : JSON_ARRAY;
                r = open_container(s, kind == JSON_OBJECT);
        } else {
                r = scan_scalar(s, &kind);
                end_value(s);
        }
        if (r == 0 && is_root)
                l->scan->root.kind = kind;
        return r;
}

/* A key and the colon behind it. */
static int scan_key(Scanner *s) {
        JsonLexer *l = &s->lexer;
        const char *begin = l->at;
        if (*l->at != '"')
                return fail(s, "a key is missing");
        JsonLiteral key;
        int r = json_lexer_string(l, true, &key);
        if (r < 0)
                return r;
        r = json_keys_add(&s->levels[s->n_levels - 1].keys, &s->key_set, &key);
        if (r == -EEXIST)
                return json_lexer_fail(l, -EBADMSG, begin, "a key stands twice");
        if (r < 0)
                return r;
        json_lexer_skip_blanks(l);
        if (l->at == l->end)
                return json_lexer_fail_at_end(l);
        if (*l->at != ':')
                return fail(s, "a colon is missing");
        l->at++;
        s->expect = EXPECT_VALUE;
        return 0;
}

static int scan_separator(Scanner *s) {
        JsonLexer *l = &s->lexer;
        bool is_object = s->levels[s->n_levels - 1].is_object;
        if (*l->at == (is_object ? '}' : ']')) {
                close_container(s);
                return 0;
        }
        if (*l->at != ',')
                return fail(s, is_object ? "a comma or } is missing" : "a comma or ] is missing");
        l->at++;
        s->expect = is_object ? EXPECT_KEY : EXPECT_VALUE;
        return 0;
}

static int scan_step(Scanner *s) {
        switch (s->expect) {
        case EXPECT_FIRST_ELEMENT:
                if (*s->lexer.at == ']') {
                        close_container(s);
                        return 0;
                }
                return scan_value(s);
        case EXPECT_VALUE:
                return scan_value(s);
        case EXPECT_FIRST_KEY:
                if (*s->lexer.at == '}') {
                        close_container(s);
                        return 0;
                }
                return scan_key(s);
        case EXPECT_KEY:
                return scan_key(s);
        case EXPECT_SEPARATOR:
                return scan_separator(s);
        case EXPECT_NOTHING:
                break;
        }
        return fail(s, "there is more behind the value");
}

static int scan_text(Scanner *s) {
        JsonLexer *l = &s->lexer;
        if (l->end - l->at >= 3 && memcmp(l->at, "\xef\xbb\xbf", 3) == 0)
                return fail(s, "a byte order mark");
        json_lexer_skip_blanks(l);
        l->scan->root.text = l->at;
        while (s->expect != EXPECT_NOTHING) {
                if (l->at == l->end)
                        return json_lexer_fail_at_end(l);
                int r = scan_step(s);
                if (r < 0)
                        return r;
                if (s->expect == EXPECT_NOTHING)
                        l->scan->root.n = (size_t)(l->at - l->scan->root.text);
                json_lexer_skip_blanks(l);
        }
        return l->at == l->end ? 0 : scan_step(s);
}

int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonScan *ret) {
        *ret = (JsonScan){};
        Scanner s;
        s.lexer =
                (JsonLexer){.text = text, .at = text, .end = n > 0 ? text + n : text, .scan = ret};
        s.limits = limits;
        s.expect = EXPECT_VALUE;
        s.levels = s.few;
        s.n_levels = 0;
        s.n_capacity = LEVELS_FEW;
        s.n_objects = 0;
        s.key_set = (JsonKeySet){};
        int r = scan_text(&s);
        if (s.levels != s.few)
                free(s.levels);
        json_key_set_deinit(&s.key_set);
        return r;
}
