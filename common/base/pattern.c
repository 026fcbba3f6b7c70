/* Patterns for names: parsed once into elements, then matched against any number of texts. */
#include <ctype.h>
#include <string.h>

#include "base/macros.h"
#include "base/pattern.h"
#include "base/utf8.h"

enum { BYTE = 0x110000 }; /* beyond all code points: a byte that is part of no character */

typedef struct CharacterClass {
        const char *name;
        int (*has)(int c);
} CharacterClass;

static const CharacterClass classes[] = {
        {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
        {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
        {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

/* Returns the character at *at, and moves *at past it. */
static uint32_t next_character(const char **at) {
        const unsigned char *s = (const unsigned char *)*at;
        size_t n = utf8_sequence(*at, strnlen(*at, 4));

        *at += n > 0 ? n : 1;
        switch (n) {
        case 1:
                return s[0];
        case 2:
                return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
        case 3:
                return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
        case 4:
                return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 |
                       (s[3] & 0x3fu);
        default:
                return BYTE + (uint32_t)s[0];
        }
}

/* Returns the class at an opening "[:", and moves *at past its ":]". Returns NULL if no known class begins here. */
static const CharacterClass *next_class(const char **at) {
        if (strncmp(*at, "[:", 2) != 0)
                return NULL;
        const char *name = *at + 2;
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz");
        if (strncmp(name + n, ":]", 2) != 0)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(classes); i++)
                if (strlen(classes[i].name) == n && strncmp(classes[i].name, name, n) == 0) {
                        *at = name + n + 2;
                        return &classes[i];
                }
        return NULL;
}

/* A character of a set, without the backslash before it. */
static uint32_t next_in_set(const char **at) {
        if (**at == '\\' && (*at)[1])
                ++*at;
        return next_character(at);
}

/* A member of a set: a class, or the characters from first to last. */
typedef struct Member {
        const CharacterClass *class;
        uint32_t first, last;
} Member;

static Member next_member(const char **at) {
        Member member = {.class = next_class(at)};

        if (member.class)
                return member;
        member.first = member.last = next_in_set(at);
        if (**at == '-' && (*at)[1] && (*at)[1] != ']') {
                ++*at;
                member.last = next_in_set(at);
        }
        return member;
}

/* The ']' that ends the set whose members begin here, or NULL. */
static const char *find_end(const char *members) {
        const char *at = members;

        while (*at && (*at != ']' || at == members))
                next_member(&at);
        return *at ? at : NULL;
}

/* Parses a set at a '['. Returns false if the '[' has no ']': it then matches itself. */
static bool parse_set(const Pattern *pattern, const char **at, PatternElement *element) {
        bool is_negated = (*at)[1] == '!' || (*at)[1] == '^';
        const char *members = *at + (is_negated ? 2 : 1), *end = find_end(members);

        if (!end)
                return false;
        *element = (PatternElement){
                .kind = PATTERN_SET,
                .begin = (uint16_t)(members - pattern->text),
                .end = (uint16_t)(end - pattern->text),
                .is_negated = is_negated,
        };
        *at = end + 1;
        return true;
}

static PatternElement parse_element(const Pattern *pattern, const char **at) {
        PatternElement element = {.kind = PATTERN_NOTHING};

        if (**at == '[' && parse_set(pattern, at, &element))
                return element;
        switch (**at) {
        case '*':
                *at += strspn(*at, "*");
                return (PatternElement){.kind = PATTERN_STAR};
        case '?':
                ++*at;
                return (PatternElement){.kind = PATTERN_ANY};
        case '\\':
                if (!*++*at)
                        return element;
                break;
        default:
                break;
        }
        return (PatternElement){.kind = PATTERN_CHARACTER, .character = next_character(at)};
}

bool pattern_init(Pattern *pattern, const char *text) {
        size_t n = strlen(text);

        if (n > PATTERN_MAX)
                return false;
        memcpy(pattern->text, text, n + 1);
        pattern->n_elements = 0;
        for (const char *at = pattern->text; *at;)
                pattern->elements[pattern->n_elements++] = parse_element(pattern, &at);
        return true;
}

static bool member_has(const Member *member, uint32_t c) {
        if (member->class)
                return c < 0x80 && member->class->has((int)c);
        return c >= member->first && c <= member->last;
}

static bool set_has(const Pattern *pattern, const PatternElement *element, uint32_t c,
                    uint64_t *n_compared) {
        const char *at = pattern->text + element->begin, *end = pattern->text + element->end;

        while (at < end) {
                Member member = next_member(&at);
                ++*n_compared;
                if (member_has(&member, c))
                        return !element->is_negated;
        }
        return element->is_negated;
}

static bool element_has(const Pattern *pattern, const PatternElement *element, uint32_t c,
                        uint64_t *n_compared) {
        switch (element->kind) {
        case PATTERN_ANY:
                return true;
        case PATTERN_CHARACTER:
                return c == element->character;
        case PATTERN_SET:
                return set_has(pattern, element, c, n_compared);
        default:
                return false;
        }
}

bool pattern_matches(const Pattern *pattern, const char *text, uint64_t *n_compared) {
        const PatternElement *element = pattern->elements, *end = element + pattern->n_elements;
        const PatternElement *behind_star = NULL;
        /* the text from which the elements behind the star are tried next */
        const char *rest = NULL;
        uint64_t n = 0;
        bool fits = true;

        while (fits && *text) {
                const char *next = text;
                n++;
                if (element < end && element->kind == PATTERN_STAR) {
                        behind_star = ++element;
                        rest = text;
                } else if (element < end &&
                           element_has(pattern, element, next_character(&next), &n)) {
                        element++;
                        text = next;
                } else if (behind_star) {
                        next_character(&rest);
                        text = rest;
                        element = behind_star;
                } else {
                        fits = false;
                }
        }
        while (element < end && element->kind == PATTERN_STAR)
                element++;
        if (n_compared)
                *n_compared += n;
        return fits && element == end;
}

/* Without a star before the last element, no character is compared twice. With one, the elements behind the last star may be
 * tried at each character of the text. */
uint64_t pattern_compares_most(const Pattern *pattern, size_t n) {
        uint64_t n_text = n, n_pattern = strlen(pattern->text);

        for (size_t i = 0; i + 1 < pattern->n_elements; i++)
                if (pattern->elements[i].kind == PATTERN_STAR)
                        return (n_pattern + 2) * (n_text + 1);
        return n_pattern + n_text + 2;
}
