/* Reads the configuration file: lines "name = value", comments and empty lines. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "options/config-file.h"

enum { FILE_MAX = 1 << 20 }; /* a path may name a device, which does not end */

static const char blanks[] = " \t\r\n";
static const char byte_order_mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 with it */

typedef struct ConfigFile {
        const char *path;
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

/* Reads a line of n bytes, which is NUL-terminated. */
static int read_line(ConfigFile *f, char *text, size_t n) {
        if (memchr(text, '\0', n))
                return complain(f, "the line contains a NUL byte");
        if (f->line == 1 && strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
                text += strlen(byte_order_mark);
        char *name = trim(text), *equals;
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

static int read_lines(ConfigFile *f, char *text, size_t n) {
        int r = 0;

        for (char *at = text, *end = text + n, *newline; r == 0 && at < end; at = newline + 1) {
                newline = memchr(at, '\n', (size_t)(end - at));
                newline = newline ? newline : end;
                *newline = '\0';
                f->line++;
                r = read_line(f, at, (size_t)(newline - at));
        }
        return r;
}

/* Reads the whole file into text, which has room for FILE_MAX + 1 bytes. Returns the number of
 * bytes or a negative errno. */
static ssize_t read_file(const char *path, char *text) {
        FILE *stream = fopen(path, "re");

        if (!stream)
                return -errno;
        errno = 0;
        size_t n = fread(text, 1, FILE_MAX + 1, stream);
        int r = ferror(stream) ? -errno : n > FILE_MAX ? -EFBIG : 0;
        fclose(stream);
        return r < 0 ? r : (ssize_t)n;
}

int config_file_read(const char *path, Options *options, OptionError *ret) {
        ConfigFile f = {.path = path, .options = options, .error = ret};
        CLEANUP(freep) char *text = malloc(FILE_MAX + 1);

        ssize_t n = text ? read_file(path, text) : -ENOMEM;
        if (n < 0) {
                snprintf(ret->text, sizeof(ret->text), "%.200s: %s", path,
                         n == -EFBIG ? "a configuration file has at most 1 MiB"
                                     : strerror((int)-n));
                return (int)n;
        }
        f.set_in = calloc(n_options, sizeof(*f.set_in));
        int r = f.set_in ? read_lines(&f, text, (size_t)n) : -ENOMEM;
        free(f.set_in);
        return r;
}
