/* The scanner: a state machine over the text with a stack of the open containers.
 *
 * It accepts RFC 8259 in UTF-8, within bounds, and rejects an object that has a key twice: two readers of such an object could
 * see two values. It allocates memory only for deep nesting and for many keys.
 *
 * A text that arrives in pieces is scanned as it arrives (json_scanner_advance()). The scanner keeps its state between two pieces,
 * so the cost of a long line does not depend on the number of its pieces. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-keys.h"
#include "json/json-lexer.h"
#include "json/json-note.h"
#include "json/json-scan.h"
#include "json/json-scanner.h"

/* Notes the reason why the byte at the lexer's place is rejected. */
static int fail(Scanner *s, const char *why) {
        return json_lexer_fail(&s->lexer, -EBADMSG, s->lexer.at, why);
}

/* Containers. */

static int levels_grow(Scanner *s) {
        Level *levels = reallocarray(s->levels == s->few ? NULL : s->levels, 2 * s->n_capacity,
                                     sizeof(*levels));
        if (!levels)
                return -ENOMEM;
        if (s->levels == s->few)
                memcpy(levels, s->few, sizeof(s->few));
        s->levels = levels;
        s->level = levels + s->n_levels - 1;
        s->n_capacity *= 2;
        return 0;
}

static inline int open_container(Scanner *s, bool is_object, bool is_member) {
        JsonLexer *l = &s->lexer;
        if (s->n_levels >= s->limits.max_depth)
                return json_lexer_fail(l, -EMSGSIZE, l->at, "containers are nested too deeply");
        if (s->n_levels == s->n_capacity) {
                int r = levels_grow(s);
                if (r < 0)
                        return r;
        }
        Level *level = &s->levels[s->n_levels];
        level->is_object = is_object;
        if (is_object)
                json_keys_init(&level->keys, ++s->n_objects);
        note_opened(s, level, is_member);
        s->n_levels++;
        s->level = level;
        s->expect = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ELEMENT;
        l->at++;
        return 0;
}

/* Expects the next key or element, after a comma. */
static inline void expect_next(Scanner *s) {
        s->expect = s->level->is_object ? EXPECT_KEY : EXPECT_VALUE;
}

/* Ends a value. Consumes the comma that follows most values without a blank. */
static inline void end_value(Scanner *s, JsonKind kind) {
        JsonLexer *l = &s->lexer;
        if (s->n_levels == 0) {
                s->expect = EXPECT_NOTHING;
                s->scan.root.n = (size_t)(l->at - s->scan.root.text);
                s->scan.root.kind = kind;
        } else if (l->at < l->end && *l->at == ',') {
                l->at++;
                expect_next(s);
        } else {
                s->expect = EXPECT_SEPARATOR;
        }
}

static int close_container(Scanner *s) {
        Level *level = s->level;
        if (--s->n_levels > 0)
                s->level = level - 1;
        s->lexer.at++;
        note_closed(s, level);
        end_value(s, level->is_object ? JSON_OBJECT : JSON_ARRAY);
        return 0;
}

/* ---- Values */

/* Scans a value that is neither a container nor a string. */
static inline int lex_word(Scanner *s, JsonKind *ret_kind) {
        JsonLexer *l = &s->lexer;
        switch (*l->at) {
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
                return fail(s, "expected a value");
        }
}

/* Scans a value that is not a container. With goes_on it is a string that began in an earlier piece of the text. */
ALWAYS_INLINE int scan_scalar(Scanner *s, bool goes_on, bool is_member) {
        JsonLexer *l = &s->lexer;
        const char *begin = l->at;
        JsonLiteral literal = {.is_escaped = true};
        JsonKind kind = JSON_STRING;
        int r;
        if (goes_on)
                r = json_lexer_any_string(l, false, &literal);
        else if (*begin == '"')
                r = json_lexer_string(l, false, &literal);
        else
                r = lex_word(s, &kind);
        if (r < 0) {
                s->scan.n_values -= r == -EAGAIN;
                return r;
        }
        note_value(s, is_member, begin, kind, !literal.is_escaped);
        end_value(s, kind);
        return 0;
}

ALWAYS_INLINE int scan_value(Scanner *s, bool goes_on, bool is_member) {
        JsonLexer *l = &s->lexer;
        if (s->scan.n_values == 0 && !goes_on)
                s->scan.root.text = l->at;
        else if (s->scan.n_values > s->limits.max_members)
                return json_lexer_fail(l, -EMSGSIZE, l->at, "too many members and elements");
        s->scan.n_values++;
        if (!goes_on && (*l->at == '{' || *l->at == '['))
                return open_container(s, *l->at == '{', is_member);
        return scan_scalar(s, goes_on, is_member);
}

/* Consumes the colon that follows most keys without a blank. */
ALWAYS_INLINE int scan_key(Scanner *s, bool goes_on) {
        JsonLexer *l = &s->lexer;
        JsonLiteral key;
        if (!goes_on && *l->at != '"')
                return fail(s, "a key is missing");
        int r = goes_on ? json_lexer_any_string(l, true, &key) : json_lexer_string(l, true, &key);
        if (r < 0)
                return r;
        r = json_keys_add(&s->level->keys, &s->key_set, &key);
        if (r == -EEXIST)
                return json_lexer_fail(l, -EBADMSG, key.text - 1, "a key stands twice");
        note_key(s, &key);
        s->expect = EXPECT_COLON;
        if (l->at < l->end && *l->at == ':') {
                l->at++;
                s->expect = EXPECT_VALUE;
        }
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
        bool is_object = s->level->is_object;
        if (*l->at == (is_object ? '}' : ']'))
                return close_container(s);
        if (*l->at != ',')
                return fail(s, is_object ? "a comma or } is missing" : "a comma or ] is missing");
        l->at++;
        expect_next(s);
        return 0;
}

/* Scans one token at a byte that is not a blank; after a key also the value that follows most keys without a blank. */
static inline int scan_step(Scanner *s) {
        const JsonLexer *l = &s->lexer;
        int r;
        switch (s->expect) {
        case EXPECT_FIRST_KEY:
                if (*l->at == '}')
                        return close_container(s);
                /* fall through */
        case EXPECT_KEY:
                r = scan_key(s, false);
                if (r < 0 || s->expect != EXPECT_VALUE || l->at == l->end ||
                    (unsigned char)*l->at <= ' ')
                        return r;
                return scan_value(s, false, true);
        case EXPECT_FIRST_ELEMENT:
                if (*l->at == ']')
                        return close_container(s);
                /* fall through */
        case EXPECT_VALUE:
                return scan_value(s, false, s->n_levels > 0 && s->level->is_object);
        case EXPECT_COLON:
                return scan_colon(s);
        case EXPECT_SEPARATOR:
                return scan_separator(s);
        case EXPECT_NOTHING:
                break;
        }
        return fail(s, "unexpected text after the value");
}

/* Continues the string within which the last piece of the text ended. */
static int scan_string_further(Scanner *s) {
        bool is_key = s->expect == EXPECT_FIRST_KEY || s->expect == EXPECT_KEY;
        return is_key ? scan_key(s, true) : scan_value(s, true, false);
}

static int scan_end(Scanner *s) {
        if (s->lexer.is_partial)
                return -EAGAIN;
        return s->expect == EXPECT_NOTHING ? 0 : json_lexer_fail_at_end(&s->lexer);
}

/* Scans to the end of the text, or to the first error. -EAGAIN: the text is partial, and has no error so far. */
static int scan_text(Scanner *s) {
        JsonLexer *l = &s->lexer;
        if (l->is_partial && l->end - l->text < 3)
                return -EAGAIN;
        if (l->at == l->text && l->end - l->at >= 3 && memcmp(l->at, "\xef\xbb\xbf", 3) == 0)
                return fail(s, "a byte order mark");
        int r = l->string ? scan_string_further(s) : 0;
        while (r == 0) {
                json_lexer_skip_blanks(l);
                if (l->at == l->end)
                        return scan_end(s);
                r = scan_step(s);
        }
        return r;
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
        s->level = NULL;
        s->outline = NULL;
        s->notes = false;
        s->key_set = (JsonKeySet){};
}

static void scanner_deinit(Scanner *s) {
        if (s->levels != s->few)
                free(s->levels);
        if (s->key_set.entries || s->key_set.scratch.capacity > 0)
                json_key_set_deinit(&s->key_set);
}

/* Adjusts all pointers into the text after its buffer has moved. */
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

int json_scan_outlined(const char *text, size_t n, const JsonLimits *limits, JsonOutline *outline,
                       JsonScan *ret) {
        Scanner s;
        scanner_init(&s, limits);
        s.outline = outline;
        s.notes = outline != NULL;
        if (outline)
                outline->n = 0;
        int r = scanner_run(&s, text, n, false);
        *ret = s.scan;
        if (r == 0 && outline)
                ret->root = outline->places[0].value;
        scanner_deinit(&s);
        return r;
}

int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonScan *ret) {
        return json_scan_outlined(text, n, limits, NULL, ret);
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
