/* Combines the settings of three sources: defaults, configuration file, command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/macros.h"
#include "options/config-file.h"
#include "options/settings.h"

static const char *getenv_nonempty(const char *name) {
        const char *value = getenv(name);

        return value && *value ? value : NULL;
}

/* Finds the default path of the file; *ret stays NULL if the environment has none. */
static int find_default_file(char **ret) {
        const char *config = getenv_nonempty("XDG_CONFIG_HOME"), *home = getenv_nonempty("HOME");
        int n = 0;

        if (geteuid() == 0)
                n = asprintf(ret, "%s", SYSTEM_CONFIG);
        else if (config)
                n = asprintf(ret, "%s/%s", config, CONFIG_NAME);
        else if (home)
                n = asprintf(ret, "%s/.config/%s", home, CONFIG_NAME);
        return n < 0 ? -ENOMEM : 0;
}

static int exit_status(int r, int status_if_wrong, OptionError *error) {
        if (r == -ENOMEM) {
                snprintf(error->text, sizeof(error->text), "memory ran out");
                return EX_OSERR;
        }
        return r < 0 ? status_if_wrong : EX_OK;
}

/* A file named by the user must exist. */
static int load_file(const char *asked, Options *ret, OptionError *error) {
        CLEANUP(freep) char *usual = NULL;
        int r = asked ? 0 : find_default_file(&usual);

        if (r < 0 || (!asked && !usual))
                return exit_status(r, EX_OK, error);
        r = config_file_read(asked ? asked : usual, ret, error);
        if (!asked && r == -ENOENT)
                return EX_OK;
        ret->config = TAKE_PTR(usual);
        return exit_status(r, EX_CONFIG, error);
}

/* A service manager passes the directory of the service. A build without SQLite ignores it; only a
 * directory named by the user is an error then. */
static int find_state(Options *o) {
        const char *passed = getenv_nonempty("STATE_DIRECTORY");

        if (o->state && *o->state)
                return 0;
        bool is_off = o->state;
        free(o->state);
        o->state = NULL;
        if (!HAVE_SQLITE || is_off || !passed)
                return 0;
        o->state = strndup(passed, strcspn(passed, ":"));
        return o->state ? 0 : -ENOMEM;
}

int settings_load(const CommandLine *line, Options *ret, OptionError *error) {
        Options first;

        /* The command line is read twice: it names the file, and it overrides the file. */
        options_init(ret);
        options_init(&first);
        int status = exit_status(command_line_read(line, &first, error), EX_USAGE, error);
        if (status == EX_OK && !first.help && !first.version && !first.print)
                status = load_file(first.config, ret, error);
        options_deinit(&first);
        if (status == EX_OK)
                status = exit_status(command_line_read(line, ret, error), EX_USAGE, error);
        if (status == EX_OK)
                status = exit_status(find_state(ret), EX_OSERR, error);
        return status;
}

int settings_find_socket(Options *o, OptionError *error) {
        const char *directory = getenv_nonempty("XDG_RUNTIME_DIR");
        int n = 0;

        if (o->socket)
                return EX_OK;
        if (geteuid() == 0)
                n = asprintf(&o->socket, "%s", SYSTEM_SOCKET);
        else if (directory)
                n = asprintf(&o->socket, "%s/shmgrd.sock", directory);
        else {
                snprintf(error->text, sizeof(error->text),
                         "--socket is needed, since $XDG_RUNTIME_DIR is not set");
                return EX_USAGE;
        }
        return exit_status(n < 0 ? -ENOMEM : 0, EX_USAGE, error);
}
