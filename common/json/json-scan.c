/* The scanner: a state machine over the text with a stack of the open containers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-keys.h"
#include "json/json-lexer.h"
#include "json/json-scan.h"

/* The tokens that may come next. */
typedef enum Expect {
        EXPECT_VALUE,
        EXPECT_FIRST_ELEMENT, /* or the end of the array */
        EXPECT_FIRST_KEY,     /* or the end of the object */
        EXPECT_KEY,
        EXPECT_COLON,
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

struct JsonScanner {
        JsonLexer lexer;
        JsonLimits limits;
        JsonScan scan;
        int failure; /* what was wrong before the text was complete, or 0 */
        Expect expect;
        Level *levels; /* few, or allocated */
        size_t n_levels, n_capacity;
        uint64_t n_objects;
        JsonKeySet key_set;
        Level few[LEVELS_FEW];
};

typedef JsonScanner Scanner;

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
        if (s->n_levels >= s->limits.max_depth)
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
        if (l->string) {
                *ret_kind = JSON_STRING;
                return json_lexer_string(l, false, &literal);
        }
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
        if (!is_root && l->scan->n_values > s->limits.max_members)
                return json_lexer_fail(l, -EMSGSIZE, l->at, "there are too many members");
        l->scan->n_values++;

        int r;
        if (!l->string && (*l->at == '{' || *l->at == '[')) {
                kind = *l->at == '{' ? JSON_OBJECT : JSON_ARRAY;
                r = open_container(s, kind == JSON_OBJECT);
        } else {
                r = scan_scalar(s, &kind);
                if (r == -EAGAIN) {
                        l->scan->n_values--;
                        return r;
                }
                end_value(s);
        }
        if (r == 0 && is_root)
                l->scan->root.kind = kind;
        return r;
}

static int scan_key(Scanner *s) {
        JsonLexer *l = &s->lexer;
        if (!l->string && *l->at != '"')
                return fail(s, "a key is missing");
        JsonLiteral key;
        int r = json_lexer_string(l, true, &key);
        if (r < 0)
                return r;
        r = json_keys_add(&s->levels[s->n_levels - 1].keys, &s->key_set, &key);
        if (r == -EEXIST)
                return json_lexer_fail(l, -EBADMSG, key.text - 1, "a key stands twice");
        s->expect = EXPECT_COLON;
        return r;
}

static int scan_colon(Scanner *s) {
        if (*s->lexer.at != ':')
                return fail(s, "a colon is missing");
        s->lexer.at++;
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
                if (!s->lexer.string && *s->lexer.at == ']') {
                        close_container(s);
                        return 0;
                }
                return scan_value(s);
        case EXPECT_VALUE:
                return scan_value(s);
        case EXPECT_FIRST_KEY:
                if (!s->lexer.string && *s->lexer.at == '}') {
                        close_container(s);
                        return 0;
                }
                return scan_key(s);
        case EXPECT_KEY:
                return scan_key(s);
        case EXPECT_COLON:
                return scan_colon(s);
        case EXPECT_SEPARATOR:
                return scan_separator(s);
        case EXPECT_NOTHING:
                break;
        }
        return fail(s, "there is more behind the value");
}

/* Up to the end of the text, or to what is wrong. -EAGAIN: all that has come is right so far. */
static int scan_text(Scanner *s) {
        JsonLexer *l = &s->lexer;
        if (l->is_partial && l->end - l->text < 3)
                return -EAGAIN;
        if (l->at == l->text && l->end - l->at >= 3 && memcmp(l->at, "\xef\xbb\xbf", 3) == 0)
                return fail(s, "a byte order mark");
        for (;;) {
                if (!l->string)
                        json_lexer_skip_blanks(l);
                if (!l->scan->root.text && l->at < l->end)
                        l->scan->root.text = l->at;
                if (l->at == l->end)
                        break;
                int r = scan_step(s);
                if (r < 0)
                        return r;
                if (s->expect == EXPECT_NOTHING)
                        l->scan->root.n = (size_t)(l->at - l->scan->root.text);
        }
        if (l->is_partial)
                return -EAGAIN;
        return s->expect == EXPECT_NOTHING ? 0 : json_lexer_fail_at_end(l);
}

static void scanner_init(Scanner *s, const JsonLimits *limits) {
        s->lexer = (JsonLexer){.scan = &s->scan};
        s->limits = *limits;
        s->scan = (JsonScan){};
        s->failure = 0;
        s->expect = EXPECT_VALUE;
        s->levels = s->few;
        s->n_levels = 0;
        s->n_capacity = LEVELS_FEW;
        s->n_objects = 0;
        s->key_set = (JsonKeySet){};
}

static void scanner_deinit(Scanner *s) {
        if (s->levels != s->few)
                free(s->levels);
        json_key_set_deinit(&s->key_set);
}

/* The text is at another place than before. */
static void scanner_move(Scanner *s, const char *text) {
        JsonLexer *l = &s->lexer;
        const char *before = l->text;
        l->text = text;
        if (!before) {
                l->at = text;
                return;
        }
        l->at = text + (l->at - before);
        if (l->string)
                l->string = text + (l->string - before);
        if (s->scan.root.text)
                s->scan.root.text = text + (s->scan.root.text - before);
        for (size_t i = 0; i < s->n_levels; i++)
                if (s->levels[i].is_object)
                        json_keys_move(&s->levels[i].keys, before, text);
        json_key_set_move(&s->key_set, before, text);
}

static int scanner_run(Scanner *s, const char *text, size_t n, bool is_partial) {
        if (text != s->lexer.text)
                scanner_move(s, text);
        s->lexer.end = n > 0 ? text + n : text;
        s->lexer.is_partial = is_partial;
        s->failure = s->failure ? s->failure : scan_text(s);
        if (s->failure == -EAGAIN)
                s->failure = 0;
        return s->failure;
}

int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonScan *ret) {
        Scanner s;
        scanner_init(&s, limits);
        int r = scanner_run(&s, text, n, false);
        *ret = s.scan;
        scanner_deinit(&s);
        return r;
}

JsonScanner *json_scanner_new(const JsonLimits *limits) {
        JsonScanner *s = malloc(sizeof(*s));
        if (s)
                scanner_init(s, limits);
        return s;
}

JsonScanner *json_scanner_free(JsonScanner *s) {
        if (s)
                scanner_deinit(s);
        free(s);
        return NULL;
}

size_t json_scanner_memory(const JsonScanner *s) {
        return sizeof(*s) + json_key_set_memory(&s->key_set) +
               (s->levels != s->few ? s->n_capacity * sizeof(*s->levels) : 0);
}

void json_scanner_advance(JsonScanner *s, const char *text, size_t n) {
        (void)scanner_run(s, text, n, true);
}

int json_scanner_finish(JsonScanner *s, const char *text, size_t n, JsonScan *ret) {
        int r = scanner_run(s, text, n, false);
        if (r == 0)
                s->scan.error = NULL;
        *ret = s->scan;
        return r;
}
