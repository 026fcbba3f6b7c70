/* The options common to all commands of shmgrctl. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "color.h"
#include "options.h"
#include "status.h"
#include "synonyms.h"

enum { LEFT_WIDTH = 28 };

const Option common_options[] = {
        {.name = "socket",
         .kind = OPTION_TEXT,
         .value = "PATH",
         .completes = COMPLETE_FILES,
         .help = "the daemon's socket ($SHMGR_SOCKET, else\n"
                 "$XDG_RUNTIME_DIR/shmgrd.sock or, if that variable is\n"
                 "not set, /run/user/UID/shmgrd.sock if it exists, else\n"
                 "/run/shmgrd/shmgrd.sock)"},
        {.name = "json", .letter = 'j', .help = "print results and errors as JSON"},
        {.name = "test", .letter = 'q', .help = "print no result; exit with 1 if it is false"},
        {.name = "string", .letter = 's', .help = "a parameter that takes any value gets a string"},
        {.name = "parse",
         .letter = 'J',
         .help = "a parameter that takes any value gets the text parsed\n"
                 "as JSON; a text that is not JSON is an error"},
        {.name = "stdin",
         .help = "read the value of a verb from standard input, as '-' in\n"
                 "its place does; @FILE reads a file"},
        {.name = "hold",
         .help = "hold what a verb acquires (lock acquire, queue reserve)\n"
                 "until standard input ends or a signal arrives"},
        {.name = "color",
         .kind = OPTION_TEXT,
         .value = "WHEN",
         .completes = COMPLETE_CHOICES,
         .types = "auto always never",
         .help = "auto (on a terminal, unless $NO_COLOR is set),\n"
                 "always or never"},
        {.name = "verbose",
         .letter = 'v',
         .help = "if no daemon can be reached, print where it was sought\n"
                 "and how to start one"},
        {.name = "help", .letter = 'h', .help = "show help; after a command, about that command"},
        {.name = "version", .help = "show the version"},
        {0},
};

static bool is(const Option *option, const char *name) {
        return strcmp(option->name, name) == 0;
}

static void set_json(Ctl *ctl) {
        ctl->is_json = true;
        status_set_json(true);
}

bool options_is_empty(const Option *option, const char *text) {
        return option->kind == OPTION_TEXT && !*text && !option->may_be_empty;
}

int options_set(Ctl *ctl, const Option *option, const char *text) {
        if (options_is_empty(option, text))
                return status_usage("--%s: the value is empty", option->name);
        if (is(option, "socket"))
                ctl->socket = text;
        else if (is(option, "json"))
                set_json(ctl);
        else if (is(option, "test"))
                ctl->is_quiet = true;
        else if (is(option, "verbose"))
                ctl->is_verbose = true;
        else if (is(option, "stdin"))
                ctl->from_stdin = true;
        else if (is(option, "hold"))
                ctl->keeps = true;
        else if (is(option, "string"))
                ctl->reading = READ_STRING;
        else if (is(option, "parse"))
                ctl->reading = READ_JSON;
        else if (is(option, "color") && !color_choose(text))
                return status_usage("--color: '%s' is not auto, always or never", text);
        return STATUS_OK;
}

const Option *options_find_letter(char letter) {
        const Option *option = common_options;

        while (option->letter != letter)
                option++;
        return option;
}

static void consider_options(Suggestion *near, const Option *options) {
        char name[SUGGEST_MAX];

        for (const Option *option = options; option && option->name; option++) {
                snprintf(name, sizeof(name), "--%s", option->name);
                suggest_consider(near, name);
        }
}

/* Takes the option of the command that does what this option of another program does. */
static void consider_synonym(Suggestion *near, const Option *own, const char *word) {
        const char *meant = synonyms_option(word);
        char name[SUGGEST_MAX];

        for (const Option *option = own; meant && option && option->name; option++)
                if (strcmp(option->name, meant) == 0) {
                        snprintf(name, sizeof(name), "--%s", meant);
                        suggest_take(near, name);
                }
}

int options_refuse(const Option *own, int fault, const char *word) {
        char letter[] = {'-', (char)optopt, '\0'}, name[SUGGEST_MAX];
        bool is_letter = optopt > 0 && optopt < OPTIONS_LONG;
        Suggestion near;

        if (fault == ':')
                return status_usage("%s needs a value", is_letter ? letter : word);
        suggest_begin(&near, letter);
        consider_synonym(&near, own, letter);
        if (is_letter)
                return status_usage("unknown option %s%s", letter, suggest_text(&near));
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
        if (optopt)
                return status_usage("%s takes no value", name);
        suggest_begin(&near, name);
        consider_options(&near, own);
        consider_options(&near, common_options);
        consider_synonym(&near, own, name);
        return status_usage("unknown option %s%s", name, suggest_text(&near));
}

/* Returns whether a word is this option: its letter, or its name, with or without a value behind
 * '='. */
static bool is_word(const Option *option, const char *word) {
        size_t n = strlen(option->name);

        if (strncmp(word, "--", 2) != 0)
                return option->letter && word[1] == option->letter && !word[2];
        return strncmp(word + 2, option->name, n) == 0 && (!word[2 + n] || word[2 + n] == '=');
}

int options_take(Ctl *ctl, const char *word, const char *next, int *ret_n) {
        const char *equals = strchr(word, '=');
        const char *text = equals ? equals + 1 : NULL;

        *ret_n = 0;
        for (const Option *option = common_options; !is(option, "help"); option++) {
                if (!is_word(option, word) || (option->value ? !text && !next : !!text))
                        continue;
                *ret_n = option->value && !text ? 2 : 1;
                return options_set(ctl, option, text ? text : next);
        }
        return STATUS_OK;
}

bool options_ask_json(int argc, char **argv) {
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
                if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-j") == 0)
                        return true;
        return false;
}

static void fill_grammar(struct option *longs, char *letters) {
        *letters++ = '+';
        *letters++ = ':';
        for (int i = 0; common_options[i].name; i++) {
                longs[i] =
                        (struct option){common_options[i].name,
                                        common_options[i].value ? required_argument : no_argument,
                                        NULL, OPTIONS_LONG + i};
                if (common_options[i].letter)
                        *letters++ = common_options[i].letter;
        }
}

int options_parse(Ctl *ctl, int argc, char **argv, int *ret_first) {
        struct option longs[OPTIONS_MAX + 1] = {0};
        char letters[OPTIONS_MAX + 3] = "";
        int val;

        fill_grammar(longs, letters);
        optind = opterr = 0;
        while ((val = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
                if (val == '?' || val == ':')
                        return options_refuse(NULL, val, argv[optind - 1]);
                const Option *option = val >= OPTIONS_LONG ? &common_options[val - OPTIONS_LONG]
                                                           : options_find_letter((char)val);
                if (is(option, "version")) {
                        printf("shmgrctl %s\n", PACKAGE_VERSION);
                        return STATUS_OK;
                }
                if (is(option, "help"))
                        return OPTIONS_HELP;
                int status = options_set(ctl, option, optarg);
                if (status != STATUS_OK)
                        return status;
        }
        if (optind == argc)
                return status_usage("no command given; see 'shmgrctl --help'");
        *ret_first = optind;
        return OPTIONS_GO_ON;
}

/* A name longer than its column gets a line of its own. Further lines of the help are aligned with
 * the first. */
void option_print_line(const char *left, const char *help) {
        if (strlen(left) > LEFT_WIDTH) {
                printf("  %s\n", left);
                left = "";
        }
        for (size_t n; *help || *left; help += n + (help[n] == '\n'), left = "") {
                n = strcspn(help, "\n");
                printf("  %-*s %.*s\n", LEFT_WIDTH, left, (int)n, help);
        }
}

void option_print(const Option *option) {
        char left[64], letter[8] = "";

        if (option->letter)
                snprintf(letter, sizeof(letter), "-%c, ", option->letter);
        snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name, option->value ? "=" : "",
                 option->value ? option->value : "");
        option_print_line(left, option->help);
}
