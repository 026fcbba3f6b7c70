/* Reads the command line with getopt_long(3), by the table of options. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "options/command-line.h"

enum { LETTERS_MAX = 2, VAL_OPTION = 256 /* of the first option; smaller values are letters */ };

/* Writes the letters of options for getopt(3). An option given by its letter has no value. */
static void make_letters(char letters[2 + LETTERS_MAX]) {
        size_t n = 0;

        letters[n++] = ':';
        for (size_t i = 0; i < n_options; i++)
                if (options_table[i].letter && n <= LETTERS_MAX)
                        letters[n++] = options_table[i].letter;
        letters[n] = '\0';
}

static const Option *find_option(int val) {
        size_t i = 0;

        if (val >= VAL_OPTION)
                return &options_table[val - VAL_OPTION];
        while (options_table[i].letter != val)
                i++;
        return &options_table[i];
}

static struct option *make_longs(void) {
        struct option *longs = calloc(n_options + 1, sizeof(*longs));

        for (size_t i = 0; longs && i < n_options; i++)
                longs[i] = (struct option){
                        .name = options_table[i].name,
                        .has_arg = options_table[i].kind == OPTION_FLAG ? no_argument
                                                                        : required_argument,
                        .val = VAL_OPTION + (int)i,
                };
        return longs;
}

static PRINTF_LIKE(2, 3) int complain(OptionError *ret, const char *format, ...) {
        va_list args;

        va_start(args, format);
        vsnprintf(ret->text, sizeof(ret->text), format, args);
        va_end(args);
        return -EINVAL;
}

static int set(const Option *option, Options *options, const char *text, OptionError *ret) {
        OptionError why;
        int r = option_set(option, options, text);

        if (r == 0)
                return 0;
        option_explain(option, text, r, &why);
        complain(ret, "--%.480s", why.text);
        return r;
}

/* getopt_long() sets optopt for a known option that has a value and takes none. */
static int refuse_word(const char *word, OptionError *ret) {
        char name[SUGGEST_MAX];
        Suggestion near;

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
        if (optopt && word[1] == '-')
                return complain(ret, "%.100s takes no value", name);
        options_suggest(name, "--", false, &near);
        return complain(ret, "unknown option %.100s%s", name,
                        near.best[0] ? suggest_text(&near) : "; see shmgrd --help");
}

int command_line_read(const CommandLine *line, Options *options, OptionError *ret) {
        CLEANUP(freep) struct option *longs = make_longs();
        char letters[2 + LETTERS_MAX];
        int val;

        make_letters(letters);
        if (!longs)
                return -ENOMEM;
        opterr = 0;
        optind = 0;
        while ((val = getopt_long(line->argc, line->argv, letters, longs, NULL)) >= 0) {
                const char *word = line->argv[optind - 1];
                if (val == ':')
                        return complain(ret, "%.100s needs a value", word);
                if (val == '?')
                        return refuse_word(word, ret);
                int r = set(find_option(val), options, optarg, ret);
                if (r < 0)
                        return r;
        }
        if (optind < line->argc)
                return complain(ret, "unexpected argument '%.100s'; see shmgrd --help",
                                line->argv[optind]);
        return 0;
}
