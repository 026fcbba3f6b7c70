/* An option: one row of the table in options.c, and functions that read and write values of its
 * kind. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum OptionKind {
        OPTION_FLAG, /* present or absent, without a value */
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
        OPTION_COMMAND_LINE = 1 << 0, /* not allowed in a file */
        OPTION_FIXED = 1 << 1,        /* a reload does not change it */
        OPTION_HIDDEN = 1 << 2,       /* used by the build of the package */
        OPTION_CAN_BE_EMPTY = 1 << 3, /* the empty text turns off the default */
};

typedef struct Option {
        const char *name;
        char letter; /* a second name on the command line; 0: none */
        OptionKind kind;
        unsigned flags;
        size_t offset; /* of its field, within Options */
        uint64_t minimum, maximum;
        const char *value;    /* name of the value in the help */
        const char *help;     /* one line, without a full stop */
        const char *more;     /* further sentences for the manual, or NULL */
        const char *fallback; /* the default in the help, if it is not a plain value */
} Option;

enum { OPTION_ERROR_MAX = 512, OPTION_VALUE_MAX = 64 };

/* A fault as a sentence for users, with its place if that is known. */
typedef struct OptionError {
        char text[OPTION_ERROR_MAX];
} OptionError;

/* Reads a value into its field of `options`. Returns 0; or -EINVAL, -ERANGE or -ENOMEM with the
 * field unchanged. */
int option_set(const Option *option, void *options, const char *text);
/* Writes why option_set() failed with r for this text. */
void option_explain(const Option *option, const char *text, int r, OptionError *ret);
/* Writes the value of a field in the form that option_set() reads; empty for an unset text. */
void option_format(const Option *option, const void *options, char text[OPTION_VALUE_MAX]);
/* Writes a number in the units of this kind. */
void option_format_number(const Option *option, uint64_t n, char text[OPTION_VALUE_MAX]);

/* Returns whether a and b differ in its field. */
bool option_differs(const Option *option, const void *a, const void *b);
/* Exchanges the values of its field. */
void option_swap(const Option *option, void *a, void *b);
