/* SipHash-1-3, by Aumasson and Bernstein: one round per word, three at the end. */
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#include "base/siphash.h"

typedef struct SipState {
        uint64_t v0, v1, v2, v3;
} SipState;

static inline uint64_t rotate_left(uint64_t x, unsigned n) {
        return x << n | x >> (64 - n);
}

static inline void sip_round(SipState *s) {
        s->v0 += s->v1;
        s->v1 = rotate_left(s->v1, 13) ^ s->v0;
        s->v0 = rotate_left(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate_left(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate_left(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate_left(s->v1, 17) ^ s->v2;
        s->v2 = rotate_left(s->v2, 32);
}

/* Eight bytes as a little-endian number. */
static inline uint64_t load_word(const unsigned char *p) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        return le64toh(word);
}

static inline uint64_t load_half(const unsigned char *p) {
        uint32_t half;
        memcpy(&half, p, sizeof(half));
        return le32toh(half);
}

/* Loads the last zero to seven bytes as a little-endian number. Loads that overlap set the same bits. */
static inline uint64_t load_tail(const unsigned char *p, size_t n) {
        if (n >= 4)
                return load_half(p) | load_half(p + n - 4) << 8 * (n - 4);
        if (n == 0)
                return 0;
        return p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1);
}

static inline void sip_word(SipState *s, uint64_t word) {
        s->v3 ^= word;
        sip_round(s);
        s->v0 ^= word;
}

uint64_t siphash13(const HashKey *key, const void *data, size_t n) {
        SipState s = {
                .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
                .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
                .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
                .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
        };
        const unsigned char *p = data;
        size_t left = n;
        for (; left >= 8; p += 8, left -= 8)
                sip_word(&s, load_word(p));
        sip_word(&s, (uint64_t)n << 56 | load_tail(p, left));

        s.v2 ^= 0xff;
        for (int i = 0; i < 3; i++)
                sip_round(&s);
        return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static HashKey process_key;
static bool process_key_is_set;   /* by hash_key_set() */
static bool process_key_is_drawn; /* read by any thread */

static void process_key_draw(void) {
        ssize_t n;

        if (process_key_is_set)
                return;
        do
                n = getrandom(&process_key, sizeof(process_key), 0);
        while (n < 0 && errno == EINTR);
        if (n == (ssize_t)sizeof(process_key))
                return;

        /* A sandbox may forbid the call; the kernel gave every process 16 random bytes at exec. */
        const void *at_random = (const void *)getauxval(AT_RANDOM);
        if (at_random)
                memcpy(&process_key, at_random, sizeof(process_key));
}

void hash_key_set(const HashKey *key) {
        process_key = *key;
        process_key_is_set = true;
}

const HashKey *hash_key_of_process(void) {
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        if (!__atomic_load_n(&process_key_is_drawn, __ATOMIC_ACQUIRE)) {
                pthread_once(&once, process_key_draw);
                __atomic_store_n(&process_key_is_drawn, true, __ATOMIC_RELEASE);
        }
        return &process_key;
}
