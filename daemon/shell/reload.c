/* Reloading: all of the new settings, or none of them. */
#include <errno.h>
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

int reload(Server *s, const CommandLine *line, OptionError *error) {
        CLEANUP(options_deinit) Options fresh;
        int status = settings_load(line, &fresh, error);

        if (status == EX_OK && s->options->socket)
                status = settings_find_socket(&fresh, error);
        if (status != EX_OK) {
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
