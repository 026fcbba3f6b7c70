/* Builds the params of a call from the words behind the verb. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account-name.h"
#include "base/buffer.h"
#include "base/suggest.h"
#include "duration.h"
#include "json/json-util.h"
#include "options.h"
#include "params.h"
#include "status.h"
#include "value-source.h"

enum { GIVEN_MAX = 64 }; /* more parameters than any method has */

typedef struct Given {
        ParamInfo param;
        const char *text;
        bool has_unit;   /* was given by a full name such as timeout_ms */
        bool is_literal; /* was given behind "--" */
} Given;

/* Texts are converted only when all words were read, since an option behind a text may change how
 * it is read. */
typedef struct ParamsParser {
        Ctl *ctl;
        const MethodInfo *method;
        struct json_object *params;
        size_t n_by_place;
        char **words;
        int n_words;
        int at;           /* index of the current word */
        bool only_places; /* "--" was read */
        Given given[GIVEN_MAX];
        size_t n_given;
} ParamsParser;

static int misused(const ParamsParser *p, const char *what, const char *name, const char *advice) {
        const char *method = p->method->name;

        if (*advice)
                return status_usage("%s: %s%s%s", method, what, name, advice);
        return status_usage("%s: %s%s; see 'shmgrctl %.*s %s --help'", method, what, name,
                            (int)p->method->n_family, method, method + p->method->n_family + 1);
}

/* Appends "a, b or c". */
static int append_choices(Buffer *b, const ParamInfo *param) {
        size_t n = json_object_array_length(param->choices);
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = buffer_append_format(
                        b, "%s%s",
                        i == 0      ? ""
                        : i + 1 < n ? ", "
                                    : " or ",
                        json_object_get_string(json_object_array_get_idx(param->choices, i)));
        return r;
}

static int append_expected(const ParamsParser *p, const ParamInfo *param, Buffer *b) {
        const char *kind = param_kind_name(param->kind);

        if (param->choices)
                return append_choices(b, param);
        if (param->kind == PARAM_ANY && p->ctl->reading == READ_JSON)
                return buffer_append_string(b, "valid JSON");
        if (param->kind == PARAM_ANY)
                return buffer_append_string(b, "a value");
        return buffer_append_format(b, "%s %s", strchr("aeiou", kind[0]) ? "an" : "a", kind);
}

static int refuse_text(const ParamsParser *p, const ParamInfo *param, const char *text,
                       const char *fault) {
        CLEANUP(buffer_deinit) Buffer expected = {0};

        if (append_expected(p, param, &expected) < 0)
                return status_failure(p->method->name, -ENOMEM);
        return status_usage("%s: %s: '%s' is not %.*s%s%s", p->method->name, param->name, text,
                            (int)buffer_size(&expected), buffer_bytes(&expected), fault ? ": " : "",
                            fault ? fault : "");
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
                return misused(p, "parameter given twice: ", param->name, "");
        }
        if (json_object_object_add(p->params, param->name, value) == 0)
                return STATUS_OK;
        json_object_put(value);
        return status_failure(p->method->name, -ENOMEM);
}

static int set_account(ParamsParser *p, const ParamInfo *param, const char *text) {
        int64_t number;

        if (account_number(param->format, text, &number) < 0)
                return misused(
                        p, strcmp(param->format, "uid") == 0 ? "unknown user " : "unknown group ",
                        text, "");
        struct json_object *value = json_object_new_int64(number);
        return value ? set_value(p, param, value) : status_failure(p->method->name, -ENOMEM);
}

static int refuse_more(const ParamsParser *p, const char *text) {
        return status_usage("%s: unexpected argument '%s'; see 'shmgrctl %.*s %s --help'",
                            p->method->name, text, (int)p->method->n_family, p->method->name,
                            p->method->name + p->method->n_family + 1);
}

static int note_text(ParamsParser *p, const ParamInfo *param, const char *text, bool has_unit) {
        if (p->n_given == GIVEN_MAX)
                return refuse_more(p, text);
        p->given[p->n_given++] = (Given){
                .param = *param, .text = text, .has_unit = has_unit, .is_literal = p->only_places};
        return STATUS_OK;
}

/* Converts a time to milliseconds. */
static int set_time(ParamsParser *p, const ParamInfo *param, const char *text, bool has_unit) {
        double ms;

        if (!duration_parse(text, has_unit ? DURATION_MS : DURATION_SECONDS, &ms))
                return status_usage("%s: %.*s: '%s' is not " DURATION_EXPECTED, p->method->name,
                                    (int)strlen(param->name) - 3, param->name, text);
        struct json_object *value = param->kind == PARAM_INT ? json_object_new_int64((int64_t)ms)
                                                             : json_object_new_double(ms);
        return value ? set_value(p, param, value) : status_failure(p->method->name, -ENOMEM);
}

static int set_text(ParamsParser *p, const Given *given, const char *text) {
        const ParamInfo *param = &given->param;
        struct json_object *value = NULL;
        const char *fault = NULL;

        if (param->choices && !is_choice(param, text))
                return refuse_text(p, param, text, NULL);
        if (param->is_nullable && param->kind != PARAM_ANY && strcmp(text, "null") == 0)
                return set_value(p, param, NULL);
        if (account_word(param->format))
                return set_account(p, param, text);
        if (discover_is_time(param))
                return set_time(p, param, text, given->has_unit);
        int r = convert_text(text, param->kind, p->ctl->reading, &value, &fault);
        if (r == -EINVAL)
                return refuse_text(p, param, text, fault);
        return r < 0 ? status_failure(p->method->name, r) : set_value(p, param, value);
}

/* Only parameters that may have a large value can be read from a source: "-" or @FILE. */
static bool takes_source(const ParamInfo *param) {
        return (param->kind == PARAM_ANY || param->kind == PARAM_ARRAY ||
                param->kind == PARAM_OBJECT) &&
               !param->choices;
}

static int set_from_source(ParamsParser *p, const Given *given) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        const char *name = p->method->name;

        if (p->ctl->is_shell && strcmp(given->text, "-") == 0)
                return status_usage(
                        "%s: %s: the shell reads its commands from standard input; use @FILE", name,
                        given->param.name);
        int r = value_source_read(given->text, &text);
        if (r == -EILSEQ)
                return status_usage("%s: %s: '%s' contains a NUL byte", name, given->param.name,
                                    given->text);
        if (r < 0)
                return status_usage("%s: %s: '%s': %s", name, given->param.name, given->text,
                                    strerror(-r));
        return set_text(p, given, buffer_bytes(&text));
}

static int set_given(ParamsParser *p, const Given *given) {
        return takes_source(&given->param) && !given->is_literal && value_source_is(given->text)
                       ? set_from_source(p, given)
                       : set_text(p, given, given->text);
}

static bool is_given(const ParamsParser *p, const ParamInfo *param) {
        for (size_t i = 0; i < p->n_given; i++)
                if (strcmp(p->given[i].param.name, param->name) == 0)
                        return true;
        return false;
}

/* Applies --stdin to the first parameter that can be read from a source and was not given. */
static int take_stdin(ParamsParser *p) {
        ParamInfo param;

        for (size_t i = 0; i < discover_n_params(p->method); i++) {
                discover_param(p->method, i, &param);
                if (takes_source(&param) && !is_given(p, &param)) {
                        p->only_places = false;
                        return note_text(p, &param, "-", false);
                }
        }
        return misused(p, "--stdin: every value is already given", "", "");
}

static int take_by_place(ParamsParser *p, const char *text) {
        ParamInfo param;

        if (p->n_by_place == discover_n_params(p->method))
                return p->ctl->is_own ? PARAMS_UNKNOWN : refuse_more(p, text);
        discover_param(p->method, p->n_by_place++, &param);
        return note_text(p, &param, text, false);
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

static int refuse_name(const ParamsParser *p, const char *word, size_t n) {
        char name[SUGGEST_MAX], candidate[SUGGEST_MAX];
        ParamInfo param;
        Suggestion near;

        if (p->ctl->is_own)
                return PARAMS_UNKNOWN;
        snprintf(name, sizeof(name), "--%.*s", (int)n, word);
        suggest_begin(&near, name);
        for (size_t i = 0; i < discover_n_params(p->method); i++) {
                discover_param(p->method, i, &param);
                snprintf(candidate, sizeof(candidate), "--%s", param.name);
                suggest_consider(&near, candidate);
        }
        for (const Option *option = common_options; option->name; option++) {
                snprintf(candidate, sizeof(candidate), "--%s", option->name);
                suggest_consider(&near, candidate);
        }
        return misused(p, "unknown parameter or option ", name, suggest_text(&near));
}

static int take_by_name(ParamsParser *p, const char *word) {
        size_t n = strcspn(word, "=");
        ParamInfo param;

        if (!find_param(p->method, word, n, &param))
                return refuse_name(p, word, n);
        bool has_unit = n == strlen(param.name);
        if (word[n] == '=')
                return note_text(p, &param, word + n + 1, has_unit);
        if (param.kind == PARAM_BOOL)
                return note_text(p, &param, "true", has_unit);
        if (p->at + 1 == p->n_words)
                return misused(p, "missing value of --", word, "");
        return note_text(p, &param, p->words[++p->at], has_unit);
}

/* "-" and negative numbers are values, not options. */
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
        return misused(p, "unknown option ", word,
                       "; put -- before arguments that begin with a dash");
}

static int check_required(ParamsParser *p) {
        ParamInfo param;

        for (size_t i = 0; i < discover_n_params(p->method); i++) {
                discover_param(p->method, i, &param);
                if (param.is_required && !json_object_object_get_ex(p->params, param.name, NULL))
                        return misused(p, "missing argument: ", param.name, "");
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
        if (status == STATUS_OK && ctl->from_stdin)
                status = take_stdin(&p);
        for (size_t i = 0; status == STATUS_OK && i < p.n_given; i++)
                status = set_given(&p, &p.given[i]);
        if (status == STATUS_OK)
                status = check_required(&p);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(params);
        return status;
}
