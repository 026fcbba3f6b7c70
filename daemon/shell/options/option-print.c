/* Prints the table of options.
 *
 * The lists of the manual and the sample file are kept in the sources; a test compares them with
 * this output. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/macros.h"
#include "options/option-print.h"

enum { WIDTH = 78, TEXT_MAX = 1024 };

typedef struct Printer {
        FILE *out;
        const char *prefix;    /* of each line */
        bool breaks_sentences; /* each sentence begins a line, as in the source of a manual */
} Printer;

static const char *default_of(const Option *option, char text[OPTION_VALUE_MAX]) {
        Options defaults;

        if (option->fallback)
                return option->fallback;
        options_init(&defaults);
        option_format(option, &defaults, text);
        return text;
}

static bool has_bounds(const Option *option) {
        return option->kind == OPTION_COUNT || option->kind == OPTION_BYTES ||
               option->kind == OPTION_TIME;
}

/* Describes an option in sentences. */
static void describe(const Option *option, char text[TEXT_MAX]) {
        char value[OPTION_VALUE_MAX], least[OPTION_VALUE_MAX], most[OPTION_VALUE_MAX];
        const char *fallback = default_of(option, value);
        int n = snprintf(text, TEXT_MAX, "%c%s.", toupper((unsigned char)option->help[0]),
                         option->help + 1);

        if (option->more)
                n += snprintf(text + n, TEXT_MAX - n, " %s", option->more);
        option_format_number(option, option->minimum, least);
        option_format_number(option, option->maximum, most);
        if (has_bounds(option))
                n += snprintf(text + n, TEXT_MAX - n, " Default: %s; at least %s, at most %s.",
                              fallback, least, most);
        else if (*fallback)
                n += snprintf(text + n, TEXT_MAX - n, " Default: %s.", fallback);
        if (option->flags & OPTION_FIXED)
                snprintf(text + n, TEXT_MAX - n, " A change needs a restart.");
}

static bool ends_sentence(const char *word, size_t n) {
        return n > 0 && word[n - 1] == '.';
}

/* Prints a text in lines of limited width. */
static void print_text(const Printer *p, const char *text) {
        size_t column = 0, n;
        bool is_new = true;

        for (const char *word = text; (n = strcspn(word, " ")) > 0;
             word += n, word += *word == ' ') {
                if (!is_new && column + 1 + n > WIDTH) {
                        fputc('\n', p->out);
                        is_new = true;
                }
                column = is_new ? strlen(p->prefix) : column + 1;
                fprintf(p->out, "%s%.*s", is_new ? p->prefix : " ", (int)n, word);
                column += n;
                is_new = p->breaks_sentences && ends_sentence(word, n);
                if (is_new && word[n])
                        fputc('\n', p->out);
        }
        fputc('\n', p->out);
}

static void print_help(FILE *out) {
        fprintf(out, "Usage: shmgrd [OPTION]...\n"
                     "Keep named shared objects for the programs of this machine.\n\n");
        for (size_t i = 0; i < n_options; i++) {
                const Option *option = &options_table[i];
                char left[64], letter[8] = "", text[OPTION_VALUE_MAX];
                if (option->flags & OPTION_HIDDEN)
                        continue;
                if (option->letter)
                        snprintf(letter, sizeof(letter), "-%c, ", option->letter);
                snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
                         option->value ? "=" : "", option->value ? option->value : "");
                fprintf(out, "  %-28s %s", left, option->help);
                const char *fallback = default_of(option, text);
                if (*fallback)
                        fprintf(out, " (%s)", fallback);
                fputc('\n', out);
        }
        fprintf(out, "\nThe system's file is " SYSTEM_CONFIG ", a user's "
                     "$XDG_CONFIG_HOME/" CONFIG_NAME ".\n");
}

/* Prints an mdoc(7) list of the options allowed in a file, or of all. */
static void print_man(FILE *out, bool for_file) {
        const Printer printer = {.out = out, .prefix = "", .breaks_sentences = true};
        char text[TEXT_MAX];

        fprintf(out, ".Bl -tag -width Ds\n");
        for (size_t i = 0; i < n_options; i++) {
                const Option *option = &options_table[i];
                if (option->flags & (for_file ? OPTION_COMMAND_LINE : OPTION_HIDDEN))
                        continue;
                if (for_file)
                        fprintf(out, ".It Cm %s No = Ar %s\n", option->name, option->value);
                else if (option->value)
                        fprintf(out, ".It Fl -%s Ns = Ns Ar %s\n", option->name, option->value);
                else if (option->letter)
                        fprintf(out, ".It Fl %c , -%s\n", option->letter, option->name);
                else
                        fprintf(out, ".It Fl -%s\n", option->name);
                describe(option, text);
                print_text(&printer, text);
        }
        fprintf(out, ".El\n");
}

/* Prints a file in which no option is set. */
static void print_conf(FILE *out) {
        const Printer printer = {.out = out, .prefix = "# "};
        char text[TEXT_MAX], value[OPTION_VALUE_MAX];

        print_text(&printer,
                   "Options of shmgrd(8); shmgrd.conf(5) describes the format. An option that is "
                   "commented out "
                   "has its default. After a change: shmgrd --check-config, then systemctl reload "
                   "shmgrd, or SIGHUP to the daemon.");
        for (size_t i = 0; i < n_options; i++) {
                const Option *option = &options_table[i];
                if (option->flags & OPTION_COMMAND_LINE)
                        continue;
                fputc('\n', out);
                describe(option, text);
                print_text(&printer, text);
                fprintf(out, "#%s = %s\n", option->name,
                        option->fallback ? option->value : default_of(option, value));
        }
}

static int print_for_package(const char *what, FILE *out) {
        if (strcmp(what, "conf") == 0)
                print_conf(out);
        else if (strcmp(what, "man") == 0 || strcmp(what, "man-conf") == 0)
                print_man(out, what[3] == '-');
        else {
                fprintf(stderr, "shmgrd: --print: '%s' is not man, man-conf or conf\n", what);
                return EX_USAGE;
        }
        return EX_OK;
}

bool options_print_asked(const Options *options, FILE *out, int *ret_status) {
        *ret_status = EX_OK;
        if (options->help)
                print_help(out);
        else if (options->version)
                fprintf(out, "shmgrd %s\n", PACKAGE_VERSION);
        else if (options->print)
                *ret_status = print_for_package(options->print, out);
        else if (options->check_config)
                fprintf(out,
                        options->config ? "%s is valid\n" : "no file is read: the defaults apply\n",
                        options->config);
        else
                return false;
        if ((fflush(out) != 0 || ferror(out)) && *ret_status == EX_OK) {
                fprintf(stderr, "shmgrd: standard output: %s\n", strerror(errno));
                *ret_status = EX_IOERR;
        }
        return true;
}
