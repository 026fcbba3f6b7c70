/* The command that every method of the daemon is: TYPE VERB [ARG...]. Nothing here knows a method;
 * their names, parameters and help come from the daemon. */
#include <string.h>
#include <unistd.h>

#include "discover.h"
#include "help.h"
#include "hold.h"
#include "json/json-util.h"
#include "method.h"
#include "params.h"
#include "status.h"

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

static int method_call(Ctl *ctl, const MethodInfo *method, int n_words, char **words) {
        CLEANUP(json_putp) struct json_object *params = NULL;
        const char *instead;
        int status = params_parse(ctl, method, n_words, words, &params);

        if (status != STATUS_OK)
                return status;
        bool takes = !ctl->is_shell && hold_takes(ctl, method->name, params, &instead);
        if (ctl->keeps && !takes)
                return status_usage("%s: --hold: %s", method->name,
                                    ctl->is_shell ? "the shell holds what its commands take"
                                                  : "it takes nothing that could be held");
        if (takes)
                return ctl->keeps ? hold_run(ctl, method->name, TAKE_PTR(params))
                                  : hold_refuse(method->name, instead);
        status = ctl_run(ctl, method->name, TAKE_PTR(params), method->style);
        if (status == STATUS_OK && !ctl->is_shell && isatty(STDOUT_FILENO))
                help_hint(method->name);
        return status;
}

int method_run(Ctl *ctl, int argc, char **argv) {
        const char *family = argv[0];
        MethodInfo method;
        int status = discover_fetch(ctl, family);

        if (status != STATUS_OK)
                return status;
        if (!discover_has_family(ctl->methods, family))
                return status_usage(
                        "there is no command and no type '%s'; see shmgrctl --help, and "
                        "shmgrctl discover for the types",
                        family);
        if (argc == 1 || is_help(argv[1]))
                return show(help_print_family(ctl->methods, family));
        if (!discover_find(ctl->methods, family, argv[1], &method))
                return status_usage("%s has no '%s'; shmgrctl %s lists what it has", family,
                                    argv[1], family);
        if (has_help(argc - 2, argv + 2))
                return show(help_print_method(&method));
        return method_call(ctl, &method, argc - 2, argv + 2);
}
