/* SipHash-1-3 against values of other implementations, and UTF-8 against its definition. */
#include <pthread.h>
#include <string.h>

#include "base/macros.h"
#include "base/siphash.h"
#include "base/utf8.h"
#include "tap-main.h"

/* The first value is from the authors' vectors for the key 00 01 .. 0f; the others are hashes
 * that CPython 3.11 computes of bytes under PYTHONHASHSEED=0. */
START_TEST(hashes_are_those_of_other_implementations) {
        static const struct {
                const char *text;
                uint64_t hash;
        } vectors[] = {
                {"a", UINT64_C(0x407448d2b89b1813)},
                {"ab", UINT64_C(0x555508cbc6add439)},
                {"abcd", UINT64_C(0xe3d1d5fdd52aae89)},
                {"abcde", UINT64_C(0x251f3c725bd784a2)},
                {"abcdef", UINT64_C(0x62207e654289df28)},
                {"abcdefg", UINT64_C(0x6db12aae9070f506)},
                {"abcdefgh", UINT64_C(0x3f7b849c0b8e35ea)},
                {"The quick brown fox jumps over the lazy dog", UINT64_C(0x8df676d3d00c451e)},
        };
        HashKey key = {.k0 = UINT64_C(0x0706050403020100), .k1 = UINT64_C(0x0f0e0d0c0b0a0908)};
        ck_assert_uint_eq(siphash13(&key, NULL, 0), UINT64_C(0xabac0158050fc4dc));
        key = (HashKey){};
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++)
                ck_assert_uint_eq(siphash13(&key, vectors[i].text, strlen(vectors[i].text)),
                                  vectors[i].hash);
}
END_TEST

static void *get_key(void *ret) {
        *(HashKey *)ret = *hash_key_of_process();
        return NULL;
}

START_TEST(the_key_is_drawn_once_for_all_threads) {
        HashKey keys[4];
        pthread_t threads[ELEMENTSOF(keys)];
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, get_key, &keys[i]), 0);
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                ck_assert_mem_eq(&keys[i], hash_key_of_process(), sizeof(HashKey));
        ck_assert(keys[0].k0 != 0 && keys[0].k1 != 0 && keys[0].k0 != keys[0].k1);
}
END_TEST

/* Decodes one sequence; returns -1 if it is not well-formed. This is the definition in another
 * form: decode first, then reject a form that is not the shortest. */
static long decode(const unsigned char *s, size_t n, size_t *ret_n) {
        static const struct {
                unsigned char mask, lead;
                long least;
        } forms[] = {
                {0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
        for (size_t k = 0; k < ELEMENTSOF(forms); k++) {
                if ((s[0] & forms[k].mask) != forms[k].lead)
                        continue;
                if (n < k + 1)
                        return -1;
                long code = s[0] & ~forms[k].mask;
                for (size_t i = 1; i <= k; i++) {
                        if ((s[i] & 0xc0) != 0x80)
                                return -1;
                        code = code << 6 | (s[i] & 0x3f);
                }
                *ret_n = k + 1;
                bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
                return code >= forms[k].least && code <= 0x10ffff && !is_surrogate ? code : -1;
        }
        return -1;
}

/* Tries all first three bytes, with fourth bytes from each range of the definition. */
START_TEST(exactly_the_well_formed_sequences_pass) {
        static const unsigned char fourth[] = {0x00, 0x7f, 0x80, 0x9f, 0xbf, 0xc0, 0xff};
        long n_valid = 0;
        for (uint32_t i = 0; i < 1 << 24; i++) {
                unsigned char s[4] = {(unsigned char)(i >> 16), (unsigned char)(i >> 8),
                                      (unsigned char)i, fourth[i % ELEMENTSOF(fourth)]};
                size_t n = 0;
                size_t expected = decode(s, 4, &n) >= 0 ? n : 0;
                size_t found = utf8_sequence((char *)s, 4);
                if (found != expected)
                        ck_abort_msg("%02x %02x %02x %02x: %zu, not %zu", s[0], s[1], s[2], s[3],
                                     found, expected);
                n_valid += expected > 0;
        }
        ck_assert_int_gt(n_valid, 0);
}
END_TEST

START_TEST(a_sequence_that_is_cut_is_refused) {
        static const char *const texts[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                size_t n = strlen(texts[i]);
                ck_assert(utf8_is_valid(texts[i], n));
                ck_assert_uint_eq(utf8_sequence(texts[i], n), n);
                for (size_t k = 1; k < n; k++) {
                        ck_assert(!utf8_is_valid(texts[i], k));
                        ck_assert(!utf8_is_valid(texts[i] + k, n - k));
                }
        }
        ck_assert_uint_eq(utf8_sequence("", 0), 0);
        ck_assert(utf8_is_valid(NULL, 0));
        ck_assert(utf8_is_valid("a\0b", 3));
        ck_assert(!utf8_is_valid("caf\xe9 au lait", 12));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("hash-utf8");
        TCase *tcase = tcase_create("hash-utf8");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, hashes_are_those_of_other_implementations);
        tcase_add_test(tcase, the_key_is_drawn_once_for_all_threads);
        tcase_add_test(tcase, exactly_the_well_formed_sequences_pass);
        tcase_add_test(tcase, a_sequence_that_is_cut_is_refused);
        suite_add_tcase(suite, tcase);
        return suite;
}
