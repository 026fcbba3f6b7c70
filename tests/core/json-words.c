/* Compiles json-run.c for blocks of eight bytes, the form for compilers without SSE2. */
#define JSON_BLOCK_WORDS
#define json_run_blanks         json_words_blanks
#define json_run_string         json_words_string
#define json_run_container      json_words_container
#define json_run_copy_unescaped json_words_copy_unescaped
#define json_run_copy_ascii     json_words_copy_ascii
#define json_run_copy_plain     json_words_copy_plain

#include "json/json-run.c"

#include "json-words.h"

uint32_t json_words_special(const char *at) {
        return json_block_special(json_block_load(at)) |
               json_block_special(json_block_load(at + JSON_BLOCK)) << JSON_BLOCK;
}

uint32_t json_words_needs_escape(const char *at) {
        return json_block_needs_escape(json_block_load(at)) |
               json_block_needs_escape(json_block_load(at + JSON_BLOCK)) << JSON_BLOCK;
}
