/* The command for each method of the daemon: TYPE VERB [ARG...]. No method is named in this file;
 * names, parameters and help come from a table (discover.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/suggest.h"
#include "base/buffer.h"
#include "command.h"
#include "discover.h"
#include "help.h"
#include "hold.h"
#include "json/json-util.h"
#include "method.h"
#include "own-methods.h"
#include "params.h"
#include "reconnect.h"
#include "status.h"
#include "synonyms.h"

static bool is_help(const char *word) {
        return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool has_help(int n_words, char **words) {
        for (int i = 0; i < n_words && strcmp(words[i], "--") != 0; i++)
                if (is_help(words[i]))
                        return true;
        return false;
}

static int show(int r) {
        return r < 0 ? status_failure("help", r) : STATUS_OK;
}

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Subtracts the time that has passed from the timeout. */
static int shorten_timeout(struct json_object *params, int64_t elapsed_ms) {
        struct json_object *timeout = json_object_object_get(params, "timeout_ms");
        double left = json_object_get_double(timeout) - (double)elapsed_ms;

        return timeout ? json_put(params, "timeout_ms", json_object_new_double(left > 0 ? left : 0))
                       : 0;
}

/* If the daemon ended during a call that changes nothing, makes it again. */
static int call_until_done(Ctl *ctl, const MethodInfo *method, struct json_object *params,
                           struct json_object **ret) {
        int status = STATUS_OK;

        while (status == STATUS_OK) {
                int64_t before_ms = now_ms();
                int r = ctl_try(ctl, method->name, params, ret);
                if (method->writes || !ctl_lost_daemon(ctl, r))
                        return ctl_finish(ctl, method->name, r);
                status = reconnect(ctl, method->name, NULL, NULL);
                if (shorten_timeout(params, now_ms() - before_ms) < 0)
                        return status_failure(method->name, -ENOMEM);
        }
        return status;
}

/* Reads the words. An argument that the built-in table does not have may belong to a method of a
 * newer daemon, which is then asked. */
static int parse(Ctl *ctl, MethodInfo *method, int n_words, char **words,
                 struct json_object **ret) {
        int status = params_parse(ctl, method, n_words, words, ret);

        if (status != PARAMS_UNKNOWN)
                return status;
        const char *name = method->name;
        CLEANUP(freep) char *family = strndup(name, method->n_family);
        CLEANUP(freep) char *verb = strdup(name + method->n_family + 1);
        if (!family || !verb)
                return status_failure("shmgrctl", -ENOMEM);
        if (!discover_try(ctl, family) || !discover_find(ctl->methods, family, verb, method))
                ctl->is_own = false;
        return params_parse(ctl, method, n_words, words, ret);
}

static int method_call(Ctl *ctl, MethodInfo *method, int n_words, char **words) {
        CLEANUP(json_putp) struct json_object *params = NULL;
        CLEANUP(json_putp) struct json_object *result = NULL;
        const char *instead;
        int status = parse(ctl, method, n_words, words, &params);

        if (status != STATUS_OK)
                return status;
        bool takes = !ctl->is_shell && hold_takes(ctl, method->name, params, &instead);
        if (ctl->keeps && !takes)
                return status_usage("%s: --hold: %s", method->name,
                                    ctl->is_shell ? "a shell holds what its commands acquire anyway"
                                                  : "this verb acquires nothing");
        if (takes)
                return ctl->keeps ? hold_run(ctl, method->name, TAKE_PTR(params))
                                  : hold_refuse(method->name, instead);
        status = call_until_done(ctl, method, params, &result);
        if (status == STATUS_OK)
                status = ctl_answer(ctl, result, method->style);
        if (status == STATUS_OK && !ctl->is_shell && isatty(STDOUT_FILENO))
                help_hint(method->name);
        return status;
}

/* Appends the types that have this verb, or a command of this name: "dict, list". */
static int append_types(struct json_object *methods, const char *verb, Buffer *b) {
        MethodInfo method;
        int r = 0;

        for (size_t i = 0; r == 0 && i < json_object_array_length(methods); i++)
                if (discover_method(methods, i, &method) &&
                    strcmp(method.name + method.n_family + 1, verb) == 0)
                        r = buffer_append_format(b, "%s%.*s", buffer_size(b) ? ", " : "",
                                                 (int)method.n_family, method.name);
        for (const Command *const *command = commands; r == 0 && *command; command++)
                if ((*command)->verb && strcmp((*command)->verb, verb) == 0)
                        r = buffer_append_format(b, "%s%s", buffer_size(b) ? ", " : "",
                                                 (*command)->name);
        return r;
}

/* Refuses a verb whose type is missing, as in "get d k". Returns false for another word. */
static bool refuse_lone_verb(Ctl *ctl, const char *verb) {
        CLEANUP(buffer_deinit) Buffer types = {0};

        if (discover_know(ctl, NULL) < 0 || append_types(ctl->methods, verb, &types) < 0 ||
            buffer_size(&types) == 0)
                return false;
        status_usage("'%s' is a verb and stands behind a type: %.*s; see 'shmgrctl --help'", verb,
                     (int)buffer_size(&types), buffer_bytes(&types));
        return true;
}

static int refuse_family(Ctl *ctl, const char *family) {
        Suggestion near;

        if (refuse_lone_verb(ctl, family))
                return STATUS_USAGE;

        suggest_begin(&near, family);
        for (const OwnFamily *own = own_families; own->name; own++)
                suggest_consider(&near, own->name);
        for (const Command *const *command = commands; *command; command++)
                suggest_consider(&near, (*command)->name);
        return status_usage("'%s' is not a command or a type%s%s", family, suggest_text(&near),
                            near.best[0] ? "" : "; see 'shmgrctl --help'");
}

/* Considers a verb of the family instead of an unknown word. A verb of equal meaning is preferred
 * to one of similar spelling: "pop" of a queue is get, not put. */
static void consider_verb(Suggestion *near, const char *verb) {
        bool is_taken = near->best[0] && near->distance == 0;

        if (!is_taken && synonyms_are(near->word, verb))
                suggest_take(near, verb);
        else if (!is_taken)
                suggest_consider(near, verb);
}

static int refuse_verb(struct json_object *methods, const char *family, const char *verb) {
        Suggestion near;
        MethodInfo method;

        suggest_begin(&near, verb);
        for (size_t i = 0; i < json_object_array_length(methods); i++)
                if (discover_method(methods, i, &method) && discover_is_of_family(&method, family))
                        consider_verb(&near, method.name + method.n_family + 1);
        for (const Command *const *command = commands; *command; command++)
                if ((*command)->verb && strcmp((*command)->name, family) == 0)
                        consider_verb(&near, (*command)->verb);
        return status_usage("%s has no verb '%s'%s%s%s%s", family, verb, suggest_text(&near),
                            near.best[0] ? "" : "; see 'shmgrctl ", near.best[0] ? "" : family,
                            near.best[0] ? "" : "'");
}

int method_run(Ctl *ctl, int argc, char **argv) {
        const char *family = argv[0];
        bool wants_family = argc == 1 || is_help(argv[1]);
        MethodInfo method;

        if (discover_know(ctl, family) < 0)
                return status_failure(family, -ENOMEM);
        if (!discover_has_family(ctl->methods, family) &&
            (!discover_try(ctl, family) || !discover_has_family(ctl->methods, family)))
                return refuse_family(ctl, family);
        if (wants_family)
                return show(help_print_family(ctl->methods, family));
        if (!discover_find(ctl->methods, family, argv[1], &method) &&
            (!discover_try(ctl, family) || !discover_find(ctl->methods, family, argv[1], &method)))
                return refuse_verb(ctl->methods, family, argv[1]);
        if (has_help(argc - 2, argv + 2))
                return show(help_print_method(&method));
        return method_call(ctl, &method, argc - 2, argv + 2);
}
