/* Computes the completions of the last word of a command line. Commands, options, types, verbs and
 * parameters come from tables of this program, names of objects from the daemon. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "command.h"
#include "complete.h"
#include "discover.h"
#include "json/json-util.h"
#include "scan.h"

enum {
        NAME_PATTERN_SIZE = 256,
        PAGE = 500,
        CANDIDATES_MOST = 10000, /* no shell lists more, and each press of TAB asks again */
};

typedef struct Completer {
        Ctl *ctl;
        int n_words;
        char **words;
        const char *word; /* the text to complete: the last word, or its part behind '=' */
        int n_kept;       /* number of bytes of the last word in front of it */
        Completion *result;
        int error;
} Completer;

void completion_deinit(Completion *c) {
        json_object_put(c->found);
        c->found = NULL;
}

static void add(Completer *c, const char *text) {
        Buffer b = {0};

        if (c->error < 0 || strncmp(text, c->word, strlen(c->word)) != 0)
                return;
        int r = buffer_append_format(&b, "%.*s%s", c->n_kept, c->words[c->n_words - 1], text);
        if (r == 0)
                r = json_push(c->result->found,
                              json_object_new_string_len(buffer_bytes(&b), (int)buffer_size(&b)));
        buffer_deinit(&b);
        c->error = r;
}

static void add_option(Completer *c, const char *name, bool has_value) {
        CLEANUP(buffer_deinit) Buffer b = {0};

        c->error = buffer_append_format(&b, "--%s%s", name, has_value ? "=" : "");
        if (c->error == 0)
                c->error = buffer_append(&b, "", 1);
        if (c->error == 0)
                add(c, buffer_bytes(&b));
}

static void add_options(Completer *c, const Option *options) {
        for (const Option *option = options; option && option->name; option++)
                add_option(c, option->name, option->value);
}

/* Returns the table of this program, or that of the daemon once it was fetched; NULL if memory ran
 * out. */
static struct json_object *methods(Completer *c) {
        if (!c->ctl->methods || c->ctl->family)
                discover_know(c->ctl, NULL);
        return c->ctl->methods;
}

static void add_families(Completer *c, bool only_types) {
        struct json_object *all = methods(c);
        CLEANUP(json_putp) struct json_object *seen = json_object_new_object();
        char family[64];
        MethodInfo method;

        for (size_t i = 0; seen && all && i < json_object_array_length(all); i++) {
                if (!discover_method(all, i, &method) || method.n_family >= sizeof(family))
                        continue;
                memcpy(family, method.name, method.n_family);
                family[method.n_family] = '\0';
                if (json_object_object_get_ex(seen, family, NULL) ||
                    (only_types && !method.is_of_type))
                        continue;
                json_object_object_add(seen, family, NULL);
                add(c, family);
        }
}

static void add_verbs(Completer *c, const char *family) {
        struct json_object *all = methods(c);
        MethodInfo method;

        for (size_t i = 0; all && i < json_object_array_length(all); i++)
                if (discover_method(all, i, &method) && discover_is_of_family(&method, family))
                        add(c, method.name + method.n_family + 1);
        for (const Command *const *command = commands; *command; command++)
                if ((*command)->verb && strcmp((*command)->name, family) == 0)
                        add(c, (*command)->verb);
}

static void add_methods(Completer *c) {
        struct json_object *all = methods(c);
        MethodInfo method;

        for (size_t i = 0; all && i < json_object_array_length(all); i++)
                if (discover_method(all, i, &method))
                        add(c, method.name);
}

static void add_commands(Completer *c) {
        for (const Command *const *command = commands; *command; command++)
                if (!(*command)->verb)
                        add(c, (*command)->name);
        add_families(c, false);
}

/* Returns whether a type is in a list separated by blanks. A NULL list has all types. */
static bool is_listed(const char *type, const char *types) {
        size_t n = strlen(type);

        for (const char *at = types; at && *at; at += strcspn(at, " "), at += *at == ' ')
                if (strcspn(at, " ") == n && strncmp(at, type, n) == 0)
                        return true;
        return !types;
}

/* Writes the pattern of names that begin with the word. Returns false if it would be longer than
 * any name. */
static bool write_pattern(const char *word, char pattern[NAME_PATTERN_SIZE]) {
        size_t n = 0;

        for (; *word; word++) {
                if (n + 3 > NAME_PATTERN_SIZE)
                        return false;
                if (strchr("*?[\\", *word))
                        pattern[n++] = '\\';
                pattern[n++] = *word;
        }
        pattern[n++] = '*';
        pattern[n] = '\0';
        return n < NAME_PATTERN_SIZE;
}

static void add_page(Completer *c, struct json_object *page, const char *types) {
        struct json_object *objects = NULL;

        if (!json_object_object_get_ex(page, "objects", &objects))
                return;
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                const char *type = json_object_get_string(json_object_object_get(object, "type"));
                if (type && is_listed(type, types))
                        add(c, json_object_get_string(json_object_object_get(object, "name")));
        }
}

static void add_objects(Completer *c, const char *types) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Scan scan = {.method = "object.scan", .params = params};
        char pattern[NAME_PATTERN_SIZE];

        if (!params || !write_pattern(c->word, pattern) ||
            json_put_string(params, "pattern", pattern) < 0 ||
            json_put_int(params, "count", PAGE) < 0)
                return;
        while (!scan.is_over && json_object_array_length(c->result->found) < CANDIDATES_MOST) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                if (scan_next(c->ctl, &scan, &page) < 0)
                        return;
                add_page(c, page, types);
        }
}

static void add_of_kind(Completer *c, CompleteKind kind, const char *types) {
        switch (kind) {
        case COMPLETE_NOTHING:
                break;
        case COMPLETE_OBJECTS:
                add_objects(c, types);
                break;
        case COMPLETE_TYPES:
                add_families(c, true);
                break;
        case COMPLETE_METHODS:
                add_methods(c);
                break;
        case COMPLETE_COMMANDS:
                add_commands(c);
                break;
        case COMPLETE_CHOICES:
                for (const char *at = types; *at; at += strcspn(at, " "), at += *at == ' ') {
                        char choice[32];
                        snprintf(choice, sizeof(choice), "%.*s", (int)strcspn(at, " "), at);
                        add(c, choice);
                }
                break;
        case COMPLETE_FILES:
                c->result->wants_files = true;
                break;
        }
}

/* Finds the option that a word begins with, or NULL. Of a group of letters only the last may take a
 * value, so the last one counts. */
static const Option *find_option(const Option *options, const char *word) {
        bool is_long = strncmp(word, "--", 2) == 0;
        size_t n = strcspn(word + 2, "=");

        for (const Option *option = options; option && option->name; option++)
                if (is_long ? strlen(option->name) == n && strncmp(option->name, word + 2, n) == 0
                            : option->letter && word[strlen(word) - 1] == option->letter)
                        return option;
        return NULL;
}

static const Option *find_any_option(const Command *command, const char *word) {
        const Option *option = find_option(command ? command->options : NULL, word);

        return option ? option : find_option(common_options, word);
}

static bool is_option(const char *word) {
        return word[0] == '-' && word[1] != '\0';
}

/* For a long option with '=', makes the text behind the '=' the word to complete. */
static bool split_value(Completer *c) {
        const char *equals = strncmp(c->word, "--", 2) == 0 ? strchr(c->word, '=') : NULL;

        if (!equals)
                return false;
        c->n_kept = (int)(equals + 1 - c->word);
        c->word = equals + 1;
        return true;
}

/* Returns the number of words of an option with its value. */
static int option_width(const Command *command, const char *word) {
        const Option *option = find_any_option(command, word);
        bool has_equals = strncmp(word, "--", 2) == 0 && strchr(word, '=');

        return option && option->value && !has_equals ? 2 : 1;
}

/* Reads --socket=PATH and --socket PATH: the names of objects come from that daemon. */
static void note_socket(Completer *c, int at) {
        const char *word = c->words[at];

        if (strncmp(word, "--socket=", 9) == 0)
                c->ctl->socket = word + 9;
        else if (strcmp(word, "--socket") == 0 && at + 1 < c->n_words - 1)
                c->ctl->socket = c->words[at + 1];
}

/* Skips options from word *at on. Returns true if the word to complete is an option or the value of
 * one; otherwise *at is the first word behind the options. */
static bool complete_options(Completer *c, const Command *command, int *at, bool *is_over) {
        while (*at < c->n_words - 1 && !*is_over && is_option(c->words[*at])) {
                if (strcmp(c->words[*at], "--") == 0)
                        *is_over = true;
                int width = option_width(command, c->words[*at]);
                note_socket(c, *at);
                if (*at + width > c->n_words - 1) {
                        const Option *option = find_any_option(command, c->words[*at]);
                        add_of_kind(c, option->completes, option->types);
                        return true;
                }
                *at += width;
        }
        if (*at < c->n_words - 1 || *is_over || c->word[0] != '-')
                return false;
        const Option *option = find_any_option(command, c->word);
        if (split_value(c)) {
                if (option)
                        add_of_kind(c, option->completes, option->types);
                return true;
        }
        add_options(c, command ? command->options : NULL);
        add_options(c, common_options);
        return true;
}

static void complete_command(Completer *c, const Command *command, int at) {
        bool is_over = false;

        for (int n = 0;; n++, at++) {
                bool is_command = command->runs_command && n == command->min_words - 1;
                if (complete_options(c, command, &at, &is_over))
                        return;
                if (is_command) {
                        c->result->command_at = at;
                        return;
                }
                if (at == c->n_words - 1) {
                        if (command->runs_command || n < command->max_words)
                                add_of_kind(c, command->completes, command->types);
                        return;
                }
        }
}

static bool find_param(const MethodInfo *method, const char *word, ParamInfo *ret) {
        size_t n = strcspn(word, "=");

        for (size_t i = 0; i < discover_n_params(method); i++) {
                discover_param(method, i, ret);
                if (discover_name_is(ret->name, word, n))
                        return true;
        }
        return false;
}

static void add_values(Completer *c, const MethodInfo *method, const ParamInfo *param) {
        char family[64];

        snprintf(family, sizeof(family), "%.*s", (int)method->n_family, method->name);
        if (strcmp(param->name, "name") == 0 && method->is_of_type)
                add_objects(c, family);
        else if (strcmp(param->name, "name") == 0)
                add_objects(c, NULL);
        else if (param->kind == PARAM_BOOL)
                add_of_kind(c, COMPLETE_CHOICES, "true false");
        for (size_t i = 0; param->choices && i < json_object_array_length(param->choices); i++)
                add(c, json_object_get_string(json_object_array_get_idx(param->choices, i)));
}

static void add_params(Completer *c, const MethodInfo *method) {
        ParamInfo param;

        for (size_t i = 0; i < discover_n_params(method); i++) {
                discover_param(method, i, &param);
                add_option(c, param.name, param.kind != PARAM_BOOL);
        }
        add_options(c, common_options);
}

/* Walks the parameters given by place and by name, then completes the last word. */
static void complete_method(Completer *c, const MethodInfo *method, int at) {
        size_t n_by_place = 0;
        ParamInfo param;

        for (; at < c->n_words - 1; at++) {
                const char *word = c->words[at];
                if (strncmp(word, "--", 2) != 0)
                        n_by_place++;
                else if (!find_param(method, word + 2, &param))
                        at += option_width(NULL, word) - 1;
                else if (!strchr(word, '=') && param.kind != PARAM_BOOL && ++at == c->n_words - 1) {
                        add_values(c, method, &param);
                        return;
                }
        }
        if (at > c->n_words - 1)
                return;
        if (strncmp(c->word, "--", 2) == 0 && find_param(method, c->word + 2, &param) &&
            split_value(c))
                add_values(c, method, &param);
        else if (c->word[0] == '-')
                add_params(c, method);
        else if (n_by_place < discover_n_params(method)) {
                discover_param(method, n_by_place, &param);
                add_values(c, method, &param);
        }
}

/* Completes a word behind TYPE VERB. */
static void complete_verb(Completer *c, int at) {
        struct json_object *all = methods(c);
        MethodInfo method;

        if (all && discover_find(all, c->words[at], c->words[at + 1], &method))
                complete_method(c, &method, at + 2);
}

static void complete_words(Completer *c) {
        bool is_over = false;
        int at = 0;

        if (complete_options(c, NULL, &at, &is_over))
                return;
        if (at == c->n_words - 1) {
                add_commands(c);
                return;
        }
        bool has_verb = at + 1 < c->n_words - 1;
        const Command *command = command_find(c->words[at], has_verb ? c->words[at + 1] : NULL);
        if (command)
                complete_command(c, command, at + (command->verb ? 2 : 1));
        else if (!has_verb)
                add_verbs(c, c->words[at]);
        else
                complete_verb(c, at);
}

static void complete_last(Completer *c) {
        c->word = c->words[c->n_words - 1];
        c->n_kept = 0;
        complete_words(c);
}

/* Without a match the running daemon is asked, which may be newer than this program and know the
 * word. */
static bool found_nothing(const Completer *c) {
        const Completion *result = c->result;

        return c->error == 0 && c->ctl->is_own && json_object_array_length(result->found) == 0 &&
               !result->wants_files && result->command_at < 0;
}

int complete(Ctl *ctl, int n_words, char **words, Completion *ret) {
        CLEANUP(completion_deinit)
        Completion result = {.found = json_object_new_array(), .command_at = -1};
        Completer c = {.ctl = ctl, .n_words = n_words, .words = words, .result = &result};

        if (!result.found)
                return -ENOMEM;
        if (n_words > 0)
                complete_last(&c);
        if (n_words > 0 && found_nothing(&c) && discover_try(ctl, NULL))
                complete_last(&c);
        if (c.error < 0)
                return c.error;
        *ret = result;
        result.found = NULL;
        return 0;
}
