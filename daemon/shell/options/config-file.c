/* Reads the configuration file: lines "name = value", comments and empty lines. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "options/config-file.h"

static const char blanks[] = " \t\r\n";

typedef struct ConfigFile {
        const char *path;
        FILE *stream;
        char *text; /* the current line */
        size_t n_text;
        unsigned line;
        unsigned *set_in; /* by option: the line that set it, or 0 */
        Options *options;
        OptionError *error;
} ConfigFile;

static PRINTF_LIKE(2, 3) int complain(ConfigFile *f, const char *format, ...) {
        char reason[OPTION_ERROR_MAX];
        va_list args;

        va_start(args, format);
        vsnprintf(reason, sizeof(reason), format, args);
        va_end(args);
        snprintf(f->error->text, sizeof(f->error->text), "%.200s:%u: %.280s", f->path, f->line,
                 reason);
        return -EINVAL;
}

static int read_option(ConfigFile *f, const Option *option, const char *text) {
        unsigned *set_in = &f->set_in[option - options_table];
        OptionError why;

        if (option->flags & OPTION_COMMAND_LINE)
                return complain(f, "%s can only be given on the command line", option->name);
        if (*set_in)
                return complain(f, "%s is set in line %u already", option->name, *set_in);
        *set_in = f->line;
        int r = option_set(option, f->options, text);
        if (r == 0)
                return 0;
        option_explain(option, text, r, &why);
        return complain(f, "%s", why.text);
}

/* Removes blanks at both ends. */
static char *trim(char *s) {
        s += strspn(s, blanks);
        for (size_t n = strlen(s); n > 0 && strchr(blanks, s[n - 1]); n--)
                s[n - 1] = '\0';
        return s;
}

static int refuse_name(ConfigFile *f, const char *name) {
        Suggestion near;

        options_suggest(name, "", true, &near);
        return complain(f, "unknown option '%.100s'%s", name,
                        near.best[0] ? suggest_text(&near) : "; shmgrd --help lists all");
}

static int read_line(ConfigFile *f, size_t n) {
        if (memchr(f->text, '\0', n))
                return complain(f, "the line contains a NUL byte");
        char *name = trim(f->text), *equals;
        if (*name == '#' || *name == '\0')
                return 0;
        equals = strchr(name, '=');
        if (!equals)
                return complain(f, "'%.100s' is not of the form name = value", name);
        *equals = '\0';
        name = trim(name);
        const Option *option = options_find(name);
        if (!option)
                return refuse_name(f, name);
        return read_option(f, option, trim(equals + 1));
}

static int read_lines(ConfigFile *f) {
        ssize_t n;
        int r = 0;

        while (r == 0 && (errno = 0, n = getline(&f->text, &f->n_text, f->stream)) >= 0) {
                f->line++;
                r = read_line(f, n);
        }
        if (r == 0 && errno) {
                r = -errno;
                snprintf(f->error->text, sizeof(f->error->text), "%.200s: %m", f->path);
        }
        return r;
}

int config_file_read(const char *path, Options *options, OptionError *ret) {
        ConfigFile f = {.path = path, .options = options, .error = ret};

        f.stream = fopen(path, "re");
        if (!f.stream) {
                snprintf(ret->text, sizeof(ret->text), "%.200s: %m", path);
                return -errno;
        }
        f.set_in = calloc(n_options, sizeof(*f.set_in));
        int r = f.set_in ? read_lines(&f) : -ENOMEM;
        free(f.set_in);
        free(f.text);
        fclose(f.stream);
        return r;
}
