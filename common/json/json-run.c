/* Runs of bytes in JSON text. A mask has a bit for each byte of a block, the first in the lowest bit. */
#include "json/json-run.h"
#include "json/json-block.h"
#include "json/json-escape.h"
#include "json/json-wide.h"

#define BLOCK_BITS (UINT32_MAX >> (32 - JSON_BLOCK))
#define EVEN_BITS  (UINT32_C(0x55555555) & BLOCK_BITS)

static inline bool is_blank(char c) {
        return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Most runs have at most one blank. */
const char *json_run_blanks(const char *at, const char *end) {
        for (int i = 0; i < 2; i++, at++)
                if (at == end || !is_blank(*at))
                        return at;
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                JsonBlock block = json_block_load(at);
                uint32_t blanks = json_block_equal(block, ' ') | json_block_equal(block, '\n') |
                                  json_block_equal(block, '\t') | json_block_equal(block, '\r');
                if (blanks != BLOCK_BITS)
                        return at + json_block_first(~blanks);
        }
        while (at < end && is_blank(*at))
                at++;
        return at;
}

/* Returns the bytes that are escaped by a backslash before them. *escapes_next is 1 if the last byte of the block before escapes
 * the first byte of this one, and is set for the next block.
 *
 * In a run of backslashes every second one is escaped. Adding to the backslashes the bits at which a run begins on an odd place
 * carries each such run to its end. So the cost is the same for any number of backslashes. */
static inline uint32_t escaped_bytes(uint32_t backslashes, uint32_t *escapes_next) {
        backslashes &= ~*escapes_next;
        uint32_t behind = backslashes << 1 | *escapes_next;
        uint32_t odd_starts = backslashes & ~EVEN_BITS & ~behind;
        uint64_t even_runs = (uint64_t)odd_starts + backslashes;
        *escapes_next = (uint32_t)(even_runs >> JSON_BLOCK) & 1;
        return (EVEN_BITS ^ (uint32_t)(even_runs << 1)) & behind & BLOCK_BITS;
}

const char *json_run_string(const char *at, const char *end, bool *ret_is_escaped) {
        bool is_escaped = false;
        uint32_t escapes_next = 0;
        at = json_wide_skip(at, end);
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                JsonBlock block = json_block_load(at);
                uint32_t quotes = json_block_equal(block, '"');
                uint32_t backslashes = json_block_equal(block, '\\');
                if (backslashes | escapes_next) {
                        quotes &= ~escaped_bytes(backslashes, &escapes_next);
                        uint32_t inside = quotes ? (quotes & -quotes) - 1 : BLOCK_BITS;
                        is_escaped |= (backslashes & inside) != 0;
                }
                if (quotes) {
                        *ret_is_escaped = is_escaped;
                        return at + json_block_first(quotes);
                }
        }
        for (at += escapes_next; at < end && *at != '"'; at++) {
                if (*at == '\\') {
                        is_escaped = true;
                        at++;
                }
        }
        *ret_is_escaped = is_escaped;
        return at < end ? at : end;
}

/* Gives each bit the parity of the bits up to it: all bits from an odd quote up to the next one are set. */
static inline uint32_t between(uint32_t quotes) {
        quotes ^= quotes << 1;
        quotes ^= quotes << 2;
        quotes ^= quotes << 4;
        return quotes ^ quotes << 8;
}

typedef struct Container {
        size_t depth;
        uint32_t escapes_next; /* 1: the first byte of the next block is escaped */
        bool is_in_string;
} Container;

/* Counts the brackets of a block. Returns the byte behind the bracket that ends the container, or NULL. */
static inline const char *container_block(Container *c, const char *at) {
        JsonBlock block = json_block_load(at);
        uint32_t quotes = json_block_equal(block, '"');
        uint32_t backslashes = json_block_equal(block, '\\');
        if (backslashes | c->escapes_next)
                quotes &= ~escaped_bytes(backslashes, &c->escapes_next);
        if (c->is_in_string && !quotes)
                return NULL;
        uint32_t strings = between(quotes) ^ (c->is_in_string ? BLOCK_BITS : 0);
        c->is_in_string = strings >> (JSON_BLOCK - 1) & 1;
        uint32_t opening = json_block_bracket(block, '{') & ~strings;
        uint32_t closing = json_block_bracket(block, '}') & ~strings;
        for (uint32_t brackets = opening | closing; brackets; brackets &= brackets - 1) {
                if (opening & brackets & -brackets)
                        c->depth++;
                else if (--c->depth == 0)
                        return at + json_block_first(brackets) + 1;
        }
        return NULL;
}

/* Counts like container_block() in the last bytes, which do not fill a block. */
static const char *container_rest(Container *c, const char *at, const char *end) {
        for (at += c->escapes_next; at < end; at++) {
                if (c->is_in_string) {
                        if (*at == '\\')
                                at++;
                        else if (*at == '"')
                                c->is_in_string = false;
                } else if (*at == '"') {
                        c->is_in_string = true;
                } else if (*at == '[' || *at == '{') {
                        c->depth++;
                } else if ((*at == ']' || *at == '}') && --c->depth == 0) {
                        return at + 1;
                }
        }
        return end;
}

const char *json_run_container(const char *at, const char *end) {
        Container c = {};
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                const char *behind = container_block(&c, at);
                if (behind)
                        return behind;
                if (c.is_in_string && !c.escapes_next)
                        at = json_wide_skip(at + JSON_BLOCK, end) - JSON_BLOCK;
        }
        return container_rest(&c, at, end);
}

size_t json_run_copy_unescaped(const char *at, const char *end, char *ret) {
        const char *begin = at;
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                JsonBlock block = json_block_load(at);
                json_block_store(ret + (at - begin), block);
                uint32_t backslashes = json_block_equal(block, '\\');
                if (backslashes)
                        return (size_t)(at - begin) + json_block_first(backslashes);
        }
        for (; at < end && *at != '\\'; at++)
                ret[at - begin] = *at;
        return (size_t)(at - begin);
}

size_t json_run_copy_ascii(const char *at, const char *end, char *ret) {
        const char *begin = at;
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                JsonBlock block = json_block_load(at);
                json_block_store(ret + (at - begin), block);
                uint32_t special = json_block_special(block) | json_block_equal(block, 0x7f);
                if (special)
                        return (size_t)(at - begin) + json_block_first(special);
        }
        for (; at < end; at++) {
                unsigned char c = (unsigned char)*at;
                if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
                        break;
                ret[at - begin] = *at;
        }
        return (size_t)(at - begin);
}

size_t json_run_copy_plain(const char *at, const char *end, char *ret) {
        const char *begin = at;
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                JsonBlock block = json_block_load(at);
                json_block_store(ret + (at - begin), block);
                uint32_t found = json_block_needs_escape(block);
                if (found)
                        return (size_t)(at - begin) + json_block_first(found);
        }
        for (; at < end && !json_needs_escape((unsigned char)*at); at++)
                ret[at - begin] = *at;
        return (size_t)(at - begin);
}
