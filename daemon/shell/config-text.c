/* Writes the options in force as JSON. */
#include <string.h>

#include "config-text.h"
#include "json/json-text.h"

static int append_text(Buffer *b, const char *text) {
        return text ? json_write_string(b, text, strlen(text)) : buffer_append_string(b, "null");
}

/* Paths may be longer than the buffer of option_format(), so they are appended directly. */
static int append_value(Buffer *b, const Option *option, const Options *options) {
        char text[OPTION_VALUE_MAX];

        if (option->kind == OPTION_TEXT)
                return append_text(b, *(char *const *)((const char *)options + option->offset));
        option_format(option, options, text);
        return append_text(b, text);
}

static int append_option(Buffer *b, const Option *option, const Options *options, bool is_first) {
        int r = is_first ? 0 : buffer_append_string(b, ",");

        if (r == 0)
                r = append_text(b, option->name);
        if (r == 0)
                r = buffer_append_string(b, ":");
        return r == 0 ? append_value(b, option, options) : r;
}

int config_text(Buffer *b, const Options *options) {
        int r = buffer_append_string(b, "{\"file\":");
        bool is_first = true;

        if (r == 0)
                r = append_text(b, options->config);
        if (r == 0)
                r = buffer_append_string(b, ",\"options\":{");
        for (size_t i = 0; r == 0 && i < n_options; i++) {
                if (options_table[i].flags & (OPTION_COMMAND_LINE | OPTION_HIDDEN))
                        continue;
                r = append_option(b, &options_table[i], options, is_first);
                is_first = false;
        }
        return r == 0 ? buffer_append_string(b, "}}") : r;
}
