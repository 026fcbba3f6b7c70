/* The loops over blocks of bytes against the plain loops below: random texts at every alignment, each at the end of a
 * page behind which nothing is mapped, so that a byte read or written too far is a crash. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "expect.h"
#include "json-words.h"
#include "json/json-block.h"
#include "json/json-escape.h"
#include "json/json-run.h"
#include "json/json-scan.h"
#include "json/json-string.h"
#include "json/json-text.h"
#include "json/json-wide.h"
#include "random.h"
#include "tap-main.h"

enum { TEXT_MAX = 1000 };

/* ---- The plain loops */

static const char *plain_blanks(const char *at, const char *end) {
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
                at++;
        return at;
}

static const char *plain_string(const char *at, const char *end, bool *ret_is_escaped) {
        *ret_is_escaped = false;
        for (; at < end && *at != '"'; at++) {
                if (*at == '\\') {
                        *ret_is_escaped = true;
                        if (++at == end)
                                break;
                }
        }
        return at;
}

static const char *plain_container(const char *at, const char *end) {
        size_t depth = 0;
        for (; at < end; at++) {
                bool is_escaped;
                if (*at == '"') {
                        at = plain_string(at + 1, end, &is_escaped);
                        if (at == end)
                                return end;
                } else if (*at == '[' || *at == '{') {
                        depth++;
                } else if ((*at == ']' || *at == '}') && --depth == 0) {
                        return at + 1;
                }
        }
        return end;
}

static size_t plain_copy(const char *at, const char *end, char *ret, bool (*stops)(unsigned char)) {
        size_t n = 0;
        for (; at + n < end && !stops((unsigned char)at[n]); n++)
                ret[n] = at[n];
        return n;
}

static bool is_backslash(unsigned char c) {
        return c == '\\';
}

static bool is_special(unsigned char c) {
        return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
}

static bool is_not_written_as_it_is(unsigned char c) {
        return is_special(c) || c == 0x7f;
}

static size_t plain_character(uint32_t code, char *ret) {
        if (code < 0x80) {
                ret[0] = (char)code;
                return 1;
        }
        size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        for (size_t i = n - 1; i > 0; i--, code >>= 6)
                ret[i] = (char)(0x80 | (code & 0x3f));
        ret[0] = (char)((0xf00 >> n & 0xff) | code);
        return n;
}

static uint32_t plain_hex(const char *s) {
        char digits[5] = {s[0], s[1], s[2], s[3], '\0'};
        return (uint32_t)strtoul(digits, NULL, 16);
}

static size_t plain_decode(const char *at, size_t n, char *ret) {
        static const char letters[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
        size_t n_decoded = 0;
        for (const char *end = at + n; at < end;) {
                if (*at != '\\') {
                        ret[n_decoded++] = *at++;
                } else if (at[1] != 'u') {
                        ret[n_decoded++] = characters[strchr(letters, at[1]) - letters];
                        at += 2;
                } else {
                        uint32_t code = plain_hex(at + 2);
                        at += 6;
                        if (code >= 0xd800 && code <= 0xdfff) {
                                code = 0x10000 + ((code - 0xd800) << 10) + plain_hex(at + 2) -
                                       0xdc00;
                                at += 6;
                        }
                        n_decoded += plain_character(code, ret + n_decoded);
                }
        }
        return n_decoded;
}

static void plain_write(Buffer *b, const char *s, size_t n) {
        static const char letters[] = "\"\\bfnrt", characters[] = "\"\\\b\f\n\r\t";
        EXPECT(buffer_append(b, "\"", 1) == 0);
        for (size_t i = 0; i < n; i++) {
                const char *short_form = s[i] ? strchr(characters, s[i]) : NULL;
                int r = short_form
                                ? buffer_append_format(b, "\\%c", letters[short_form - characters])
                        : (unsigned char)s[i] < 0x20 || s[i] == 0x7f
                                ? buffer_append_format(b, "\\u%04x", (unsigned)s[i])
                                : buffer_append(b, &s[i], 1);
                EXPECT(r == 0);
        }
        EXPECT(buffer_append(b, "\"", 1) == 0);
}

/* Two runs of pages, each followed by a page that must not be touched. */

typedef struct Edge {
        char *pages;
        size_t n_pages, n_page;
} Edge;

static void edge_init(Edge *e) {
        e->n_page = (size_t)sysconf(_SC_PAGESIZE);
        e->pages = mmap(NULL, 2 * e->n_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);
        EXPECT(e->pages != MAP_FAILED);
        EXPECT(mprotect(e->pages + e->n_page, e->n_page, PROT_NONE) == 0);
}

static void edge_deinit(Edge *e) {
        EXPECT(munmap(e->pages, 2 * e->n_page) == 0);
}

/* Returns room for n bytes that ends n_behind bytes before the page that must not be touched. */
static char *edge_room(const Edge *e, size_t n, size_t n_behind) {
        return e->pages + e->n_page - n_behind - n;
}

static const char *edge_put(const Edge *e, const char *text, size_t n, size_t n_behind) {
        return memcpy(edge_room(e, n, n_behind), text, n);
}

/* ---- Random texts */

typedef struct Text {
        char bytes[TEXT_MAX];
        size_t n;
} Text;

static void text_add(Text *t, const char *piece) {
        size_t n = strlen(piece);
        if (t->n + n <= TEXT_MAX) {
                memcpy(t->bytes + t->n, piece, n);
                t->n += n;
        }
}

/* Appends a piece up to n times: the blocks are made for long runs of one kind. */
static void text_repeat(Text *t, Random *random, const char *piece, uint64_t n) {
        for (uint64_t left = 1 + random_below(random, n); left > 0; left--)
                text_add(t, piece);
}

static const char *const in_strings[] = {
        "a",   "abcdefg", "\\\\",    "\\\"",     "\\n",
        " ",   "/",       "\\/",     "\\u0041",  "\\u00e9",
        "[",   "]",       "{",       "}",        "\\ud83d\\ude00",
        "\\t", ",",       "\\u0000", "\x7f",     "\xc3\xa9",
        "'",   ":",       "\\u20ac", "\\\\\\\"", "\xe2\x82\xac",
        "\\b", "\\r",     "\\f",     "~",        "\xf0\x9f\x98\x80",
};

static void text_content(Text *t, Random *random) {
        for (uint64_t left = random_below(random, 8); left > 0; left--)
                text_repeat(t, random, in_strings[random_below(random, ELEMENTSOF(in_strings))],
                            random_below(random, 3) ? 3 : 40);
}

/* Makes the content of one string; its end is the end of the text, so one byte is kept free for a quote. */
static Text content(Random *random) {
        Text t = {};
        text_content(&t, random);
        if (t.n == TEXT_MAX)
                t.n = 0;
        return t;
}

static Text tree(Random *random) {
        Text t = {.bytes = "[", .n = 1};
        unsigned depth = 1;
        for (uint64_t left = random_below(random, 12); left > 0 && t.n + 150 < TEXT_MAX; left--) {
                static const char *const between[] = {"1", ",", " ", "\n", "true", ":", "[]", "{}"};
                bool opens = random_below(random, 4) == 0;
                if (opens) {
                        text_add(&t, random_below(random, 2) ? "[" : "{");
                        depth++;
                } else if (random_below(random, 2)) {
                        Text string = {};
                        text_content(&string, random);
                        if (string.n < 100) {
                                text_add(&t, "\"");
                                memcpy(t.bytes + t.n, string.bytes, string.n);
                                t.n += string.n;
                                text_add(&t, "\"");
                        }
                } else {
                        text_repeat(&t, random, between[random_below(random, ELEMENTSOF(between))],
                                    9);
                }
        }
        while (depth-- > 0)
                text_add(&t, depth % 2 ? "]" : "}");
        return t;
}

static Text noise(Random *random) {
        static const char bytes[] = "\"\\[]{} \n\r\ta\x1f\x7f\x80\xff,:";
        Text t = {.n = random_below(random, 100)};
        for (size_t i = 0; i < t.n; i++)
                t.bytes[i] = random_below(random, 8) ? bytes[random_below(random, sizeof(bytes))]
                                                     : (char)random_next(random);
        return t;
}

/* ---- The comparisons */

static void compare_walks(const char *at, const char *end) {
        bool plain, blocks, words;
        const char *behind = plain_string(at, end, &plain);
        EXPECT(json_run_string(at, end, &blocks) == behind && blocks == plain);
        EXPECT(json_words_string(at, end, &words) == behind && words == plain);
        behind = plain_blanks(at, end);
        EXPECT(json_run_blanks(at, end) == behind);
        EXPECT(json_words_blanks(at, end) == behind);
}

/* Valid text has no backslash outside of strings. */
static void compare_containers(const char *at, const char *end) {
        const char *behind = plain_container(at, end);
        EXPECT(json_run_container(at, end) == behind);
        EXPECT(json_words_container(at, end) == behind);
}

static bool needs_escape(unsigned char c) {
        return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void compare_copies(const char *at, const char *end, const Edge *target, size_t n_behind) {
        size_t n = (size_t)(end - at);
        char plain[TEXT_MAX], *copy = edge_room(target, n, n_behind);
        size_t n_copied = plain_copy(at, end, plain, is_backslash);
        EXPECT(json_run_copy_unescaped(at, end, copy) == n_copied);
        EXPECT(memcmp(plain, copy, n_copied) == 0);
        EXPECT(json_words_copy_unescaped(at, end, copy) == n_copied);
        EXPECT(memcmp(plain, copy, n_copied) == 0);
        n_copied = plain_copy(at, end, plain, is_not_written_as_it_is);
        EXPECT(json_run_copy_ascii(at, end, copy) == n_copied);
        EXPECT(memcmp(plain, copy, n_copied) == 0);
        EXPECT(json_words_copy_ascii(at, end, copy) == n_copied);
        EXPECT(memcmp(plain, copy, n_copied) == 0);
        n_copied = plain_copy(at, end, plain, needs_escape);
        EXPECT(json_run_copy_plain(at, end, copy) == n_copied);
        EXPECT(memcmp(plain, copy, n_copied) == 0);
        EXPECT(json_words_copy_plain(at, end, copy) == n_copied);
        EXPECT(memcmp(plain, copy, n_copied) == 0);
}

static void compare_counts(const char *at, size_t n) {
        size_t n_escapes = 0;
        for (size_t i = 0; i < n; i++)
                n_escapes += needs_escape((unsigned char)at[i]);
        EXPECT(json_count_escapes(at, n) == n_escapes);
}

static uint32_t plain_mask(const char *at, bool (*is_found)(unsigned char)) {
        uint32_t mask = 0;
        for (unsigned i = 0; i < 16; i++)
                mask |= (uint32_t)is_found((unsigned char)at[i]) << i;
        return mask;
}

static void compare_masks(const char *at, const char *end) {
        const uint32_t all = UINT32_MAX >> (32 - JSON_BLOCK);
        for (; end - at >= 16; at++) {
                JsonBlock block = json_block_load(at);
                uint32_t mask = plain_mask(at, is_special);
                EXPECT(json_block_special(block) == (mask & all));
                EXPECT(json_words_special(at) == mask);
                mask = plain_mask(at, needs_escape);
                EXPECT(json_block_needs_escape(block) == (mask & all));
                EXPECT(json_words_needs_escape(at) == mask);
        }
}

/* Characters that need an escape, in texts of any length. */
static void compare_lengths(const char *at, const char *end) {
        char ignored[TEXT_MAX];
        EXPECT(json_plain_length(at, (size_t)(end - at)) ==
               plain_copy(at, end, ignored, needs_escape));
}

START_TEST(blocks_agree_with_single_bytes) {
        Random random = {.state = 11};
        Edge source, target;
        edge_init(&source);
        edge_init(&target);
        for (int i = 0; i < random_rounds(60000); i++) {
                bool is_tree = i % 3 == 0;
                Text t = is_tree ? tree(&random) : i % 3 == 1 ? noise(&random) : content(&random);
                size_t n_behind = random_below(&random, 2) ? random_below(&random, 40) : 0;
                const char *text = edge_put(&source, t.bytes, t.n, n_behind);
                compare_walks(text, text + t.n);
                if (is_tree)
                        compare_containers(text, text + t.n - random_below(&random, t.n));
                compare_copies(text, text + t.n, &target, random_below(&random, 40));
                compare_counts(text, t.n);
                compare_masks(text, text + t.n);
                compare_lengths(text, text + t.n);
        }
        edge_deinit(&source);
        edge_deinit(&target);
}
END_TEST

/* Runs of backslashes of each length, at each place of a block. */
START_TEST(runs_of_backslashes_end_where_they_do) {
        Edge e;
        edge_init(&e);
        for (size_t n_before = 0; n_before < 40; n_before++) {
                for (size_t n = 0; n < 70; n++) {
                        for (size_t n_behind = 0; n_behind < 20; n_behind++) {
                                Text t = {.n = n_before + n + 1 + n_behind};
                                memset(t.bytes, 'a', t.n);
                                memset(t.bytes + n_before, '\\', n);
                                t.bytes[n_before + n] = '"';
                                t.bytes[t.n - 1] = '"';
                                const char *text = edge_put(&e, t.bytes, t.n, 0);
                                compare_walks(text, text + t.n);
                        }
                }
        }
        edge_deinit(&e);
}
END_TEST

START_TEST(every_byte_is_told_from_every_other) {
        for (unsigned c = 0; c < 256; c++) {
                char bytes[16];
                memset(bytes, 'a', sizeof(bytes));
                for (size_t i = 0; i < JSON_BLOCK; i++) {
                        bytes[i] = (char)c;
                        compare_masks(bytes, bytes + sizeof(bytes));
                        for (unsigned other = 0; other < 256; other++)
                                EXPECT(json_block_equal(json_block_load(bytes), (char)other) ==
                                       (other == c && other == 'a' ? UINT32_MAX >> (32 - JSON_BLOCK)
                                        : other == c               ? UINT32_C(1) << i
                                        : other == 'a'
                                                ? (UINT32_MAX >> (32 - JSON_BLOCK)) & ~(1u << i)
                                                : 0));
                        bytes[i] = 'a';
                }
        }
}
END_TEST

static void compare_wide_copies(const char *at, const char *end, const Edge *target) {
        char *copy = edge_room(target, (size_t)(end - at), 0);
        size_t n_copied = json_wide_copy_run(at, end, copy);
        EXPECT(n_copied == (size_t)(json_wide_run(at, end) - at));
        EXPECT(memcmp(copy, at, n_copied) == 0);
}

static void compare_wide(const char *at, const char *end) {
        const char *stop = json_wide_run(at, end);
        bool is_wide = stop != at || json_wide_run_plainly(at, end) == at;
        EXPECT(!is_wide || stop == json_wide_run_plainly(at, end));
        compare_walks(at, end);
        compare_lengths(at, end);
}

/* A long run with one other byte in it: each byte value, at all places of a wide block and beyond. */
START_TEST(wide_blocks_agree_with_single_bytes) {
        enum { LONG = JSON_WIDE_MIN + 2 * JSON_WIDE };
        Edge e, target;
        edge_init(&e);
        edge_init(&target);
        for (size_t n = LONG - JSON_WIDE - 1; n <= LONG; n += 13) {
                for (unsigned c = 0; c < 256; c += c < 0x30 || c > 0x7c || c == '\\' - 1 ? 1 : 7) {
                        char bytes[LONG];
                        memset(bytes, 'a', n);
                        const char *text = edge_put(&e, bytes, n, 0);
                        for (size_t i = c == '"' || c == '\\' ? 0 : n % 11; i < n;
                             i += c == '"' || c == '\\' ? 1 : 11) {
                                ((char *)text)[i] = (char)c;
                                compare_wide(text, text + n);
                                compare_wide_copies(text, text + n, &target);
                                ((char *)text)[i] = 'a';
                        }
                }
        }
        edge_deinit(&target);
        edge_deinit(&e);
}
END_TEST

/* Long strings within containers, with escapes and quotes near the borders of their blocks. */
START_TEST(long_strings_in_containers_end_where_they_do) {
        Random random = {.state = 15};
        Edge e;
        edge_init(&e);
        for (int i = 0; i < random_rounds(20000); i++) {
                Text t = {.bytes = "[", .n = 1};
                while (t.n < TEXT_MAX / 2) {
                        text_add(&t, "\"");
                        text_repeat(&t, &random, "a", 300);
                        text_repeat(&t, &random, random_below(&random, 2) ? "\\\"" : "\\\\", 3);
                        text_repeat(&t, &random, "]", 100);
                        text_add(&t, "\",");
                }
                text_add(&t, "0]  ");
                const char *text = edge_put(&e, t.bytes, t.n, 0);
                compare_containers(text, text + t.n);
                compare_containers(text, text + t.n - random_below(&random, t.n));
                compare_wide(text + 2, text + t.n);
        }
        edge_deinit(&e);
}
END_TEST

/* Strings are decoded into exactly as many bytes as are promised to be enough. */
START_TEST(strings_decode_as_byte_by_byte) {
        Random random = {.state = 12};
        Edge source, target;
        edge_init(&source);
        edge_init(&target);
        for (int i = 0; i < random_rounds(60000); i++) {
                Text t = content(&random);
                const char *text = edge_put(&source, t.bytes, t.n, 0);
                char plain[TEXT_MAX], *decoded = edge_room(&target, t.n, 0);
                JsonLiteral literal = {
                        .text = text, .n = t.n, .is_escaped = t.n && memchr(text, '\\', t.n)};
                size_t n = plain_decode(t.bytes, t.n, plain);
                EXPECT(json_literal_decode(&literal, decoded) == n);
                EXPECT(memcmp(plain, decoded, n) == 0);
        }
        edge_deinit(&source);
        edge_deinit(&target);
}
END_TEST

static void compare_writing(const Edge *source, const char *s, size_t n) {
        CLEANUP(buffer_deinit) Buffer plain = {}, written = {};
        const char *text = edge_put(source, s, n, 0);
        EXPECT(buffer_append(&written, "ab", 2) == 0);
        int r = json_write_string(&written, text, n);
        if (!utf8_is_valid(s, n)) {
                EXPECT(r < 0 && buffer_size(&written) == 2);
                return;
        }
        plain_write(&plain, s, n);
        EXPECT(r == 0 && buffer_size(&written) == 2 + buffer_size(&plain));
        EXPECT(memcmp(buffer_bytes(&written) + 2, buffer_bytes(&plain), buffer_size(&plain)) == 0);
}

/* Strings that the scanner accepts, and arbitrary bytes; the scanner reads each back unchanged. */
START_TEST(strings_are_written_as_byte_by_byte) {
        Random random = {.state = 13};
        Edge source;
        edge_init(&source);
        for (int i = 0; i < random_rounds(60000); i++) {
                Text t = content(&random);
                char decoded[TEXT_MAX];
                compare_writing(&source, decoded, plain_decode(t.bytes, t.n, decoded));
                t = noise(&random);
                compare_writing(&source, t.bytes, t.n);
        }
        edge_deinit(&source);
}
END_TEST

/* The scanner counts the bytes that decoding saves, equally for a text that comes in pieces. */
START_TEST(scanned_sizes_are_those_of_the_decoded_bytes) {
        Random random = {.state = 14};
        static const JsonLimits limits = {.max_depth = 32, .max_members = 65536};
        Edge source;
        edge_init(&source);
        for (int i = 0; i < random_rounds(30000); i++) {
                Text t = content(&random);
                char literal[TEXT_MAX + 2], plain[TEXT_MAX];
                literal[0] = literal[t.n + 1] = '"';
                memcpy(literal + 1, t.bytes, t.n);
                size_t n = plain_decode(t.bytes, t.n, plain);
                const char *text = edge_put(&source, literal, t.n + 2, 0);
                JsonScan scan;
                EXPECT(json_scan(text, t.n + 2, &limits, &scan) == 0);
                EXPECT(scan.n_bytes_decoded == n);
                JsonScanner *scanner = json_scanner_new(&limits);
                EXPECT(scanner);
                json_scanner_advance(scanner, text, random_below(&random, t.n + 2));
                EXPECT(json_scanner_finish(scanner, text, t.n + 2, &scan) == 0);
                EXPECT(scan.n_bytes_decoded == n);
                json_scanner_free(scanner);
        }
        edge_deinit(&source);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-run");
        TCase *tcase = tcase_create("json-run");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, blocks_agree_with_single_bytes);
        tcase_add_test(tcase, runs_of_backslashes_end_where_they_do);
        tcase_add_test(tcase, every_byte_is_told_from_every_other);
        tcase_add_test(tcase, wide_blocks_agree_with_single_bytes);
        tcase_add_test(tcase, long_strings_in_containers_end_where_they_do);
        tcase_add_test(tcase, strings_decode_as_byte_by_byte);
        tcase_add_test(tcase, strings_are_written_as_byte_by_byte);
        tcase_add_test(tcase, scanned_sizes_are_those_of_the_decoded_bytes);
        suite_add_tcase(suite, tcase);
        return suite;
}
