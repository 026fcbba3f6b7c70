/* The words of JSON: strings, numbers, names. Each function stands at the beginning of its word
 * and leaves the lexer behind it: 0, or -EBADMSG with the reason noted, or -ENOMEM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "json/json-span.h"
#include "json/json-string.h"

typedef struct JsonLexer {
        const char *text, *at, *end;
        JsonScan *scan; /* where errors and decoded bytes are noted */
} JsonLexer;

/* Notes what is wrong and where; answers the error. */
int json_lexer_fail(JsonLexer *l, int error, const char *at, const char *why);
/* The text ends within something. */
int json_lexer_fail_at_end(JsonLexer *l);

void json_lexer_skip_blanks(JsonLexer *l);
int json_lexer_string(JsonLexer *l, bool is_key, JsonLiteral *ret);
int json_lexer_number(JsonLexer *l, JsonKind *ret_kind);
int json_lexer_name(JsonLexer *l, const char *name);
