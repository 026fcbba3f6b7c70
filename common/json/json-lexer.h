/* The words of JSON: strings, numbers, names. Each function stands at the beginning of its word
 * and leaves the lexer behind it: 0, or -EBADMSG with the reason noted, or -ENOMEM.
 *
 * While the text is partial, a word that may go on behind its end gives -EAGAIN. The lexer stands at the beginning of the
 * word then, or, for a string, where it stopped: the same function goes on there, so that a long string is read once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "json/json-span.h"
#include "json/json-string.h"

typedef struct JsonLexer {
        const char *text, *at, *end;
        JsonScan *scan;     /* where errors and decoded bytes are noted */
        bool is_partial;    /* more may come behind the end */
        const char *string; /* behind the opening quote of the string that is being read, or NULL */
        size_t n_saved;     /* by decoding that string */
} JsonLexer;

/* Notes what is wrong and where; answers the error. */
int json_lexer_fail(JsonLexer *l, int error, const char *at, const char *why);
/* The text ends within something. */
int json_lexer_fail_at_end(JsonLexer *l);

void json_lexer_skip_blanks(JsonLexer *l);
int json_lexer_string(JsonLexer *l, bool is_key, JsonLiteral *ret);
int json_lexer_number(JsonLexer *l, JsonKind *ret_kind);
int json_lexer_name(JsonLexer *l, const char *name);
