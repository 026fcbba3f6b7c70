/* The words of JSON. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json-lexer.h"
#include "json/json-number.h"

int json_lexer_fail(JsonLexer *l, int error, const char *at, const char *why) {
        l->scan->error = why;
        l->scan->error_offset = (size_t)(at - l->text);
        return error;
}

static int fail(JsonLexer *l, const char *at, const char *why) {
        return json_lexer_fail(l, -EBADMSG, at, why);
}

int json_lexer_fail_at_end(JsonLexer *l) {
        return fail(l, l->end, "the text ends too early");
}

void json_lexer_skip_blanks(JsonLexer *l) {
        while (l->at < l->end &&
               (*l->at == ' ' || *l->at == '\n' || *l->at == '\t' || *l->at == '\r'))
                l->at++;
}

/* Strings. */

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether any of eight bytes is a control character, a quote, a backslash or not ASCII. Where all
 * are ASCII, a subtraction sets a byte's high bit exactly if the byte was the smaller one. */
static inline bool any_special(const char *s) {
        uint64_t word;
        memcpy(&word, s, sizeof(word));
        uint64_t control = word - EACH_BYTE(0x20);
        uint64_t quote = (word ^ EACH_BYTE('"')) - EACH_BYTE(1);
        uint64_t backslash = (word ^ EACH_BYTE('\\')) - EACH_BYTE(1);
        return ((word | control | quote | backslash) & EACH_BYTE(0x80)) != 0;
}

static inline bool is_special(unsigned char c) {
        return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
}

static const char *skip_plain(const char *at, const char *end) {
        while (end - at >= 8 && !any_special(at))
                at += 8;
        while (at < end && !is_special((unsigned char)*at))
                at++;
        return at;
}

/* At \u: the code unit; leaves the lexer behind it. */
static int lex_code_unit(JsonLexer *l) {
        if (l->end - l->at < 6)
                return json_lexer_fail_at_end(l);
        int unit = json_hex4(l->at + 2);
        if (unit < 0)
                return fail(l, l->at, "a \\u escape without four hexadecimal digits");
        l->at += 6;
        return unit;
}

/* At \u: the number of bytes that the character decodes to. */
static int lex_unicode_escape(JsonLexer *l, bool is_key) {
        const char *begin = l->at;
        int unit = lex_code_unit(l);
        if (unit < 0)
                return unit;
        if (unit == 0 && is_key)
                return fail(l, begin, "U+0000 in a key");
        if (unit < 0xd800 || unit > 0xdfff)
                return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        if (unit > 0xdbff || l->end - l->at < 2 || l->at[0] != '\\' || l->at[1] != 'u')
                return fail(l, begin, "an unpaired surrogate");
        int low = lex_code_unit(l);
        if (low < 0)
                return low;
        if (low < 0xdc00 || low > 0xdfff)
                return fail(l, begin, "an unpaired surrogate");
        return 4;
}

/* At a backslash: the number of bytes that the escape decodes to. */
static int lex_escape(JsonLexer *l, bool is_key) {
        if (l->end - l->at < 2)
                return json_lexer_fail_at_end(l);
        switch (l->at[1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
                l->at += 2;
                return 1;
        case 'u':
                return lex_unicode_escape(l, is_key);
        default:
                return fail(l, l->at, "an unknown escape");
        }
}

static int lex_special(JsonLexer *l, bool is_key) {
        unsigned char c = (unsigned char)*l->at;
        if (c == '\\')
                return lex_escape(l, is_key);
        if (c < 0x20)
                return fail(l, l->at, "a control character in a string");
        size_t n = utf8_sequence(l->at, (size_t)(l->end - l->at));
        if (n == 0)
                return fail(l, l->at, "invalid UTF-8");
        l->at += n;
        return (int)n;
}

/* At the opening quote; leaves the lexer behind the closing one. */
int json_lexer_string(JsonLexer *l, bool is_key, JsonLiteral *ret) {
        const char *begin = ++l->at;
        size_t n_decoded = 0;
        bool is_escaped = false;
        for (;;) {
                const char *plain = l->at;
                l->at = skip_plain(plain, l->end);
                n_decoded += (size_t)(l->at - plain);
                if (l->at == l->end)
                        return json_lexer_fail_at_end(l);
                if (*l->at == '"')
                        break;
                is_escaped |= *l->at == '\\';
                int r = lex_special(l, is_key);
                if (r < 0)
                        return r;
                n_decoded += (size_t)r;
        }
        *ret = (JsonLiteral){.text = begin, .n = (size_t)(l->at - begin), .is_escaped = is_escaped};
        l->at++;
        l->scan->n_bytes_decoded += n_decoded;
        return 0;
}

/* Numbers and names. */

/* Skips digits: how many there were. */
static size_t skip_digits(JsonLexer *l) {
        const char *begin = l->at;
        while (l->at < l->end && *l->at >= '0' && *l->at <= '9')
                l->at++;
        return (size_t)(l->at - begin);
}

static int fail_digit(JsonLexer *l) {
        return l->at == l->end ? json_lexer_fail_at_end(l) : fail(l, l->at, "a digit is missing");
}

/* The digits of an exponent as a number, or one that is large enough to be looked at closely. */
static long exponent_value(const char *digits, size_t n) {
        long value = 0;
        for (size_t i = 0; i < n && value < 1000000; i++)
                value = 10 * value + (digits[i] - '0');
        return value;
}

/* A sign and the digits of an exponent. */
static int lex_exponent(JsonLexer *l, long *ret) {
        l->at++;
        bool is_negative = l->at < l->end && *l->at == '-';
        if (is_negative || (l->at < l->end && *l->at == '+'))
                l->at++;
        const char *digits = l->at;
        size_t n = skip_digits(l);
        if (n == 0)
                return fail_digit(l);
        *ret = is_negative ? 0 : exponent_value(digits, n);
        return 0;
}

/* A number below 10^308 is finite for sure; only others need to be converted to know. */
static int check_finite(JsonLexer *l, const char *begin, size_t n_digits, long exponent) {
        if (n_digits + (size_t)exponent <= 308)
                return 0;
        double d;
        int r = json_double_parse(begin, (size_t)(l->at - begin), &d);
        if (r < 0)
                return r;
        return isfinite(d) ? 0 : fail(l, begin, "a number too large for a double");
}

int json_lexer_number(JsonLexer *l, JsonKind *ret_kind) {
        const char *begin = l->at;
        if (*l->at == '-')
                l->at++;
        const char *digits = l->at;
        size_t n_digits = skip_digits(l);
        if (n_digits == 0)
                return fail_digit(l);
        if (n_digits > 1 && *digits == '0')
                return fail(l, digits, "a number with a leading zero");

        JsonKind kind = JSON_INT;
        if (l->at < l->end && *l->at == '.') {
                l->at++;
                if (skip_digits(l) == 0)
                        return fail_digit(l);
                kind = JSON_DOUBLE;
        }
        long exponent = 0;
        if (l->at < l->end && (*l->at == 'e' || *l->at == 'E')) {
                int r = lex_exponent(l, &exponent);
                if (r < 0)
                        return r;
                kind = JSON_DOUBLE;
        }
        *ret_kind = kind;
        if (kind == JSON_DOUBLE)
                return check_finite(l, begin, n_digits, exponent);
        int64_t value;
        if (!json_int_parse(begin, (size_t)(l->at - begin), &value))
                return fail(l, begin, "an integer that does not fit 64 bits");
        return 0;
}

int json_lexer_name(JsonLexer *l, const char *name) {
        for (; *name; name++, l->at++) {
                if (l->at == l->end)
                        return json_lexer_fail_at_end(l);
                if (*l->at != *name)
                        return fail(l, l->at, "an unknown word");
        }
        return 0;
}
