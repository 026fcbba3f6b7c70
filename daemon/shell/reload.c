/* Reloads the configuration: all of the new settings, or none of them.
 *
 * The new settings are read into separate options. Only when the whole file is valid are they
 * exchanged one by one for the present ones, which cannot fail. Options that are fixed at the start
 * keep their values, and the log names them.
 *
 * logrotate uses a reload to make the daemon open a new log file, so the log is opened again even
 * if the file is rejected. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "log.h"
#include "options/settings.h"
#include "reload.h"

static bool is_fixed(const Option *option) {
        return option->flags & (OPTION_FIXED | OPTION_COMMAND_LINE);
}

static void warn_of_fixed(const Options *now, const Options *fresh) {
        for (size_t i = 0; i < n_options; i++) {
                const Option *option = &options_table[i];
                if ((option->flags & OPTION_FIXED) && option_differs(option, fresh, now))
                        log_warning("%s: the change needs a restart", option->name);
        }
}

/* Leaves a rotated log even if the configuration is rejected. If the log cannot be opened, the
 * present one is kept. */
static void reopen_log(const Options *o) {
        int r = log_open(o->log_file);

        if (r < 0)
                log_error("log-file: %s: %s; the daemon continues to write to the old file",
                          o->log_file, strerror(-r));
}

static int load(const Options *now, const CommandLine *line, Options *ret, OptionError *error) {
        int status = settings_load(line, ret, error);

        if (status == EX_OK && now->socket)
                status = settings_find_socket(ret, error);
        if (status != EX_OK) {
                reopen_log(now);
                return -EINVAL;
        }
        int r = log_open(ret->log_file);
        if (r < 0)
                snprintf(error->text, sizeof(error->text), "log-file: %s: %s", ret->log_file,
                         strerror(-r));
        return r < 0 ? -EINVAL : 0;
}

int reload_read(const Options *now, const CommandLine *line, Options *ret, OptionError *error) {
        int r = load(now, line, ret, error);

        if (r < 0) {
                log_error("%s; the configuration is unchanged", error->text);
                return r;
        }
        log_notice("configuration reloaded: %s", ret->config ? ret->config : "no file");
        warn_of_fixed(now, ret);
        return 0;
}

void reload_apply(Options *now, Options *fresh) {
        for (size_t i = 0; i < n_options; i++)
                if (!is_fixed(&options_table[i]))
                        option_swap(&options_table[i], now, fresh);
}
