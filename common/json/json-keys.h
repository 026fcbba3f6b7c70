/* Finds duplicate keys of an object, in constant time for each key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "json/json-string.h"

/* An object with at most this many short keys compares them one by one, and allocates nothing. Long keys may differ only at
 * their ends, so comparing them one by one would read each of them several times: they are hashed instead. */
#define JSON_KEYS_FEW      8
#define JSON_KEY_SHORT_MAX 256

/* The keys of one object that is being scanned. */
typedef struct JsonKeys {
        uint64_t serial; /* of the object within the text */
        uint64_t seen;   /* a bit for each of the few; all bits where one of them has escapes */
        size_t n;        /* of the few */
        bool is_in_set;
        JsonLiteral few[JSON_KEYS_FEW];
} JsonKeys;

typedef struct JsonKeyEntry {
        uint64_t hash;
        uint64_t serial;
        JsonLiteral key;
} JsonKeyEntry;

/* The keys of all the objects of a text that have more than a few. Zero-initialised is empty. */
typedef struct JsonKeySet {
        JsonKeyEntry *entries;
        /* position + 1 of an entry, or 0; a power of two slots, half of them used */
        uint32_t *index;
        size_t n_entries, n_capacity;
        Buffer scratch;
} JsonKeySet;

void json_key_set_deinit(JsonKeySet *set);

/* Adjusts the pointers to keys after the buffer of the text has moved. */
void json_keys_move(JsonKeys *keys, const char *from, const char *to);
void json_key_set_move(JsonKeySet *set, const char *from, const char *to);
size_t json_key_set_memory(const JsonKeySet *set);

/* Begins an object. The serial is not 0, and no other object of the text has it. */
void json_keys_init(JsonKeys *keys, uint64_t serial);
/* Adds a key. Returns 0, -EEXIST if the object has this key already, or -ENOMEM. */
int json_keys_add_any(JsonKeys *keys, JsonKeySet *set, const JsonLiteral *key);

/* Returns the bit of a key; equal keys have equal bits. */
static inline uint64_t json_keys_bit(const JsonLiteral *key) {
        if (key->is_escaped || key->n == 0)
                return UINT64_MAX;
        return UINT64_C(1) << ((key->n ^ 5 * (unsigned char)*key->text) % 64);
}

/* Adds a key like json_keys_add_any(), with a fast path: most keys are few and short, and differ from the others in
 * their bit. */
static inline int json_keys_add(JsonKeys *keys, JsonKeySet *set, const JsonLiteral *key) {
        uint64_t bit = json_keys_bit(key);
        if (keys->seen & bit || keys->n == JSON_KEYS_FEW || key->n > JSON_KEY_SHORT_MAX)
                return json_keys_add_any(keys, set, key);
        keys->seen |= bit;
        keys->few[keys->n++] = *key;
        return 0;
}
