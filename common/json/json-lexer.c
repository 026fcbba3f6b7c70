/* The words of JSON: see json-lexer.h. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json-block.h"
#include "json/json-lexer.h"
#include "json/json-number.h"
#include "json/json-run.h"
#include "json/json-wide.h"

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

void json_lexer_skip_more_blanks(JsonLexer *l) {
        l->at = json_run_blanks(l->at, l->end);
}

/* ---- Strings */

static inline bool is_special(unsigned char c) {
        return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
}

static const bool is_short_escape[256] = {
        ['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
        ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true,
};

static inline bool is_tail(unsigned char c) {
        return (c & 0xc0) == 0x80;
}

enum { ORDINARY_MAX = 12 };

/* At \\u: returns 6, or 12 for a pair of surrogates; 0 if lex_special() must check the escape. */
static inline size_t ordinary_unicode_escape(const char *s, size_t *n_saved) {
        int unit = json_hex4(s + 2);
        if (unit <= 0)
                return 0;
        if (unit < 0xd800 || unit > 0xdfff) {
                *n_saved += unit < 0x80 ? 5 : unit < 0x800 ? 4 : 3;
                return 6;
        }
        int low = json_hex4(s + 8);
        if (unit > 0xdbff || s[6] != '\\' || s[7] != 'u' || low < 0xdc00 || low > 0xdfff)
                return 0;
        *n_saved += 8;
        return 12;
}

static inline size_t ordinary_utf8(const unsigned char *p) {
        if (p[0] >= 0xc2 && p[0] <= 0xdf)
                return is_tail(p[1]) ? 2 : 0;
        if (p[0] >= 0xe1 && p[0] <= 0xef && p[0] != 0xed)
                return is_tail(p[1]) && is_tail(p[2]) ? 3 : 0;
        if ((p[0] == 0xf0 && p[1] >= 0x90) || (p[0] >= 0xf1 && p[0] <= 0xf3))
                return is_tail(p[1]) && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
        return 0;
}

/* At a byte that at least ORDINARY_MAX - 1 more bytes follow. Returns the number of bytes of a common escape or character, or 0
 * for one that lex_special() must check. n_saved grows by the bytes that decoding saves. */
static inline size_t ordinary_size(const char *s, size_t *n_saved) {
        const unsigned char *p = (const unsigned char *)s;
        if (p[0] != '\\')
                return ordinary_utf8(p);
        return p[1] == 'u' ? ordinary_unicode_escape(s, n_saved) : 0;
}

/* Skips a run of escapes of two bytes. */
static inline const char *skip_short_escapes(const char *at, const char *last, size_t *n_saved) {
        const char *begin = at;
        while (at <= last && *at == '\\' && is_short_escape[(unsigned char)at[1]])
                at += 2;
        *n_saved += (size_t)(at - begin) / 2;
        return at;
}

/* Skips escapes and characters beyond ASCII, with single plain bytes between them. */
static inline const char *skip_mixed(const char *at, const char *end, size_t *n_saved) {
        if (end - at < ORDINARY_MAX + 1)
                return at;
        const char *last = end - (ORDINARY_MAX + 1);
        while (at <= last) {
                at = skip_short_escapes(at, last, n_saved);
                if (at > last)
                        break;
                if (!is_special((unsigned char)*at)) {
                        if (!is_special((unsigned char)*++at))
                                break;
                        continue;
                }
                size_t n = ordinary_size(at, n_saved);
                if (n == 0)
                        break;
                at += n;
        }
        return at;
}

/* Skips plain bytes and common escapes. A message of 16 MiB may consist of escapes, and the daemon serves no other call while it
 * scans one, so a common escape must take a nanosecond or two. */
static const char *skip_ordinary(const char *at, const char *end, size_t *n_saved) {
        while (end - at >= JSON_BLOCK) {
                uint32_t special = json_block_special(json_block_load(at));
                if (!special) {
                        at = json_wide_skip(at + JSON_BLOCK, end);
                        continue;
                }
                at += json_block_first(special);
                const char *closer = at;
                at = skip_mixed(at, end, n_saved);
                if (at == closer)
                        return at;
        }
        while (at < end && !is_special((unsigned char)*at))
                at++;
        return at;
}

/* At \u: returns the code unit, and moves the lexer past it. */
static int lex_code_unit(JsonLexer *l) {
        if (l->end - l->at < 6)
                return json_lexer_fail_at_end(l);
        int unit = json_hex4(l->at + 2);
        if (unit < 0)
                return fail(l, l->at, "a \\u escape without four hexadecimal digits");
        l->at += 6;
        return unit;
}

/* At \u: returns the number of bytes that the character decodes to. */
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

/* At a backslash: returns the number of bytes that the escape decodes to. */
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

/* Begins at the opening quote, or continues where the last call stopped; moves the lexer past the closing quote. */
int json_lexer_any_string(JsonLexer *l, bool is_key, JsonLiteral *ret) {
        if (!l->string) {
                l->string = ++l->at;
                l->n_saved = 0;
        }
        for (;;) {
                l->at = skip_ordinary(l->at, l->end, &l->n_saved);
                if (l->at == l->end)
                        return l->is_partial ? -EAGAIN : json_lexer_fail_at_end(l);
                if (*l->at == '"')
                        break;
                if (l->is_partial && l->end - l->at < ORDINARY_MAX)
                        return -EAGAIN;
                const char *special = l->at;
                int r = lex_special(l, is_key);
                if (r < 0)
                        return r;
                l->n_saved += (size_t)(l->at - special) - (size_t)r;
        }
        *ret = (JsonLiteral){
                .text = l->string, .n = (size_t)(l->at - l->string), .is_escaped = l->n_saved > 0};
        l->scan->n_bytes_decoded += ret->n - l->n_saved;
        l->string = NULL;
        l->at++;
        return 0;
}

/* ---- Numbers and names */

/* Skips digits, and returns their number. */
static size_t skip_digits(JsonLexer *l) {
        const char *begin = l->at;
        while (l->at < l->end && *l->at >= '0' && *l->at <= '9')
                l->at++;
        return (size_t)(l->at - begin);
}

static int fail_digit(JsonLexer *l) {
        return l->at == l->end ? json_lexer_fail_at_end(l) : fail(l, l->at, "a digit is missing");
}

/* Returns the digits of an exponent as a number. For a longer exponent it returns one so large that check_finite() converts
 * the number. */
static long exponent_value(const char *digits, size_t n) {
        long value = 0;
        for (size_t i = 0; i < n && value < 1000000; i++)
                value = 10 * value + (digits[i] - '0');
        return value;
}

/* Skips a sign and the digits of an exponent. */
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

/* Accepts a number below 10^308 as finite, and converts a larger one to decide. */
static int check_finite(JsonLexer *l, const char *begin, size_t n_digits, long exponent) {
        if (n_digits + (size_t)exponent <= 308)
                return 0;
        double d;
        int r = json_double_parse(begin, (size_t)(l->at - begin), &d);
        if (r < 0)
                return r;
        return isfinite(d) ? 0 : fail(l, begin, "a number too large for a double");
}

static int lex_number(JsonLexer *l, JsonKind *ret_kind) {
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

/* In a partial text, puts a word that reaches the end back: it is read again when the next piece has arrived. */
static int retry_at_end(JsonLexer *l, const char *begin, int r) {
        if (!l->is_partial || l->at < l->end)
                return r;
        l->at = begin;
        return -EAGAIN;
}

int json_lexer_any_number(JsonLexer *l, JsonKind *ret_kind) {
        const char *begin = l->at;
        return retry_at_end(l, begin, lex_number(l, ret_kind));
}

static int lex_name(JsonLexer *l, const char *name) {
        for (; *name; name++, l->at++) {
                if (l->at == l->end)
                        return json_lexer_fail_at_end(l);
                if (*l->at != *name)
                        return fail(l, l->at, "an unknown word");
        }
        return 0;
}

int json_lexer_name(JsonLexer *l, const char *name) {
        const char *begin = l->at;
        return retry_at_end(l, begin, lex_name(l, name));
}
