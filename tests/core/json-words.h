/* The functions of json-run.h for blocks of eight bytes, under names of their own beside the
 * library's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *json_words_blanks(const char *at, const char *end);
const char *json_words_string(const char *at, const char *end, bool *ret_is_escaped);
const char *json_words_container(const char *at, const char *end);
size_t json_words_copy_unescaped(const char *at, const char *end, char *ret);
size_t json_words_copy_ascii(const char *at, const char *end, char *ret);
size_t json_words_copy_plain(const char *at, const char *end, char *ret);

/* Returns the masks of two blocks, 16 bytes. */
uint32_t json_words_special(const char *at);
uint32_t json_words_needs_escape(const char *at);
