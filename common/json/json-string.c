/* Decodes string literals, and compares them by their decoded bytes. */
#include <stdint.h>
#include <string.h>

#include "json/json-run.h"
#include "json/json-string.h"

/* Gives the decoded bytes of a literal one by one. */
typedef struct Decoder {
        const char *at, *end;
        char pending[4]; /* of the escape that was read last */
        unsigned n_pending, i_pending;
} Decoder;

static void decoder_init(Decoder *d, const JsonLiteral *literal) {
        *d = (Decoder){.at = literal->text, .end = literal->text + literal->n};
}

/* The value of a hexadecimal digit plus 1, or 0. */
static const unsigned char hex_digits[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
        ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int json_hex4(const char *s) {
        int a = hex_digits[(unsigned char)s[0]] - 1, b = hex_digits[(unsigned char)s[1]] - 1;
        int c = hex_digits[(unsigned char)s[2]] - 1, d = hex_digits[(unsigned char)s[3]] - 1;

        return (a | b | c | d) < 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

static unsigned encode_utf8(uint32_t code, char ret[4]) {
        if (code < 0x80) {
                ret[0] = (char)code;
                return 1;
        }
        if (code < 0x800) {
                ret[0] = (char)(0xc0 | code >> 6);
                ret[1] = (char)(0x80 | (code & 0x3f));
                return 2;
        }
        if (code < 0x10000) {
                ret[0] = (char)(0xe0 | code >> 12);
                ret[1] = (char)(0x80 | (code >> 6 & 0x3f));
                ret[2] = (char)(0x80 | (code & 0x3f));
                return 3;
        }
        ret[0] = (char)(0xf0 | code >> 18);
        ret[1] = (char)(0x80 | (code >> 12 & 0x3f));
        ret[2] = (char)(0x80 | (code >> 6 & 0x3f));
        ret[3] = (char)(0x80 | (code & 0x3f));
        return 4;
}

/* The character of an escape of two bytes: a quote, a slash and a backslash stand for themselves. */
static const char short_escapes[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

unsigned json_escape_decode(const char **at, char ret[4]) {
        const char *s = *at;
        if (s[1] != 'u') {
                ret[0] = short_escapes[(unsigned char)s[1]];
                *at = s + 2;
                return 1;
        }
        uint32_t code = (uint32_t)json_hex4(s + 2);
        *at = s + 6;
        if (code >= 0xd800 && code <= 0xdbff) {
                uint32_t low = (uint32_t)json_hex4(s + 8);
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                *at = s + 12;
        }
        return encode_utf8(code, ret);
}

size_t json_literal_decode(const JsonLiteral *literal, char *ret) {
        if (literal->n == 0)
                return 0;
        if (!literal->is_escaped) {
                memcpy(ret, literal->text, literal->n);
                return literal->n;
        }
        const char *at = literal->text, *end = at + literal->n;
        size_t n = 0;
        while (at < end) {
                if (*at == '\\') {
                        if (at[1] != 'u') {
                                ret[n++] = short_escapes[(unsigned char)at[1]];
                                at += 2;
                                continue;
                        }
                        char decoded[4];
                        unsigned n_decoded = json_escape_decode(&at, decoded);
                        memcpy(ret + n, decoded, n_decoded);
                        n += n_decoded;
                        continue;
                }
                size_t n_plain = json_run_copy_unescaped(at, end, ret + n);
                at += n_plain;
                n += n_plain;
        }
        return n;
}

/* Returns the next byte, or -1 at the end. */
static int decoder_next(Decoder *d) {
        if (d->i_pending == d->n_pending) {
                if (d->at == d->end)
                        return -1;
                if (*d->at != '\\')
                        return (unsigned char)*d->at++;
                d->n_pending = json_escape_decode(&d->at, d->pending);
                d->i_pending = 0;
        }
        return (unsigned char)d->pending[d->i_pending++];
}

bool json_literal_is(const JsonLiteral *literal, const char *bytes, size_t n) {
        if (!literal->is_escaped)
                return literal->n == n && (n == 0 || memcmp(literal->text, bytes, n) == 0);
        if (literal->n < n)
                return false; /* decoding never makes a literal longer */
        Decoder d;
        decoder_init(&d, literal);
        for (size_t i = 0; i < n; i++)
                if (decoder_next(&d) != (unsigned char)bytes[i])
                        return false;
        return decoder_next(&d) < 0;
}

int json_literal_order(const JsonLiteral *a, const JsonLiteral *b) {
        Decoder da, db;
        int byte_a, byte_b;

        if (!a->is_escaped && !b->is_escaped) {
                size_t n = a->n < b->n ? a->n : b->n;
                int order = n > 0 ? memcmp(a->text, b->text, n) : 0;
                return order != 0 ? order : a->n < b->n ? -1 : a->n > b->n;
        }
        decoder_init(&da, a);
        decoder_init(&db, b);
        do {
                byte_a = decoder_next(&da);
                byte_b = decoder_next(&db);
        } while (byte_a == byte_b && byte_a >= 0);
        return byte_a - byte_b;
}

bool json_literal_equal(const JsonLiteral *a, const JsonLiteral *b) {
        if (!a->is_escaped)
                return json_literal_is(b, a->text, a->n);
        if (!b->is_escaped)
                return json_literal_is(a, b->text, b->n);
        Decoder da, db;
        decoder_init(&da, a);
        decoder_init(&db, b);
        for (;;) {
                int byte = decoder_next(&da);
                if (byte != decoder_next(&db))
                        return false;
                if (byte < 0)
                        return true;
        }
}
