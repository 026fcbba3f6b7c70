/* From the words behind a verb to the params of its call. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account-name.h"
#include "json/json-util.h"
#include "options.h"
#include "params.h"
#include "status.h"

enum { GIVEN_MAX = 64 }; /* more than any method has */

typedef struct Given {
        ParamInfo param;
        const char *text;
} Given;

/* Texts are converted when all words were read: an option behind a text says how to read it, too. */
typedef struct ParamsParser {
        Ctl *ctl;
        const MethodInfo *method;
        struct json_object *params;
        size_t n_by_place;
        char **words;
        int n_words;
        int at;           /* the word that is being read */
        bool only_places; /* behind "--" */
        Given given[GIVEN_MAX];
        size_t n_given;
} ParamsParser;

static int misused(const ParamsParser *p, const char *what, const char *name) {
        status_usage("%s: %s%s; see shmgrctl %.*s %s --help", p->method->name, what, name,
                     (int)p->method->n_family, p->method->name,
                     p->method->name + p->method->n_family + 1);
        return STATUS_USAGE;
}

/* Appends "a, b or c". */
static void say_choices(const ParamInfo *param) {
        size_t n = json_object_array_length(param->choices);

        for (size_t i = 0; i < n; i++)
                fprintf(stderr, "%s%s",
                        i == 0      ? ""
                        : i + 1 < n ? ", "
                                    : " or ",
                        json_object_get_string(json_object_array_get_idx(param->choices, i)));
}

static int refuse_text(const ParamsParser *p, const ParamInfo *param, const char *text,
                       const char *fault) {
        fprintf(stderr, "shmgrctl: %s: %s: '%s' is not ", p->method->name, param->name, text);
        if (param->choices)
                say_choices(param);
        else if (param->kind == PARAM_ANY && p->ctl->reading == READ_JSON)
                fprintf(stderr, "valid JSON");
        else
                fprintf(stderr, "%s %s",
                        strchr("aeiou", param_kind_name(param->kind)[0]) ? "an" : "a",
                        param_kind_name(param->kind));
        fprintf(stderr, "%s%s\n", fault ? ": " : "", fault ? fault : "");
        return STATUS_USAGE;
}

static bool is_choice(const ParamInfo *param, const char *text) {
        for (size_t i = 0; i < json_object_array_length(param->choices); i++) {
                struct json_object *choice = json_object_array_get_idx(param->choices, i);
                if (strcmp(json_object_get_string(choice), text) == 0)
                        return true;
        }
        return false;
}

static int set_value(ParamsParser *p, const ParamInfo *param, struct json_object *value) {
        if (json_object_object_get_ex(p->params, param->name, NULL)) {
                json_object_put(value);
                return misused(p, "given twice: ", param->name);
        }
        if (json_object_object_add(p->params, param->name, value) == 0)
                return STATUS_OK;
        json_object_put(value);
        return status_failure(p->method->name, -ENOMEM);
}

static int set_account(ParamsParser *p, const ParamInfo *param, const char *text) {
        int64_t number;

        if (account_number(param->format, text, &number) < 0)
                return misused(p,
                               strcmp(param->format, "uid") == 0 ? "there is no user "
                                                                 : "there is no group ",
                               text);
        struct json_object *value = json_object_new_int64(number);
        return value ? set_value(p, param, value) : status_failure(p->method->name, -ENOMEM);
}

static int note_text(ParamsParser *p, const ParamInfo *param, const char *text) {
        if (p->n_given == GIVEN_MAX)
                return misused(p, "too many arguments: ", text);
        p->given[p->n_given++] = (Given){.param = *param, .text = text};
        return STATUS_OK;
}

static int set_text(ParamsParser *p, const ParamInfo *param, const char *text) {
        struct json_object *value = NULL;
        const char *fault = NULL;

        if (param->choices && !is_choice(param, text))
                return refuse_text(p, param, text, NULL);
        if (param->is_nullable && param->kind != PARAM_ANY && strcmp(text, "null") == 0)
                return set_value(p, param, NULL);
        if (account_word(param->format))
                return set_account(p, param, text);
        int r = convert_text(text, param->kind, p->ctl->reading, &value, &fault);
        if (r == -EINVAL)
                return refuse_text(p, param, text, fault);
        return r < 0 ? status_failure(p->method->name, r) : set_value(p, param, value);
}

static int take_by_place(ParamsParser *p, const char *text) {
        ParamInfo param;

        if (p->n_by_place == discover_n_params(p->method))
                return misused(p, "too many arguments: ", text);
        discover_param(p->method, p->n_by_place++, &param);
        return note_text(p, &param, text);
}

static bool find_param(const MethodInfo *method, const char *word, size_t n, ParamInfo *ret) {
        for (size_t i = 0; i < discover_n_params(method); i++) {
                discover_param(method, i, ret);
                const char *account = account_word(ret->format);
                if (discover_name_is(ret->name, word, n) ||
                    (account && discover_name_is(account, word, n)))
                        return true;
        }
        return false;
}

static int take_by_name(ParamsParser *p, const char *word) {
        size_t n = strcspn(word, "=");
        ParamInfo param;

        if (!find_param(p->method, word, n, &param))
                return misused(p, "no parameter --", word);
        if (word[n] == '=')
                return note_text(p, &param, word + n + 1);
        if (param.kind == PARAM_BOOL)
                return note_text(p, &param, "true");
        if (p->at + 1 == p->n_words)
                return misused(p, "a value is missing behind --", word);
        return note_text(p, &param, p->words[++p->at]);
}

/* "-", and negative numbers, are values. */
static bool is_option(const char *word) {
        return word[0] == '-' && word[1] != '\0' && !strchr("0123456789.", word[1]);
}

static int take_word(ParamsParser *p) {
        const char *word = p->words[p->at];

        if (p->only_places || !is_option(word))
                return take_by_place(p, word);
        if (strcmp(word, "--") == 0) {
                p->only_places = true;
                return STATUS_OK;
        }
        ParamInfo param;
        bool is_param = strncmp(word, "--", 2) == 0 &&
                        find_param(p->method, word + 2, strcspn(word + 2, "="), &param);
        int n = 0;
        int status =
                is_param ? STATUS_OK
                         : options_take(p->ctl, word,
                                        p->at + 1 < p->n_words ? p->words[p->at + 1] : NULL, &n);
        if (status != STATUS_OK || n > 0) {
                p->at += n - 1;
                return status;
        }
        if (strncmp(word, "--", 2) == 0)
                return take_by_name(p, word + 2);
        return misused(p, "no option (a text that begins with '-' goes behind \"--\"): ", word);
}

static int check_required(ParamsParser *p) {
        ParamInfo param;

        for (size_t i = 0; i < discover_n_params(p->method); i++) {
                discover_param(p->method, i, &param);
                if (param.is_required && !json_object_object_get_ex(p->params, param.name, NULL))
                        return misused(p, "an argument is missing: ", param.name);
        }
        return STATUS_OK;
}

int params_parse(Ctl *ctl, const MethodInfo *method, int n_words, char **words,
                 struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        ParamsParser p = {
                .ctl = ctl, .method = method, .params = params, .words = words, .n_words = n_words};
        int status = params ? STATUS_OK : status_failure(method->name, -ENOMEM);

        for (; status == STATUS_OK && p.at < n_words; p.at++)
                status = take_word(&p);
        for (size_t i = 0; status == STATUS_OK && i < p.n_given; i++)
                status = set_text(&p, &p.given[i].param, p.given[i].text);
        if (status == STATUS_OK)
                status = check_required(&p);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(params);
        return status;
}
