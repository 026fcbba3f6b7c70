/* Doubled keys. A few are compared one by one. From one more on, all keys of the object are in
 * one hash set that the whole text shares; the object's serial is part of the hash key, so that
 * equal keys of different objects lie apart. */
#include <errno.h>
#include <stdlib.h>

#include "json-keys.h"
#include "siphash.h"

#define SLOTS_MIN ((size_t)64)

void json_key_set_deinit(JsonKeySet *set) {
        free(set->slots);
        buffer_deinit(&set->scratch);
        *set = (JsonKeySet){};
}

void json_keys_init(JsonKeys *keys, uint64_t serial) {
        keys->serial = serial;
        keys->n = 0;
}

/* The place of a key with this hash that no equal key holds: 0 or -EEXIST. */
static int set_find_place(const JsonKeySet *set, uint64_t hash, uint64_t serial,
                          const JsonLiteral *key, JsonKeySlot **ret) {
        size_t mask = set->n_slots - 1;
        size_t i = hash & mask;
        for (; set->slots[i].serial != 0; i = (i + 1) & mask) {
                const JsonKeySlot *slot = &set->slots[i];
                if (slot->hash == hash && slot->serial == serial &&
                    json_literal_equal(&slot->key, key))
                        return -EEXIST;
        }
        *ret = &set->slots[i];
        return 0;
}

/* Makes room for one more: at most half of the slots are in use. */
static int set_reserve(JsonKeySet *set) {
        if (2 * (set->n_used + 1) <= set->n_slots)
                return 0;
        size_t n_slots = set->n_slots ? 2 * set->n_slots : SLOTS_MIN;
        JsonKeySlot *slots = calloc(n_slots, sizeof(*slots));
        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < set->n_slots; i++) {
                if (set->slots[i].serial == 0)
                        continue;
                size_t place = set->slots[i].hash & (n_slots - 1);
                while (slots[place].serial != 0)
                        place = (place + 1) & (n_slots - 1);
                slots[place] = set->slots[i];
        }
        free(set->slots);
        set->slots = slots;
        set->n_slots = n_slots;
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
        JsonKeySlot *place;
        r = set_find_place(set, hash, serial, key, &place);
        if (r < 0)
                return r;
        *place = (JsonKeySlot){.hash = hash, .serial = serial, .key = *key};
        set->n_used++;
        return 0;
}

static int few_add(JsonKeys *keys, const JsonLiteral *key) {
        for (size_t i = 0; i < keys->n; i++)
                if (json_literal_equal(&keys->few[i], key))
                        return -EEXIST;
        keys->few[keys->n++] = *key;
        return 0;
}

int json_keys_add(JsonKeys *keys, JsonKeySet *set, const JsonLiteral *key) {
        if (keys->n < JSON_KEYS_FEW)
                return few_add(keys, key);
        if (keys->n == JSON_KEYS_FEW) {
                for (size_t i = 0; i < JSON_KEYS_FEW; i++) {
                        int r = set_add(set, keys->serial, &keys->few[i]);
                        if (r < 0)
                                return r;
                }
        }
        int r = set_add(set, keys->serial, key);
        if (r == 0)
                keys->n++;
        return r;
}
