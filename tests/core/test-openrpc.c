/* The daemon does as rpc.discover describes: the test makes values from the schema of each parameter of each method.
 * Values that fit are accepted, others are refused with the parameter's name, and results fit their schemas, too. */
#include <fnmatch.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "tap-main.h"

/* ---- JSON Schema, the part of it that the document uses */

static bool has_none_of(const char *s, size_t n, bool c0, bool c1) {
        for (size_t i = 0; i < n; i++) {
                unsigned char c = s[i];
                if (c == 0 || (c0 && (c < 0x20 || c == 0x7f)) ||
                    (c1 && c == 0xc2 && i + 1 < n && (unsigned char)s[i + 1] < 0xa0))
                        return false;
        }
        return true;
}

static bool is_free_of_nul(const char *s, size_t n) {
        return has_none_of(s, n, false, false);
}

static bool is_free_of_ascii_controls(const char *s, size_t n) {
        return has_none_of(s, n, true, false);
}

static bool is_name(const char *s, size_t n) {
        return n > 0 && has_none_of(s, n, true, true);
}

static bool is_octal(const char *s, size_t n) {
        size_t n_digits = strspn(s, "01234567"), n_zeros = strspn(s, "0");

        return n > 0 && n_digits == n && n - n_zeros <= 3;
}

static bool is_identifier(const char *s, size_t n) {
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

        for (size_t i = 0; i < n; i++)
                if (!s[i] || (!strchr(letters, s[i]) && (i == 0 || !strchr("0123456789", s[i]))))
                        return false;
        return n > 0;
}

static bool is_operator(const char *s, size_t n) {
        return n == 2 && (!strcmp(s, ">=") || !strcmp(s, "<=") || !strcmp(s, "=="));
}

/* The patterns of the document, each as a function. */
static const struct {
        const char *pattern;
        bool (*fits)(const char *s, size_t n);
} patterns[] = {
        {"^[^\\u0000]*$", is_free_of_nul},
        {"^[^\\u0000-\\u001f\\u007f]*$", is_free_of_ascii_controls},
        {"^[^\\u0000-\\u001f\\u007f-\\u009f]+$", is_name},
        {"^0*[0-7]{1,3}$", is_octal},
        {"^[A-Za-z_][A-Za-z0-9_]*$", is_identifier},
        {"^(>=|<=|==)$", is_operator},
};

static struct json_object *get(struct json_object *o, const char *key) {
        struct json_object *value = NULL;

        json_object_object_get_ex(o, key, &value);
        return value;
}

static const char *name_of(struct json_object *o) {
        return json_object_get_string(get(o, "name"));
}

static bool fits_type(const char *type, struct json_object *value) {
        static const struct {
                const char *name;
                enum json_type type;
        } types[] = {
                {"null", json_type_null},     {"boolean", json_type_boolean},
                {"string", json_type_string}, {"array", json_type_array},
                {"object", json_type_object}, {"number", json_type_double},
        };
        int64_t whole;

        if (strcmp(type, "integer") == 0)
                return json_is_whole(value, &whole) ||
                       (json_object_is_type(value, json_type_double) &&
                        json_object_get_double(value) >= 0x1p53);
        if (strcmp(type, "number") == 0 && json_object_is_type(value, json_type_int))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (strcmp(types[i].name, type) == 0)
                        return json_object_is_type(value, types[i].type);
        ck_abort_msg("no such type: %s", type);
}

static int order_of(double difference) {
        return difference < 0 ? -1 : difference > 0;
}

static int compare_int_to_double(int64_t i, double d) {
        if (d >= 0x1p63)
                return -1;
        if (d < -0x1p63)
                return 1;
        int64_t whole = (int64_t)d;
        return i != whole ? (i < whole ? -1 : 1) : order_of((double)whole - d);
}

/* Compares exactly, integers too: under valgrind a long double has too few bits. */
static int compare_numbers(struct json_object *a, struct json_object *b) {
        bool a_is_int = json_object_is_type(a, json_type_int);
        bool b_is_int = json_object_is_type(b, json_type_int);
        int64_t i = json_object_get_int64(a), k = json_object_get_int64(b);

        if (a_is_int && b_is_int)
                return i < k ? -1 : i > k;
        if (a_is_int)
                return compare_int_to_double(i, json_object_get_double(b));
        if (b_is_int)
                return -compare_int_to_double(k, json_object_get_double(a));
        return order_of(json_object_get_double(a) - json_object_get_double(b));
}

static bool is_number(struct json_object *value) {
        return json_object_is_type(value, json_type_int) ||
               json_object_is_type(value, json_type_double);
}

static size_t n_characters(const char *s, size_t n) {
        size_t n_characters = 0;

        for (size_t i = 0; i < n; i++)
                n_characters += ((unsigned char)s[i] & 0xc0) != 0x80;
        return n_characters;
}

static bool fits_pattern(const char *pattern, const char *s, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(patterns); i++)
                if (strcmp(patterns[i].pattern, pattern) == 0)
                        return patterns[i].fits(s, n);
        ck_abort_msg("this test does not know the pattern %s", pattern);
}

static bool fits_string(const char *key, struct json_object *bound, struct json_object *value) {
        const char *s = json_object_get_string(value);
        size_t n = (size_t)json_object_get_string_len(value);
        size_t most = (size_t)json_object_get_int64(bound);

        if (strcmp(key, "minLength") == 0)
                return n_characters(s, n) >= most;
        if (strcmp(key, "maxLength") == 0)
                return n_characters(s, n) <= most;
        if (strcmp(key, "x-maxBytes") == 0)
                return n <= most;
        return fits_pattern(json_object_get_string(bound), s, n);
}

static bool fits(struct json_object *schema, struct json_object *value);

static bool fits_members(struct json_object *schema, struct json_object *value) {
        struct json_object *properties = get(schema, "properties");
        struct json_object *others = get(schema, "additionalProperties");
        struct json_object *names = get(schema, "propertyNames");

        json_object_object_foreach (value, key, member) {
                struct json_object *property = get(properties, key);
                CLEANUP(json_putp) struct json_object *name = json_object_new_string(key);
                if (property ? !fits(property, member) : others && !json_object_get_boolean(others))
                        return false;
                if (names && !fits(names, name))
                        return false;
        }
        return true;
}

static bool has_all(struct json_object *keys, struct json_object *value) {
        for (size_t i = 0; i < json_object_array_length(keys); i++) {
                const char *key = json_object_get_string(json_object_array_get_idx(keys, i));
                if (!json_object_object_get_ex(value, key, NULL))
                        return false;
        }
        return true;
}

static bool is_one_of(struct json_object *values, struct json_object *value) {
        for (size_t i = 0; i < json_object_array_length(values); i++)
                if (json_object_equal(json_object_array_get_idx(values, i), value))
                        return true;
        return false;
}

static unsigned count_fitting(struct json_object *schemas, struct json_object *value) {
        unsigned n = 0;

        for (size_t i = 0; i < json_object_array_length(schemas); i++)
                n += fits(json_object_array_get_idx(schemas, i), value);
        return n;
}

static bool fits_items(struct json_object *items, struct json_object *value) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
                if (!fits(items, json_object_array_get_idx(value, i)))
                        return false;
        return true;
}

static bool is_among(const char *word, const char *const *words) {
        while (*words && strcmp(*words, word) != 0)
                words++;
        return *words != NULL;
}

/* Returns whether a value fits one keyword. A keyword for another type than the value's always fits. */
static bool fits_keyword(struct json_object *schema, const char *key, struct json_object *bound,
                         struct json_object *value) {
        static const char *const of_strings[] = {"minLength", "maxLength", "pattern", "x-maxBytes",
                                                 NULL};
        static const char *const of_objects[] = {"properties", "additionalProperties",
                                                 "propertyNames", NULL};
        static const char *const for_people[] = {"description", "default", "x-choices", NULL};

        if (is_among(key, for_people))
                return true;
        if (is_among(key, of_strings))
                return !json_object_is_type(value, json_type_string) ||
                       fits_string(key, bound, value);
        if (is_among(key, of_objects))
                return !json_object_is_type(value, json_type_object) || fits_members(schema, value);
        /* The format marks uids and gids for user interfaces. */
        if (strcmp(key, "format") == 0)
                return true;
        if (strcmp(key, "type") == 0)
                return fits_type(json_object_get_string(bound), value);
        if (strcmp(key, "enum") == 0)
                return is_one_of(bound, value);
        if (strcmp(key, "const") == 0)
                return is_number(value) && compare_numbers(value, bound) == 0;
        if (strcmp(key, "not") == 0)
                return !fits(bound, value);
        if (strcmp(key, "oneOf") == 0)
                return count_fitting(bound, value) == 1;
        if (strcmp(key, "minimum") == 0)
                return !is_number(value) || compare_numbers(value, bound) >= 0;
        if (strcmp(key, "maximum") == 0)
                return !is_number(value) || compare_numbers(value, bound) <= 0;
        if (strcmp(key, "required") == 0)
                return !json_object_is_type(value, json_type_object) || has_all(bound, value);
        bool is_array = json_object_is_type(value, json_type_array);
        size_t n = is_array ? json_object_array_length(value) : 0;
        if (strcmp(key, "minItems") == 0)
                return !is_array || n >= (size_t)json_object_get_int64(bound);
        if (strcmp(key, "maxItems") == 0)
                return !is_array || n <= (size_t)json_object_get_int64(bound);
        if (strcmp(key, "items") == 0)
                return !is_array || fits_items(bound, value);
        ck_abort_msg("this test does not know the keyword %s", key);
}

static bool fits(struct json_object *schema, struct json_object *value) {
        json_object_object_foreach (schema, key, bound)
                if (!fits_keyword(schema, key, bound, value))
                        return false;
        return true;
}

/* ---- Candidates: JSON texts of every kind, and at the bounds of a schema */

enum { CANDIDATES_MAX = 1000, TEXT_MAX = 16 << 10, PARAMS_MAX = 16 };

typedef struct Candidates {
        size_t n;
        char *texts[CANDIDATES_MAX];
} Candidates;

static void candidates_deinit(Candidates *c) {
        for (size_t i = 0; i < c->n; i++)
                free(c->texts[i]);
}

static void candidates_deinit_all(Candidates **all) {
        for (size_t i = 0; *all && i < PARAMS_MAX; i++)
                candidates_deinit(&(*all)[i]);
        free(*all);
}

static void add(Candidates *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(Candidates *c, const char *format, ...) {
        va_list args;

        ck_assert_uint_lt(c->n, CANDIDATES_MAX);
        va_start(args, format);
        ck_assert_int_ge(vasprintf(&c->texts[c->n++], format, args), 0);
        va_end(args);
        for (size_t i = 0; i + 1 < c->n; i++)
                if (strcmp(c->texts[i], c->texts[c->n - 1]) == 0) {
                        free(c->texts[--c->n]);
                        break;
                }
}

static const char *const samples[] = {
        "1",
        "\"o\"",
        "\"x\"",
        "[]",
        "{}",
        "true",
        "false",
        "null",
        "0",
        "-1",
        "2",
        "1.0",
        "-1.0",
        "0.0",
        "1.5",
        "-1.5",
        "1e2",
        "1e300",
        "-1e300",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808.0",
        "-9223372036854775808.0",
        "\"\"",
        "\"0600\"",
        "\"777\"",
        "\"1000\"",
        "\"00000000000000000000777\"",
        "\"0o7\"",
        "\"8\"",
        "\"-1\"",
        "\"null\"",
        "\"\\u00fc\"",
        "\"\\u0001\"",
        "\"x\\u0000y\"",
        "\"\\u0085\"",
        "\"\\u007f\"",
        "\"\\n\"",
        "\"9a\"",
        "\"a9_\"",
        "[1]",
        "[null]",
        "[\"o\"]",
        "[[]]",
        "[{}]",
        "{\"x\":1}",
        "{\"\":1}",
        "{\"\\u00fc\":null}",
        "{\"9\":1}",
        "{\"a b\":1}",
};

static void add_repeated(Candidates *c, const char *unit, size_t n, bool as_key) {
        CLEANUP(freep) char *text = malloc(strlen(unit) * n + 1);

        ck_assert_ptr_nonnull(text);
        text[0] = '\0';
        for (size_t i = 0; i < n; i++)
                strcpy(text + i * strlen(unit), unit);
        add(c, as_key ? "{\"%s\":1}" : "\"%s\"", text);
}

/* Strings around maxLength, counted once in characters and once in bytes. */
static void add_lengths(Candidates *c, struct json_object *schema, bool as_key) {
        size_t most = (size_t)json_object_get_int64(get(schema, "maxLength"));

        if (most == 0)
                return;
        add_repeated(c, "a", most, as_key);
        add_repeated(c, "a", most + 1, as_key);
        add_repeated(c, "\u00fc", most / 2, as_key);
        add_repeated(c, "\u00fc", most / 2 + 1, as_key);
}

static void add_bound(Candidates *c, struct json_object *bound) {
        int64_t i = json_object_get_int64(bound);

        if (!bound)
                return;
        add(c, "%lld", (long long)i);
        if (i > INT64_MIN)
                add(c, "%lld", (long long)i - 1);
        if (i < INT64_MAX)
                add(c, "%lld", (long long)i + 1);
        if (i > -(1LL << 53) && i < 1LL << 53) {
                add(c, "%lld.0", (long long)i);
                add(c, "%lld.5", (long long)i);
                add(c, "%lld.0", (long long)i + 1);
        }
}

static void add_words(Candidates *c, struct json_object *words) {
        for (size_t i = 0; words && i < json_object_array_length(words); i++) {
                const char *word = json_object_get_string(json_object_array_get_idx(words, i));
                add(c, "\"%s\"", word);
                add(c, "\"%sx\"", word);
                add(c, "[\"%s\"]", word);
        }
}

static void add_for(Candidates *c, struct json_object *schema);

/* Returns whether a text fits the schema; the empty schema fits every text. */
static bool text_fits(struct json_object *schema, const char *text) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        const JsonLimits limits = {.max_depth = 32, .max_members = 65536};
        int r = json_parse(text, strlen(text), &limits, &value, NULL);

        ck_assert_msg(r == 0, "%s: %d", text, r);
        return fits(schema, value);
}

static const char *first_fitting(const Candidates *c, struct json_object *schema) {
        for (size_t i = 0; i < c->n; i++)
                if (text_fits(schema, c->texts[i]))
                        return c->texts[i];
        ck_abort_msg("nothing fits %s", json_object_to_json_string(schema));
}

static void add_array_of(Candidates *c, const char *element, size_t n) {
        CLEANUP(freep) char *text = calloc(1, n * (strlen(element) + 1) + 3);
        char *end = text;

        ck_assert_ptr_nonnull(text);
        for (size_t i = 0; i < n; i++)
                end += sprintf(end, "%s%s", i ? "," : "[", element);
        add(c, "%s]", text);
}

static void add_arrays(Candidates *c, struct json_object *schema) {
        struct json_object *items = get(schema, "items"), *most = get(schema, "maxItems");
        CLEANUP(candidates_deinit) Candidates elements = {0};

        if (!items || json_object_object_length(items) == 0)
                return;
        add_for(&elements, items);
        for (size_t i = 0; i < elements.n; i++)
                add(c, "[%s]", elements.texts[i]);
        for (int over = 0; most && over < 2; over++)
                add_array_of(c, first_fitting(&elements, items),
                             (size_t)json_object_get_int64(most) + (size_t)over);
}

/* Adds an object with all required members except `key`, and with this text as `key`. */
static void add_object_with(Candidates *c, struct json_object *schema, const char *key,
                            const char *value) {
        struct json_object *properties = get(schema, "properties");
        struct json_object *required = get(schema, "required");
        char text[TEXT_MAX];
        int n = 0;

        for (size_t i = 0; required && i < json_object_array_length(required); i++) {
                const char *other = json_object_get_string(json_object_array_get_idx(required, i));
                CLEANUP(candidates_deinit) Candidates others = {0};
                if (strcmp(other, key) == 0)
                        continue;
                add_for(&others, get(properties, other));
                n += snprintf(text + n, sizeof(text) - (size_t)n, "%s\"%s\":%s", n ? "," : "",
                              other, first_fitting(&others, get(properties, other)));
        }
        if (value)
                n += snprintf(text + n, sizeof(text) - (size_t)n, "%s\"%s\":%s", n ? "," : "", key,
                              value);
        ck_assert_int_lt(n, TEXT_MAX);
        add(c, "{%.*s}", n, text);
}

static void add_objects(Candidates *c, struct json_object *schema) {
        struct json_object *properties = get(schema, "properties");

        if (get(schema, "propertyNames"))
                add_lengths(c, get(schema, "propertyNames"), true);
        if (!properties)
                return;
        json_object_object_foreach (properties, key, property) {
                CLEANUP(candidates_deinit) Candidates values = {0};
                add_for(&values, property);
                for (size_t i = 0; i < values.n; i++)
                        add_object_with(c, schema, key, values.texts[i]);
                add_object_with(c, schema, key, NULL);
        }
        add_object_with(c, schema, "other", "1");
}

static void add_for(Candidates *c, struct json_object *schema) {
        struct json_object *alternatives = get(schema, "oneOf");
        size_t n = alternatives ? json_object_array_length(alternatives) : 0;

        for (size_t i = 0; i < ELEMENTSOF(samples); i++)
                add(c, "%s", samples[i]);
        add_bound(c, get(schema, "minimum"));
        add_bound(c, get(schema, "maximum"));
        add_lengths(c, schema, false);
        add_words(c, get(schema, "enum"));
        add_words(c, get(schema, "x-choices"));
        add_arrays(c, schema);
        add_objects(c, schema);
        for (size_t i = 0; i < n; i++)
                add_for(c, json_object_array_get_idx(alternatives, i));
}

/* ---- The calls */

/* Rules between parameters, or about the object, for which a value that fits its schema is refused. */
static struct {
        const char *method, *param, *why;
        unsigned n;
} rules[] = {
        {.method = "set.*", .param = "values", .why = "either values or other"},
        {.method = "array.*", .param = "value", .why = "of the type of the elements; or a length"},
        {.method = "array.*", .param = "values", .why = "as many as the slice has"},
        {.method = "array.*", .param = "delta", .why = "of the type of the elements"},
        {.method = "barrier.open", .param = "parties", .why = "a new barrier needs it"},
        {.method = "pipe.*", .param = "end", .why = "a pipe has two of the four"},
        {.method = "object.scan", .param = "cursor", .why = "a text that the daemon returned"},
        {.method = "server.*", .param = "cursor", .why = "a text that the daemon returned"},
};

static bool is_ruled(const char *method, const char *param) {
        for (size_t i = 0; i < ELEMENTSOF(rules); i++)
                if (fnmatch(rules[i].method, method, 0) == 0 &&
                    strcmp(rules[i].param, param) == 0) {
                        rules[i].n++;
                        return true;
                }
        return false;
}

/* The options with which the object is made, and the optional parameters that a call needs. */
static const struct {
        const char *method, *params;
} besides[] = {
        {"array.open", "\"length\":2,"},
        {"barrier.open", "\"parties\":2,"},
        {"semaphore.open", "\"value\":1,"},
};

static const char *params_besides(const char *method, const char *param) {
        for (size_t i = 0; i < ELEMENTSOF(besides); i++)
                if (strcmp(besides[i].method, method) == 0 && !strstr(besides[i].params, param))
                        return besides[i].params;
        return "";
}

typedef struct Trial {
        Fixture f;
        Session *session;
        int64_t last_id;
        unsigned n_taken, n_refused, n_results;
        const char *good[PARAMS_MAX]; /* a valid text for each parameter of the method under test */
        Buffer faults; /* differences between the document and the daemon, a line each */
} Trial;

/* Returns the reply to the last call, and skips notifications to a monitor. */
static struct json_object *receive(Trial *t) {
        struct json_object *reply;

        while ((reply = fixture_receive(t->session))) {
                if (json_object_get_int64(get(reply, "id")) == t->last_id)
                        return reply;
                json_object_put(reply);
        }
        return NULL;
}

static void send_call(Trial *t, const char *method, const char *params) {
        CLEANUP(buffer_deinit) Buffer line = {0};

        ck_assert_int_eq(buffer_append_format(&line,
                                              "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\","
                                              "\"params\":",
                                              (long long)++t->last_id, method),
                         0);
        ck_assert_int_eq(buffer_append_string(&line, params), 0);
        ck_assert_int_eq(buffer_append_string(&line, "}"), 0);
        fixture_send_bytes(t->session, buffer_bytes(&line), buffer_size(&line));
}

/* Calls and returns the reply; a call that waits is cancelled, which counts as accepted. */
static struct json_object *call(Trial *t, const char *method, const char *params) {
        send_call(t, method, params);
        struct json_object *reply = receive(t);

        if (reply)
                return reply;
        fixture_send(t->session, "{'jsonrpc':'2.0','method':'session.cancel','params':[%lld]}",
                     (long long)t->last_id);
        reply = receive(t);
        ck_assert_msg(reply != NULL, "%s %s", method, params);
        return reply;
}

/* Returns the parameter that a refused call names, "" if the call succeeded; the caller frees it. */
static char *fault_of(struct json_object *reply) {
        struct json_object *error = get(reply, "error");
        struct json_object *param = get(get(error, "data"), "param");

        if (!error || json_object_get_int(get(error, "code")) != -32602)
                return strdup("");
        return strdup(param ? json_object_get_string(param) : "?");
}

static void check_result(Trial *t, struct json_object *method, struct json_object *reply) {
        struct json_object *result;

        if (!json_object_object_get_ex(reply, "result", &result))
                return;
        ck_assert_msg(fits(get(get(method, "result"), "schema"), result), "%s answers %s",
                      name_of(method), json_object_to_json_string(reply));
        t->n_results++;
}

static bool is_required(struct json_object *param) {
        return json_object_get_boolean(get(param, "required")) ||
               json_object_get_boolean(get(param, "x-required"));
}

/* Writes params of a call in which parameter `which` is this text, and the others are valid. */
static void write_params(Trial *t, Buffer *out, struct json_object *method, size_t which,
                         const char *text) {
        struct json_object *params = get(method, "params");
        const char *param = name_of(json_object_array_get_idx(params, which));
        int r = buffer_append_format(out, "{%s", params_besides(name_of(method), param));

        for (size_t i = 0; i < json_object_array_length(params) && r == 0; i++) {
                struct json_object *other = json_object_array_get_idx(params, i);
                if (i != which && is_required(other))
                        r = buffer_append_format(out, "\"%s\":%s,", name_of(other), t->good[i]);
        }
        if (r == 0)
                r = buffer_append_format(out, "\"%s\":", param);
        if (r == 0)
                r = buffer_append_string(out, text);
        if (r == 0)
                r = buffer_append(out, "}", 2);
        ck_assert_int_eq(r, 0);
}

/* Makes the object "o" of the method's type; it is deleted after each call, which may have changed it. */
static void open_object(Trial *t, const char *method) {
        char open[64], params[128];

        snprintf(open, sizeof(open), "%.*s.open", (int)strcspn(method, "."), method);
        snprintf(params, sizeof(params), "{%s\"name\":\"o\",\"create\":true}",
                 params_besides(open, "?"));
        json_object_put(call(t, open, params));
}

static void note_fault(Trial *t, const char *method, const char *params, bool fits_schema,
                       struct json_object *reply) {
        if (buffer_size(&t->faults) < 4000)
                buffer_append_format(&t->faults, "%s %.200s %s, and: %.300s\n", method, params,
                                     fits_schema ? "fits" : "does not fit",
                                     json_object_to_json_string(reply));
}

/* Calls with this text. Returns false at a difference; one for each parameter is enough to report. */
static bool try_value(Trial *t, struct json_object *method, size_t which, const char *text) {
        struct json_object *param = json_object_array_get_idx(get(method, "params"), which);
        bool fits_schema = text_fits(get(param, "schema"), text);
        CLEANUP(buffer_deinit) Buffer params = {0};

        if (json_object_get_boolean(get(method, "x-object")))
                open_object(t, name_of(method));
        write_params(t, &params, method, which, text);
        CLEANUP(json_putp)
        struct json_object *reply = call(t, name_of(method), buffer_bytes(&params));
        CLEANUP(freep) char *fault = fault_of(reply);
        bool is_refused = strcmp(fault, name_of(param)) == 0;
        bool is_good = fits_schema != is_refused ||
                       (fits_schema && is_ruled(name_of(method), name_of(param)));
        if (!is_good)
                note_fault(t, name_of(method), buffer_bytes(&params), fits_schema, reply);
        check_result(t, method, reply);
        t->n_taken += fits_schema;
        t->n_refused += is_refused;
        json_object_put(call(t, "object.delete", "[\"o\"]"));
        return is_good;
}

static void try_method(Trial *t, struct json_object *method) {
        struct json_object *params = get(method, "params");
        size_t n = json_object_array_length(params);
        CLEANUP(candidates_deinit_all) Candidates *all = calloc(PARAMS_MAX, sizeof(*all));

        ck_assert(all && n <= PARAMS_MAX);
        t->session = fixture_session(&t->f, 100, 0, "alpha");
        for (size_t i = 0; i < n; i++) {
                struct json_object *param = json_object_array_get_idx(params, i);
                add_for(&all[i], get(param, "schema"));
                t->good[i] = strcmp(name_of(param), "name") == 0
                                     ? "\"o\""
                                     : first_fitting(&all[i], get(param, "schema"));
        }
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < all[i].n; k++)
                        if (!try_value(t, method, i, all[i].texts[k]))
                                break;
        session_end(t->session);
}

static struct json_object *discover(Fixture *f, const char *params) {
        Session *session = fixture_session(f, 200, 1000, "beta");
        struct json_object *document = fixture_call(session, "rpc.discover", "%s", params);

        session_end(session);
        return document;
}

START_TEST(test_values_that_fit_are_taken_and_others_refused) {
        Trial t = {0};

        fixture_init(&t.f, NULL);
        struct json_object *document = discover(&t.f, "[]");
        struct json_object *methods = get(document, "methods");
        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                fixture_deinit(&t.f);
                fixture_init(&t.f, NULL);
                try_method(&t, json_object_array_get_idx(methods, i));
        }
        ck_assert_msg(buffer_size(&t.faults) == 0, "%.*s", (int)buffer_size(&t.faults),
                      buffer_bytes(&t.faults));
        ck_assert_uint_gt(t.n_taken, 5000);
        ck_assert_uint_gt(t.n_refused, 10000);
        ck_assert_uint_gt(t.n_results, 2000);
        for (size_t i = 0; i < ELEMENTSOF(rules); i++)
                ck_assert_msg(rules[i].n > 0, "%s %s: there is no such rule", rules[i].method,
                              rules[i].param);
        json_object_put(document);
        buffer_deinit(&t.faults);
        fixture_deinit(&t.f);
}
END_TEST

/* ---- The document */

/* The code generator of Rust makes an enum of each oneOf, which has no default value; a struct needs one for each
 * required member, so members that are a oneOf must be optional. */
static void check_required(const char *where, struct json_object *schema) {
        struct json_object *required = get(schema, "required");

        for (size_t i = 0; json_object_is_type(required, json_type_array) &&
                           i < json_object_array_length(required);
             i++) {
                const char *name = json_object_get_string(json_object_array_get_idx(required, i));
                struct json_object *property = get(get(schema, "properties"), name);
                ck_assert_msg(!get(property, "oneOf"), "%s: %s is required, and a oneOf", where,
                              name);
        }
}

static void check_schema(const char *where, struct json_object *schema) {
        struct json_object *type = get(schema, "type"), *words = get(schema, "enum");

        ck_assert_msg(!type || json_object_is_type(type, json_type_string), "%s: %s", where,
                      json_object_to_json_string(schema));
        if (type && strcmp(json_object_get_string(type), "array") == 0)
                ck_assert_msg(json_object_is_type(get(schema, "items"), json_type_object),
                              "%s: an array without items", where);
        for (size_t i = 0; words && i < json_object_array_length(words); i++) {
                const char *word = json_object_get_string(json_object_array_get_idx(words, i));
                ck_assert_msg(is_identifier(word, strlen(word)), "%s: %s", where, word);
        }
        check_required(where, schema);
        if (get(schema, "maxLength") && !get(schema, "pattern"))
                ck_abort_msg("%s: a length, and nothing about U+0000", where);
        json_object_object_foreach (schema, key, value) {
                if (strcmp(key, "oneOf") == 0)
                        for (size_t i = 0; i < json_object_array_length(value); i++)
                                check_schema(where, json_object_array_get_idx(value, i));
                else if (strcmp(key, "properties") == 0) {
                        json_object_object_foreach (value, name, property)
                                check_schema(name, property);
                } else if (strcmp(key, "default") != 0 &&
                           json_object_is_type(value, json_type_object))
                        check_schema(where, value);
        }
}

static void expect_string(struct json_object *o, const char *key) {
        ck_assert_msg(json_object_is_type(get(o, key), json_type_string), "%s: %s", key,
                      json_object_to_json_string(o));
}

/* Asserts what the meta-schema of OpenRPC requires of a parameter. */
static void check_param(const char *method, struct json_object *param) {
        struct json_object *schema = get(param, "schema");

        expect_string(param, "name");
        expect_string(param, "description");
        ck_assert(json_object_is_type(schema, json_type_object));
        ck_assert(json_object_is_type(get(param, "required"), json_type_boolean));
        check_schema(method, schema);
        if (json_object_object_get_ex(schema, "default", NULL))
                ck_assert_msg(fits(schema, get(schema, "default")), "%s: the default of %s", method,
                              json_object_to_json_string(param));
}

static void check_method(struct json_object *method, bool (*is_good)(const char *)) {
        const char *name = name_of(method);
        struct json_object *params = get(method, "params"), *result = get(method, "result");
        bool was_required = true;

        ck_assert(json_object_is_type(params, json_type_array));
        expect_string(method, "summary");
        expect_string(result, "name");
        ck_assert(json_object_is_type(get(result, "schema"), json_type_object));
        check_schema(name, get(result, "schema"));
        ck_assert(is_good(name));
        for (size_t i = 0; i < json_object_array_length(params); i++) {
                struct json_object *param = json_object_array_get_idx(params, i);
                const char *param_name = json_object_get_string(get(param, "name"));
                bool required = json_object_get_boolean(get(param, "required"));
                check_param(name, param);
                ck_assert_msg(was_required || !required, "%s: %s", name, param_name);
                was_required = required;
                for (size_t k = 0; k < i; k++)
                        ck_assert_str_ne(json_object_get_string(
                                                 get(json_object_array_get_idx(params, k), "name")),
                                         param_name);
        }
}

static bool is_dotted(const char *name) {
        size_t n = strcspn(name, ".");

        return name[n] == '.' && is_identifier(name, n) &&
               is_identifier(name + n + 1, strlen(name + n + 1));
}

static bool is_plain(const char *name) {
        return is_identifier(name, strlen(name));
}

static void check_document(struct json_object *document, bool (*is_good)(const char *)) {
        struct json_object *methods = get(document, "methods");
        size_t n = json_object_array_length(methods);

        expect_string(document, "openrpc");
        expect_string(get(document, "info"), "title");
        expect_string(get(document, "info"), "version");
        ck_assert_uint_gt(n, 100);
        for (size_t i = 0; i < n; i++) {
                struct json_object *method = json_object_array_get_idx(methods, i);
                check_method(method, is_good);
                for (size_t k = 0; k < i; k++)
                        ck_assert_str_ne(json_object_get_string(get(
                                                 json_object_array_get_idx(methods, k), "name")),
                                         name_of(method));
        }
}

START_TEST(test_document_has_the_form_of_openrpc) {
        Fixture f;

        fixture_init(&f, NULL);
        struct json_object *document = discover(&f, "[]");
        check_document(document, is_dotted);
        json_object_put(document);
        fixture_deinit(&f);
}
END_TEST

/* Reserved words of C, C++, C#, Go, Java, JavaScript, Kotlin, Lua, PHP, Python, Ruby, Rust, Swift and TypeScript. */
static const char *const reserved[] = {
        "abstract",  "alias",      "and",      "any",       "as",       "assert",    "async",
        "auto",      "await",      "base",     "begin",     "bool",     "boolean",   "break",
        "byte",      "case",       "catch",    "char",      "class",    "clone",     "const",
        "continue",  "crate",      "def",      "default",   "defer",    "del",       "delete",
        "do",        "double",     "dyn",      "elif",      "else",     "end",       "ensure",
        "enum",      "event",      "except",   "explicit",  "export",   "extends",   "extern",
        "final",     "finally",    "fixed",    "float",     "fn",       "for",       "foreach",
        "from",      "func",       "function", "global",    "go",       "goto",      "if",
        "impl",      "implements", "implicit", "import",    "in",       "inline",    "int",
        "interface", "internal",   "is",       "lambda",    "let",      "local",     "lock",
        "long",      "loop",       "macro",    "map",       "match",    "mod",       "module",
        "move",      "mut",        "mutable",  "namespace", "new",      "next",      "nil",
        "nonlocal",  "not",        "null",     "object",    "operator", "or",        "out",
        "override",  "package",    "params",   "pass",      "private",  "protected", "public",
        "raise",     "range",      "readonly", "redo",      "ref",      "register",  "rescue",
        "restrict",  "retry",      "return",   "select",    "self",     "short",     "signed",
        "sizeof",    "static",     "string",   "struct",    "super",    "switch",    "synchronized",
        "template",  "then",       "this",     "throw",     "throws",   "trait",     "transient",
        "true",      "try",        "type",     "typedef",   "typename", "typeof",    "union",
        "unless",    "unsafe",     "unsigned", "until",     "use",      "using",     "var",
        "virtual",   "void",       "volatile", "when",      "where",    "while",     "with",
        "yield",     NULL};

START_TEST(test_identifiers_are_names_in_every_language) {
        Fixture f;

        fixture_init(&f, NULL);
        struct json_object *document = discover(&f, "{'identifiers':true}");
        struct json_object *methods = get(document, "methods");
        check_document(document, is_plain);
        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                struct json_object *params = get(json_object_array_get_idx(methods, i), "params");
                for (size_t k = 0; k < json_object_array_length(params); k++) {
                        const char *name = json_object_get_string(
                                get(json_object_array_get_idx(params, k), "name"));
                        ck_assert_msg(is_plain(name) && !is_among(name, reserved), "%s", name);
                }
        }
        json_object_put(document);
        fixture_deinit(&f);
}
END_TEST

/* The daemon accepts the method names of the document with identifiers, too. */
START_TEST(test_identifiers_are_taken) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(session, "dict_open", "{'name':'o','create':true}"));
        fixture_expect(session, "dict_get", "{'name':'o','key':'k','default_':5}", "5");
        fixture_expect(session, "dict_get", "{'name_':'o','key_':'k','default':5}", "5");
        fixture_expect(session, "dict.get", "{'name':'o','key':'k','default_':5,'default':6}",
                       "!EINVAL");
        fixture_expect(session, "dict.get", "{'name':'o','key':'k','default__':5}", "!EINVAL");
        fixture_expect(session, "dict.get", "{'name':'o','key':'k','_':5}", "!EINVAL");
        json_object_put(fixture_call(session, "object_list", "{'type_':'dict'}"));
        json_object_put(fixture_call(session, "list_open", "{'name':'l','create':true}"));
        fixture_expect(session, "list_set_slice", "['l',0,0,1,[1]]", "null");
        fixture_expect(session, "list_set.slice", "['l',0,0,1,[1]]", "!ENOSYS");
        fixture_expect(session, "list_", "[]", "!ENOSYS");
        fixture_expect(session, "_list.get", "[]", "!ENOSYS");
        fixture_expect(session, "object.delete", "['o']", "null");
        fixture_expect(session, "object.delete", "['l']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* An integer may be written in any form: 1, 1.0, 1e0. */
START_TEST(test_whole_numbers) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(session, "list.open",
                                     "{'name':'l','create':true,'value':[1,2,3],'mode':384.0}"));
        fixture_expect(session, "list.get", "['l',1.0]", "2");
        fixture_expect(session, "list.get", "['l',-1e0]", "3");
        fixture_expect(session, "list.get", "['l',-0.0]", "1");
        fixture_expect(session, "list.get", "{'name':'l','index':2.0}", "3");
        fixture_expect(session, "list.get", "['l',0.5]", "!EINVAL");
        fixture_expect(session, "list.get", "['l',9223372036854775808.0]", "!EINVAL");
        fixture_expect(session, "list.get", "['l',-9223372036854775808.0]", "!ERANGE");
        fixture_expect(session, "list.get", "['l',1e300]", "!EINVAL");
        fixture_start(session, 5, "object.wait_any", "[[{'counter':'c','op':'>=','value':1.0}]]");
        fixture_expect_reply(session, 5, "!ENOENT");
        fixture_expect(session, "object.delete", "['l']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("openrpc");
        TCase *c = tcase_create("openrpc");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, test_values_that_fit_are_taken_and_others_refused);
        tcase_add_test(c, test_document_has_the_form_of_openrpc);
        tcase_add_test(c, test_identifiers_are_names_in_every_language);
        tcase_add_test(c, test_identifiers_are_taken);
        tcase_add_test(c, test_whole_numbers);
        suite_add_tcase(suite, c);
        return suite;
}
