/* Reloading: all of the new settings, or none of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/macros.h"
#include "log.h"
#include "options/settings.h"
#include "reload.h"
#include "server.h"

/* What cannot be changed now stays as it is; whoever changed it is told. */
static void keep_fixed(Options *fresh, Options *old) {
        for (size_t i = 0; i < n_options; i++) {
                const Option *option = &options_table[i];
                if (!(option->flags & (OPTION_FIXED | OPTION_COMMAND_LINE)))
                        continue;
                if ((option->flags & OPTION_FIXED) && option_differs(option, fresh, old))
                        log_warning("%s: the change counts from the next start", option->name);
                option_swap(option, fresh, old);
        }
}

/* A rotated log is left even where the configuration is refused; a log that cannot be opened is kept. */
static void reopen_log(const Options *o) {
        int r = log_open(o->log_file);

        if (r < 0)
                log_error("log-file: %s: %s; the log goes on in the old file", o->log_file,
                          strerror(-r));
}

/* Everything that can fail, before anything is changed. */
static int load(Server *s, const CommandLine *line, Options *ret, OptionError *error) {
        int status = settings_load(line, ret, error);

        if (status == EX_OK && s->options->socket)
                status = settings_find_socket(ret, error);
        if (status != EX_OK) {
                reopen_log(s->options);
                return -EINVAL;
        }
        int r = log_open(ret->log_file);
        if (r < 0)
                snprintf(error->text, sizeof(error->text), "log-file: %s: %s", ret->log_file,
                         strerror(-r));
        return r < 0 ? -EINVAL : 0;
}

int reload(Server *s, const CommandLine *line, OptionError *error) {
        CLEANUP(options_deinit) Options fresh;

        if (load(s, line, &fresh, error) < 0) {
                log_error("%s; everything stays as it was", error->text);
                return -EINVAL;
        }
        log_notice("the configuration was read again: %s", fresh.config ? fresh.config : "no file");
        keep_fixed(&fresh, s->options);
        Options old = *s->options;
        *s->options = fresh;
        fresh = old;
        server_apply_options(s);
        return 0;
}
