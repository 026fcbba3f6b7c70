/* An option: one row of the table in options.c, and how values of its kind are
 * read and written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum OptionKind {
        OPTION_FLAG, /* given or not, without a value */
        OPTION_BOOL,
        OPTION_AUTO, /* auto or off */
        OPTION_TEXT,
        OPTION_MODE, /* octal */
        OPTION_LEVEL,
        OPTION_FD,
        OPTION_COUNT,
        OPTION_BYTES, /* with a unit: K, M, G, T */
        OPTION_TIME,  /* with a unit: ms, s, min, h; a number alone is seconds */
} OptionKind;

enum {
        OPTION_COMMAND_LINE = 1 << 0, /* has no meaning in a file */
        OPTION_FIXED = 1 << 1,        /* stays as it was at the start when the file is read again */
        OPTION_HIDDEN = 1 << 2,       /* for building the package */
        OPTION_CAN_BE_EMPTY = 1 << 3, /* a text: empty turns off what the default turns on */
};

typedef struct Option {
        const char *name;
        OptionKind kind;
        unsigned flags;
        size_t offset; /* of its field, within Options */
        uint64_t minimum, maximum;
        const char *value;    /* how the help calls it */
        const char *help;     /* one line, without a full stop */
        const char *more;     /* further sentences for the manual, or NULL */
        const char *fallback; /* what the help says of the default, where that is no plain value */
} Option;

enum { OPTION_ERROR_MAX = 512, OPTION_VALUE_MAX = 64 };

/* The fault, as a sentence for people, with its place if that is known. */
typedef struct OptionError {
        char text[OPTION_ERROR_MAX];
} OptionError;

/* Reads a value into its field of `options`: 0; -EINVAL, -ERANGE, -ENOMEM, the field being unchanged. */
int option_set(const Option *option, void *options, const char *text);
/* Writes why option_set() failed with r, for the text that it was given. */
void option_explain(const Option *option, const char *text, int r, OptionError *ret);
/* Writes a field's value as option_set() reads it; empty for a text that is not set. */
void option_format(const Option *option, const void *options, char text[OPTION_VALUE_MAX]);
/* Writes a number in the units of this kind. */
void option_format_number(const Option *option, uint64_t n, char text[OPTION_VALUE_MAX]);

/* Whether its field has another value in a than in b. */
bool option_differs(const Option *option, const void *a, const void *b);
/* Exchanges its field's values. */
void option_swap(const Option *option, void *a, void *b);
