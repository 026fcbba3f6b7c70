/* Builds json-c values from scanned text, in one pass. A container is put into its parent as soon as it
 * is made, so the root owns all values at any time: when building fails, dropping the root frees them. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-number.h"
#include "json/json-run.h"
#include "json/json-string.h"
#include "json/json-text.h"

/* Open containers that need no allocation. The frames of a daemon have no more. */
#define OPEN_FEW 32

/* json-c would make room for 32 elements, and most arrays are small. */
#define ARRAY_ROOM 4

typedef struct Builder {
        const char *at, *end;
        struct json_object *root;
        char *key;                 /* of the member that is being built, decoded */
        Buffer string;             /* decoded */
        struct json_object **open; /* few, or allocated: the containers around this place */
        size_t n_open, n_capacity;
        struct json_object *few[OPEN_FEW];
} Builder;

static struct json_object *builder_container(const Builder *b) {
        return b->n_open > 0 ? b->open[b->n_open - 1] : NULL;
}

static int open_grow(Builder *b) {
        struct json_object **open = reallocarray(b->open == b->few ? NULL : b->open,
                                                 2 * b->n_capacity, sizeof(struct json_object *));
        if (!open)
                return -ENOMEM;
        if (b->open == b->few)
                memcpy(open, b->few, sizeof(b->few));
        b->open = open;
        b->n_capacity *= 2;
        return 0;
}

static int builder_enter(Builder *b, struct json_object *container) {
        if (b->n_open == b->n_capacity) {
                int r = open_grow(b);
                if (r < 0)
                        return r;
        }
        b->open[b->n_open++] = container;
        return 0;
}

/* Reads a literal at its opening quote, and moves the builder past its closing quote. */
static JsonLiteral read_literal(Builder *b) {
        const char *begin = ++b->at;
        bool is_escaped;
        const char *quote = json_run_string(begin, b->end, &is_escaped);
        size_t n = (size_t)(quote - begin);
        b->at = quote + 1;
        return (JsonLiteral){.text = begin, .n = n, .is_escaped = is_escaped};
}

/* A key of json-c ends at its first NUL. The scanner has rejected keys with a U+0000. */
static int read_key(Builder *b) {
        JsonLiteral literal = read_literal(b);
        b->key = malloc(literal.n + 1);
        if (!b->key)
                return -ENOMEM;
        b->key[json_literal_decode(&literal, b->key)] = '\0';
        return 0;
}

/* Decodes into the builder's buffer. */
static int decode_string(Builder *b, const JsonLiteral *literal) {
        buffer_truncate(&b->string, 0);
        int r = buffer_reserve(&b->string, literal->n);
        if (r == 0)
                b->string.end = json_literal_decode(literal, b->string.data);
        return r;
}

/* Turns the result of a constructor of json-c into 0 or -ENOMEM. */
static int made(struct json_object *value, struct json_object **ret) {
        if (!value)
                return -ENOMEM;
        *ret = value;
        return 0;
}

static int build_string(Builder *b, struct json_object **ret) {
        JsonLiteral literal = read_literal(b);
        const char *s = literal.text;
        size_t n = literal.n;
        if (literal.is_escaped) {
                int r = decode_string(b, &literal);
                if (r < 0)
                        return r;
                s = buffer_bytes(&b->string);
                n = buffer_size(&b->string);
        }
        return n <= INT_MAX ? made(json_object_new_string_len(s, (int)n), ret) : -ENOMEM;
}

static int build_number(Builder *b, struct json_object **ret) {
        const char *begin = b->at;
        bool is_double = false;
        for (; b->at < b->end; b->at++) {
                if (*b->at == '.' || *b->at == 'e' || *b->at == 'E')
                        is_double = true;
                else if (*b->at != '-' && *b->at != '+' && (*b->at < '0' || *b->at > '9'))
                        break;
        }
        size_t n = (size_t)(b->at - begin);
        if (is_double) {
                double d;
                int r = json_double_parse(begin, n, &d);
                return r < 0 ? r : made(json_object_new_double(d), ret);
        }
        int64_t i;
        if (!json_int_parse(begin, n, &i))
                return -EBADMSG;
        return made(json_object_new_int64(i), ret);
}

static int build_bool(Builder *b, bool value, struct json_object **ret) {
        b->at += strlen(value ? "true" : "false");
        return made(json_object_new_boolean(value), ret);
}

/* Builds the value at this place. A container is still empty: its members follow. */
static int build_value(Builder *b, struct json_object **ret) {
        switch (*b->at) {
        case '{':
                b->at++;
                return made(json_object_new_object(), ret);
        case '[':
                b->at++;
                return made(json_object_new_array_ext(ARRAY_ROOM), ret);
        case '"':
                return build_string(b, ret);
        case 't':
                return build_bool(b, true, ret);
        case 'f':
                return build_bool(b, false, ret);
        case 'n':
                b->at += strlen("null");
                *ret = NULL;
                return 0;
        default:
                return build_number(b, ret);
        }
}

/* json-c would copy the key, and leak the copy when its table cannot grow. So the key is added as a
 * constant, which json-c does not copy, and is handed over afterwards. The scanner has rejected duplicate
 * keys, so this key is new. */
static int add_member(Builder *b, struct json_object *object, struct json_object *value) {
        int r = json_object_object_add_ex(object, b->key, value,
                                          JSON_C_OBJECT_ADD_KEY_IS_NEW |
                                                  JSON_C_OBJECT_KEY_IS_CONSTANT);
        if (r < 0)
                return r;
        json_object_get_object(object)->tail->k_is_constant = 0;
        b->key = NULL;
        return 0;
}

static int builder_attach(Builder *b, struct json_object *value) {
        struct json_object *container = builder_container(b);
        if (!container) {
                b->root = value;
                return 0;
        }
        int r = json_object_is_type(container, json_type_array)
                        ? json_object_array_add(container, value)
                        : add_member(b, container, value);
        if (r < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

/* Skips the text between values: blanks, commas, the colon, the ends of containers. */
static void skip_between(Builder *b) {
        for (;; b->at++) {
                b->at = json_run_blanks(b->at, b->end);
                if (b->at == b->end)
                        return;
                switch (*b->at) {
                case ']':
                case '}':
                        b->n_open--;
                        break;
                case ',':
                case ':':
                        break;
                default:
                        return;
                }
        }
}

static int build_one(Builder *b) {
        if (json_object_is_type(builder_container(b), json_type_object)) {
                int r = read_key(b);
                if (r < 0)
                        return r;
                skip_between(b);
        }
        struct json_object *value;
        int r = build_value(b, &value);
        if (r < 0)
                return r;
        r = builder_attach(b, value);
        if (r < 0)
                return r;
        if (json_object_is_type(value, json_type_array) ||
            json_object_is_type(value, json_type_object))
                r = builder_enter(b, value);
        skip_between(b);
        return r;
}

int json_build(const JsonSpan *span, struct json_object **ret) {
        Builder b;
        b.at = span->text;
        b.end = span->text + span->n;
        b.root = NULL;
        b.key = NULL;
        b.string = (Buffer){};
        b.open = b.few;
        b.n_open = 0;
        b.n_capacity = OPEN_FEW;

        int r = 0;
        while (r == 0 && b.at < b.end)
                r = build_one(&b);

        free(b.key);
        buffer_deinit(&b.string);
        if (b.open != b.few)
                free(b.open);
        if (r < 0) {
                json_object_put(b.root);
                return r;
        }
        *ret = b.root;
        return 0;
}

int json_parse(const char *text, size_t n, const JsonLimits *limits, struct json_object **ret,
               JsonScan *ret_scan) {
        JsonScan scan;
        if (!ret_scan)
                ret_scan = &scan;
        int r = json_scan(text, n, limits, ret_scan);
        return r < 0 ? r : json_build(&ret_scan->root, ret);
}
