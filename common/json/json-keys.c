/* Finds duplicate keys.
 *
 * An object compares its first few short keys one by one. When it gets one more, or a long one, all its keys move to a hash set.
 * All objects of the text share that set. The serial of the object is part of the hash key, so equal keys of different objects
 * do not collide. A key points into the text and is not copied: json_keys_move() adjusts it when the text moves. */
#include <errno.h>
#include <stdlib.h>

#include "base/siphash.h"
#include "json/json-keys.h"

#define CAPACITY_MIN ((size_t)32)
#define CAPACITY_MAX ((size_t)1 << 31)

void json_key_set_deinit(JsonKeySet *set) {
        free(set->entries);
        free(set->index);
        buffer_deinit(&set->scratch);
        *set = (JsonKeySet){};
}

void json_keys_init(JsonKeys *keys, uint64_t serial) {
        keys->serial = serial;
        keys->seen = 0;
        keys->n = 0;
        keys->is_in_set = false;
}

static void literal_move(JsonLiteral *literal, const char *from, const char *to) {
        literal->text = to + (literal->text - from);
}

void json_keys_move(JsonKeys *keys, const char *from, const char *to) {
        for (size_t i = 0; i < keys->n; i++)
                literal_move(&keys->few[i], from, to);
}

void json_key_set_move(JsonKeySet *set, const char *from, const char *to) {
        for (size_t i = 0; i < set->n_entries; i++)
                literal_move(&set->entries[i].key, from, to);
}

size_t json_key_set_memory(const JsonKeySet *set) {
        return set->n_capacity * (sizeof(*set->entries) + 2 * sizeof(*set->index)) +
               set->scratch.capacity;
}

/* The index has two slots for each entry that there is room for. */
static size_t set_mask(const JsonKeySet *set) {
        return 2 * set->n_capacity - 1;
}

/* Returns the slot of this key, or the empty slot that it would take. */
static uint32_t *set_slot(const JsonKeySet *set, uint64_t hash, uint64_t serial,
                          const JsonLiteral *key) {
        size_t mask = set_mask(set), i = hash & mask;
        for (; set->index[i] != 0; i = (i + 1) & mask) {
                const JsonKeyEntry *e = &set->entries[set->index[i] - 1];
                if (e->hash == hash && e->serial == serial && json_literal_equal(&e->key, key))
                        break;
        }
        return &set->index[i];
}

static void index_fill(JsonKeySet *set) {
        size_t mask = set_mask(set);
        for (size_t position = 0; position < set->n_entries; position++) {
                size_t i = set->entries[position].hash & mask;
                while (set->index[i] != 0)
                        i = (i + 1) & mask;
                set->index[i] = (uint32_t)position + 1;
        }
}

/* Makes room for one more key. */
static int set_reserve(JsonKeySet *set) {
        if (set->n_entries < set->n_capacity)
                return 0;
        if (set->n_capacity == CAPACITY_MAX)
                return -ENOMEM;
        size_t n_capacity = set->n_capacity ? 2 * set->n_capacity : CAPACITY_MIN;
        JsonKeyEntry *entries = reallocarray(set->entries, n_capacity, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        set->entries = entries;
        uint32_t *index = calloc(2 * n_capacity, sizeof(*index));
        if (!index)
                return -ENOMEM;
        free(set->index);
        set->index = index;
        set->n_capacity = n_capacity;
        index_fill(set);
        return 0;
}

static int set_hash(JsonKeySet *set, uint64_t serial, const JsonLiteral *key, uint64_t *ret) {
        HashKey hash_key = *hash_key_of_process();
        hash_key.k1 ^= serial;
        if (!key->is_escaped) {
                *ret = siphash13(&hash_key, key->text, key->n);
                return 0;
        }
        buffer_truncate(&set->scratch, 0);
        int r = buffer_reserve(&set->scratch, key->n);
        if (r < 0)
                return r;
        char *decoded = buffer_bytes(&set->scratch);
        *ret = siphash13(&hash_key, decoded, json_literal_decode(key, decoded));
        return 0;
}

static int set_add(JsonKeySet *set, uint64_t serial, const JsonLiteral *key) {
        uint64_t hash;
        int r = set_hash(set, serial, key, &hash);
        if (r < 0)
                return r;
        r = set_reserve(set);
        if (r < 0)
                return r;
        uint32_t *slot = set_slot(set, hash, serial, key);
        if (*slot != 0)
                return -EEXIST;
        set->entries[set->n_entries++] =
                (JsonKeyEntry){.hash = hash, .serial = serial, .key = *key};
        *slot = (uint32_t)set->n_entries;
        return 0;
}

static int few_add(JsonKeys *keys, const JsonLiteral *key) {
        for (size_t i = 0; i < keys->n; i++)
                if (json_literal_equal(&keys->few[i], key))
                        return -EEXIST;
        keys->seen |= json_keys_bit(key);
        keys->few[keys->n++] = *key;
        return 0;
}

int json_keys_add_any(JsonKeys *keys, JsonKeySet *set, const JsonLiteral *key) {
        if (keys->is_in_set)
                return set_add(set, keys->serial, key);
        if (keys->n < JSON_KEYS_FEW && key->n <= JSON_KEY_SHORT_MAX)
                return few_add(keys, key);
        for (size_t i = 0; i < keys->n; i++) {
                int r = set_add(set, keys->serial, &keys->few[i]);
                if (r < 0)
                        return r;
        }
        keys->n = 0;
        keys->seen = UINT64_MAX;
        keys->is_in_set = true;
        return set_add(set, keys->serial, key);
}
