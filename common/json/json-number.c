/* Numbers to text and back. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strtod_l() */
#endif

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-number.h"

static locale_t c_locale;

static void c_locale_make(void) {
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Returns the "C" locale, which is made once and never freed, or (locale_t)0 if making it failed. */
static locale_t c_locale_get(void) {
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        pthread_once(&once, c_locale_make);
        return c_locale;
}

static const char digit_pairs[] = "0001020304050607080910111213141516171819"
                                  "2021222324252627282930313233343536373839"
                                  "4041424344454647484950515253545556575859"
                                  "6061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

static size_t count_digits(uint64_t u) {
        size_t n = 1;

        for (; u >= 10000; u /= 10000)
                n += 4;
        return n + (u >= 10) + (u >= 100) + (u >= 1000);
}

size_t json_int_format(int64_t i, char ret[JSON_INT_SIZE]) {
        uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        char *begin = ret + (i < 0), *end = begin + count_digits(rest), *at = end;

        *ret = '-';
        for (; rest >= 10; rest /= 100)
                memcpy(at -= 2, digit_pairs + rest % 100 * 2, 2);
        if (at > begin)
                *begin = (char)('0' + rest);
        return (size_t)(end - ret);
}

bool json_int_parse(const char *text, size_t n, int64_t *ret) {
        bool is_negative = text[0] == '-';
        uint64_t limit = (uint64_t)INT64_MAX + is_negative;
        uint64_t sum = 0;
        bool is_safe = n <= 18; /* 18 digits cannot overflow */
        for (size_t i = is_negative; i < n; i++) {
                uint64_t digit = (uint64_t)(text[i] - '0');
                if (!is_safe && sum > (limit - digit) / 10)
                        return false;
                sum = 10 * sum + digit;
        }
        *ret = is_negative ? (int64_t)(0 - sum) : (int64_t)sum;
        return true;
}

int json_double_parse(const char *text, size_t n, double *ret) {
        locale_t locale = c_locale_get();
        if (!locale)
                return -ENOMEM;

        /* The text does not end with a NUL, so strtod() would read past its end. */
        char small[64];
        char *copy = n < sizeof(small) ? small : malloc(n + 1);
        if (!copy)
                return -ENOMEM;
        memcpy(copy, text, n);
        copy[n] = '\0';
        *ret = strtod_l(copy, NULL, locale);
        if (copy != small)
                free(copy);
        return 0;
}

static bool reads_back(const char *text, double d, locale_t locale) {
        double back = strtod_l(text, NULL, locale);
        return memcmp(&back, &d, sizeof(d)) == 0;
}

size_t json_double_format(double d, char ret[JSON_DOUBLE_SIZE]) {
        locale_t locale = c_locale_get();
        if (!locale)
                return 0;

        int n = 0;
        locale_t before = uselocale(locale);
        for (int precision = 15; precision <= 17; precision++) {
                n = snprintf(ret, JSON_DOUBLE_SIZE, "%.*g", precision, d);
                if (reads_back(ret, d, locale))
                        break;
        }
        uselocale(before);
        if (!strpbrk(ret, ".e")) {
                memcpy(ret + n, ".0", sizeof(".0"));
                n += 2;
        }
        return (size_t)n;
}
