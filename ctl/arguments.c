/* Parses the options and words after a command's name. getopt_long(3) reads a run of options; an argument between two runs is
 * a word. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "convert.h"
#include "discover.h"
#include "duration.h"
#include "json/json-util.h"
#include "options.h"
#include "own-methods.h"
#include "status.h"

enum {
        NAMES_MAX = 3, /* of an option: timeout, timeout-ms, timeout_ms */
        VAL_COMMAND = OPTIONS_LONG,
        VAL_GLOBAL = 2 * OPTIONS_LONG,
        VAL_MS = 3 * OPTIONS_LONG, /* an option of the command by a name that ends with its unit */
        TEXT_MAX = 64,
};

/* The tables for getopt_long(): the command's own options, and behind them those of all commands. */
typedef struct Grammar {
        char letters[3 + 2 * (ARGUMENTS_MAX + OPTIONS_MAX)];
        char names[NAMES_MAX * ARGUMENTS_MAX][TEXT_MAX];
        struct option longs[NAMES_MAX * ARGUMENTS_MAX + OPTIONS_MAX + 1];
        size_t n_longs, n_letters;
} Grammar;

static void add_long(Grammar *g, const char *name, bool has_value, int val) {
        g->longs[g->n_longs++] =
                (struct option){name, has_value ? required_argument : no_argument, NULL, val};
}

static void add_letter(Grammar *g, char letter, bool has_value) {
        if (!letter || strchr(g->letters, letter))
                return;
        g->letters[g->n_letters++] = letter;
        if (has_value)
                g->letters[g->n_letters++] = ':';
}

/* The parameter of methods is timeout_ms. The option may have this name as well; its number then means milliseconds. */
static void add_timeout_names(Grammar *g, const char *name, int val) {
        for (const char *end = "-_"; *end; end++) {
                char *text = g->names[g->n_longs];
                snprintf(text, TEXT_MAX, "%s%cms", name, *end);
                add_long(g, text, true, val);
        }
}

static void grammar_init(Grammar *g, const Command *command) {
        *g = (Grammar){.letters = "+:", .n_letters = 2};
        for (int i = 0; command->options && command->options[i].name; i++) {
                const Option *option = &command->options[i];
                add_long(g, option->name, option->value, VAL_COMMAND + i);
                if (option->kind == OPTION_TIME)
                        add_timeout_names(g, option->name, VAL_MS + i);
                add_letter(g, option->letter, option->value);
        }
        for (int i = 0; common_options[i].name; i++) {
                add_long(g, common_options[i].name, common_options[i].value, VAL_GLOBAL + i);
                add_letter(g, common_options[i].letter, common_options[i].value);
        }
}

static int complain(const Command *command, const char *what) {
        status_usage("%s%s%s: %s", command->name, command->verb ? " " : "",
                     command->verb ? command->verb : "", what);
        return command_misused(command);
}

/* Returns the i-th word that the usage of the command requires, as "NAME" in "NAME [OPTION...]".
 * *ret_n is its length. */
static const char *required_word(const Command *command, int i, size_t *ret_n) {
        int depth = 0; /* of brackets */

        for (const char *at = command->arguments; *at; at += *at == ' ') {
                size_t n = strcspn(at, " ");
                bool is_required = depth == 0 && *at >= 'A' && *at <= 'Z';
                for (size_t k = 0; k < n; k++)
                        depth += (at[k] == '[') - (at[k] == ']');
                if (is_required && i-- == 0) {
                        *ret_n = strcspn(at, " .");
                        return at;
                }
                at += n;
        }
        *ret_n = 0;
        return "";
}

static int refuse_missing(const Command *command, int n_words) {
        size_t n;
        const char *word = required_word(command, n_words, &n);
        char what[TEXT_MAX];

        snprintf(what, sizeof(what), "missing argument: %.*s", (int)n, word);
        return complain(command, what);
}

/* Finds the verb of a type whose name is like that of a command without words: "sessions kill" is
 * 'session kill'. */
static void find_verb(Ctl *ctl, const Command *command, const char *word, Suggestion *near,
                      char text[2 * TEXT_MAX]) {
        char candidate[2 * TEXT_MAX];
        MethodInfo method;

        snprintf(text, 2 * TEXT_MAX, "%s %s", command->name, word);
        suggest_begin(near, text);
        for (size_t i = 0; i < json_object_array_length(ctl->methods); i++) {
                if (!discover_method(ctl->methods, i, &method))
                        continue;
                snprintf(candidate, sizeof(candidate), "%.*s %s", (int)method.n_family, method.name,
                         method.name + method.n_family + 1);
                suggest_consider(near, candidate);
        }
}

static int refuse_word(Ctl *ctl, const Command *command, const char *word) {
        Suggestion near = {0};
        char text[2 * TEXT_MAX];

        if (command->max_words == 0 && !command->verb && discover_know(ctl, NULL) == 0)
                find_verb(ctl, command, word, &near, text);
        status_usage("%s%s%s: unexpected argument '%s'%s", command->name, command->verb ? " " : "",
                     command->verb ? command->verb : "", word, suggest_text(&near));
        return command_misused(command);
}

static int refuse_range(const Command *command, const Option *option, const char *text) {
        CLEANUP(buffer_deinit) Buffer range = {0};

        if (duration_append(&range, option->least_ms * 1000) < 0 ||
            buffer_append_string(&range, " and ") < 0 ||
            duration_append(&range, option->most_ms * 1000) < 0)
                return status_failure(command->name, -ENOMEM);
        return status_usage("%s%s%s: --%s: '%s' is not within %.*s", command->name,
                            command->verb ? " " : "", command->verb ? command->verb : "",
                            option->name, text, (int)buffer_size(&range), buffer_bytes(&range));
}

static bool is_in_range(const Option *option, double ms) {
        return !option->most_ms ||
               (ms >= (double)option->least_ms && ms <= (double)option->most_ms);
}

static int refuse_value(const Command *command, const Option *option, const char *text) {
        static const char *const expected[] = {
                [OPTION_COUNT] = "a number from 1 to 9223372036854775807",
                [OPTION_STATUS] = "an exit status: a number from 0 to 255",
                [OPTION_TIME] = DURATION_EXPECTED,
        };

        return status_usage("%s%s%s: --%s: '%s' is not %s", command->name, command->verb ? " " : "",
                            command->verb ? command->verb : "", option->name, text,
                            expected[option->kind]);
}

static bool is_between(const char *text, int64_t least, int64_t most) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        const char *fault;

        return convert_text(text, PARAM_INT, READ_EXACT, &value, &fault) == 0 &&
               json_object_get_int64(value) >= least && json_object_get_int64(value) <= most;
}

static bool is_valid(const Option *option, const char *text, double bare_ms, double *ret_ms) {
        switch (option->kind) {
        case OPTION_COUNT:
                return is_between(text, 1, INT64_MAX);
        case OPTION_STATUS:
                return is_between(text, 0, UINT8_MAX);
        case OPTION_TIME:
                return duration_parse(text, bare_ms, ret_ms);
        default:
                return true;
        }
}

/* Numbers and times are checked here, so commands never see a bad one. */
static int set_own(const Command *command, int i, const char *text, double bare_ms,
                   Arguments *ret) {
        const Option *option = &command->options[i];

        ret->given[i] = text ? text : "";
        if (options_is_empty(option, ret->given[i]))
                return status_usage("%s%s%s: --%s: the value is empty", command->name,
                                    command->verb ? " " : "", command->verb ? command->verb : "",
                                    option->name);
        if (!is_valid(option, text, bare_ms, &ret->ms[i]))
                return refuse_value(command, option, text);
        if (option->kind == OPTION_TEXT && option->completes != COMPLETE_FILES &&
            !utf8_is_valid(text, strlen(text)))
                return status_usage("%s%s%s: --%s: '%s' is not UTF-8", command->name,
                                    command->verb ? " " : "", command->verb ? command->verb : "",
                                    option->name, text);
        if (!is_in_range(option, ret->ms[i]))
                return refuse_range(command, option, text);
        return STATUS_OK;
}

static int set_global(Ctl *ctl, const Command *command, const Option *option, const char *text) {
        if (option->letter != 'h')
                return options_set(ctl, option, text);
        command_print_help(command);
        return STATUS_SHOWN;
}

static int find_letter(const Command *command, int letter) {
        for (int i = 0; command->options && command->options[i].name; i++)
                if (command->options[i].letter == letter)
                        return i;
        return -1;
}

static int take_option(Ctl *ctl, const Command *command, int val, char **argv, Arguments *ret) {
        if (val == '?' || val == ':') {
                options_refuse(command->options, val, argv[optind - 1]);
                return command_misused(command);
        }
        if (val >= VAL_MS)
                return set_own(command, val - VAL_MS, optarg, DURATION_MS, ret);
        if (val >= VAL_GLOBAL)
                return set_global(ctl, command, &common_options[val - VAL_GLOBAL], optarg);
        if (val >= VAL_COMMAND)
                return set_own(command, val - VAL_COMMAND, optarg, DURATION_SECONDS, ret);
        int i = find_letter(command, val);
        return i >= 0 ? set_own(command, i, optarg, DURATION_SECONDS, ret)
                      : set_global(ctl, command, options_find_letter((char)val), optarg);
}

/* Reads a run of options that begins behind argv[0]. optind is then the index of the next argument. */
static int read_run(Ctl *ctl, const Command *command, const Grammar *g, int argc, char **argv,
                    Arguments *ret) {
        int status = STATUS_OK, val;

        optind = 0;
        while (status == STATUS_OK &&
               (val = getopt_long(argc, argv, g->letters, g->longs, NULL)) >= 0)
                status = take_option(ctl, command, val, argv, ret);
        return status;
}

/* Without this check a mistyped type would look like an empty result: it matches no object. */
static int check_types(Ctl *ctl, const Command *command, const Arguments *arguments) {
        for (int i = 0; command->options && command->options[i].name; i++) {
                const char *type = arguments->given[i];
                Suggestion near;
                if (!type || command->options[i].completes != COMPLETE_TYPES ||
                    discover_knows(ctl, type))
                        continue;
                suggest_begin(&near, type);
                for (const OwnFamily *own = own_families; own->name; own++)
                        suggest_consider(&near, own->name);
                return status_usage("%s: --%s: unknown type '%s'%s", command->name,
                                    command->options[i].name, type, suggest_text(&near));
        }
        return STATUS_OK;
}

/* Names, patterns and methods are UTF-8; files and the words of a command may be any bytes. */
static int check_utf8(const Command *command, const Arguments *arguments) {
        int n = command->runs_command ? command->min_words - 1 : arguments->n_words;

        for (int i = 0; i < n && command->completes != COMPLETE_FILES; i++)
                if (!utf8_is_valid(arguments->words[i], strlen(arguments->words[i])))
                        return status_usage("%s%s%s: the argument '%s' is not UTF-8", command->name,
                                            command->verb ? " " : "",
                                            command->verb ? command->verb : "",
                                            arguments->words[i]);
        return STATUS_OK;
}

static bool is_end_of_options(char **argv, int at) {
        return at > 0 && strcmp(argv[at - 1], "--") == 0;
}

int arguments_read(Ctl *ctl, const Command *command, int argc, char **argv, Arguments *ret) {
        bool is_over = false; /* all further arguments are words, even with a dash */
        Grammar g;
        int at = 0;

        grammar_init(&g, command);
        *ret = (Arguments){.words = argv + 1};
        while (at < argc - 1) {
                optind = 1;
                if (!is_over) {
                        int status = read_run(ctl, command, &g, argc - at, argv + at, ret);
                        if (status != STATUS_OK)
                                return status;
                        is_over = is_end_of_options(argv + at, optind) ||
                                  (command->runs_command && ret->n_words == command->min_words - 1);
                }
                at += optind;
                if (at < argc)
                        ret->words[ret->n_words++] = argv[at];
        }
        ret->words[ret->n_words] = NULL;
        if (ctl->from_stdin)
                return complain(command, "--stdin works only with verbs that take a value");
        if (ret->n_words < command->min_words)
                return refuse_missing(command, ret->n_words);
        if (!command->runs_command && ret->n_words > command->max_words)
                return refuse_word(ctl, command, ret->words[command->max_words]);
        int status = check_utf8(command, ret);
        return status == STATUS_OK ? check_types(ctl, command, ret) : status;
}

int64_t arguments_count(const Arguments *arguments, int option, int64_t fallback) {
        const char *text = arguments->given[option];

        return text ? strtoll(text, NULL, 10) : fallback;
}

int64_t arguments_ms(const Arguments *arguments, int option, int64_t fallback) {
        double ms = ceil(arguments->ms[option]);

        if (!arguments->given[option])
                return fallback;
        return ms < (double)INT64_MAX ? (int64_t)ms : INT64_MAX;
}

int arguments_put_timeout(const Arguments *arguments, int option, struct json_object *params) {
        return arguments->given[option] ? json_put(params, "timeout_ms",
                                                   json_object_new_double(arguments->ms[option]))
                                        : 0;
}
