/* Reads lines from a terminal. libedit provides the functions of readline under another header
 * name. Both get their keys from line-keys.c, which handles the signals, and install no handler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#if defined(HAVE_LIBEDIT)
#include <editline/readline.h>
#elif defined(HAVE_READLINE)
#include <readline/history.h>
#include <readline/readline.h>
#endif

#include "base/buffer.h"
#include "base/macros.h"
#include "charset.h"
#include "line-editor.h"
#include "line-keys.h"

static const LineEditing *line_editing;

#if defined(HAVE_LIBEDIT) || defined(HAVE_READLINE)
enum { HISTORY_MAX = 1000 };

static struct json_object *found; /* the completions of the last word */
static size_t n_found_given;
static char *history_path;

static char *make_history_path(void) {
        const char *given = getenv("SHMGRCTL_HISTORY"), *home = getenv("HOME");
        char *path;

        if (given)
                return *given ? strdup(given) : NULL;
        return home && asprintf(&path, "%s/.shmgrctl_history", home) >= 0 ? path : NULL;
}

static char *next_match(const char *text, int state) {
        if (state == 0)
                n_found_given = 0;
        if (!found || n_found_given == json_object_array_length(found))
                return NULL;
        return strdup(json_object_get_string(json_object_array_get_idx(found, n_found_given++)));
}

/* Readline's own completion with file names is turned off: no argument here is a file. */
static char **complete_line(const char *text, int start, int end) {
        CLEANUP(freep) char *line = strndup(rl_line_buffer, (size_t)end);

        rl_attempted_completion_over = 1;
        json_object_put(found);
        line_keys_let_signals();
        found = line ? line_editing->complete(line, line_editing->userdata) : NULL;
        line_keys_hold_signals();
        if (!found)
                return NULL;
        const char *first = json_object_get_string(json_object_array_get_idx(found, 0));
        /* No blank follows an option with '=', since its value does. */
        rl_completion_append_character =
                json_object_array_length(found) == 1 && first[strlen(first) - 1] == '=' ? '\0'
                                                                                        : ' ';
        return rl_completion_matches(text, next_match);
}

/* libedit asks for wide characters, readline for bytes. */
#ifdef HAVE_LIBEDIT
static int read_key(FILE *file) {
        mbstate_t state = {0};
        wchar_t character;
        int byte;

        while ((byte = line_keys_read()) != EOF) {
                size_t n = mbrtowc(&character, &(char){(char)byte}, 1, &state);
                if (n == (size_t)-1)
                        state = (mbstate_t){0};
                else if (n != (size_t)-2)
                        return (int)character;
        }
        return EOF;
}
#else
static int read_key(FILE *file) {
        return line_keys_read();
}
#endif

static void leave_terminal(void) {
        rl_deprep_terminal();
}

static void enter_terminal(void) {
        rl_prep_terminal(1);
}

static void redraw(void) {
        rl_forced_update_display();
}

static void resize(void) {
        rl_resize_terminal();
}

static void begin_library(void) {
        static char blanks[] = " \t\n";

        charset_begin();
        rl_getc_function = read_key;
        rl_catch_signals = 0;
        rl_catch_sigwinch = 0;
        rl_readline_name = (char *)"shmgrctl";
        rl_attempted_completion_function = complete_line;
        rl_basic_word_break_characters = blanks;
        rl_completer_word_break_characters = blanks;
}

void line_editor_begin(const LineEditing *editing) {
        line_editing = editing;
        begin_library();
        using_history();
        stifle_history(HISTORY_MAX);
        history_path = make_history_path();
        if (history_path)
                read_history(history_path);
}

/* The history may hold secrets, so other users must not read it. */
void line_editor_end(void) {
        mode_t before = umask(077);

        if (history_path)
                write_history(history_path);
        umask(before);
        free(history_path);
        history_path = NULL;
        json_object_put(found);
        found = NULL;
}

static char *read_line(const char *prompt) {
        char *line = readline(prompt);

        if (line && *line && !line_keys_ended_by())
                add_history(line);
        return line;
}
#else
static const char *prompt_shown;

static void leave_terminal(void) {
        fflush(stdout);
}

static void enter_terminal(void) {
}

static void redraw(void) {
        fputs(prompt_shown, stdout);
        fflush(stdout);
}

static void resize(void) {
}

void line_editor_begin(const LineEditing *editing) {
        line_editing = editing;
}

void line_editor_end(void) {
}

static char *read_line(const char *prompt) {
        CLEANUP(buffer_deinit) Buffer line = {0};
        int byte;

        prompt_shown = prompt;
        redraw();
        while ((byte = line_keys_read()) != EOF && byte != '\n')
                if (buffer_append_byte(&line, (char)byte) < 0)
                        return NULL;
        if (byte == EOF && buffer_size(&line) == 0)
                return NULL;
        return buffer_append_byte(&line, '\0') < 0 ? NULL : TAKE_PTR(line.data);
}
#endif

static const LineTerminal terminal = {
        .leave = leave_terminal,
        .enter = enter_terminal,
        .redraw = redraw,
        .resize = resize,
};

char *line_editor_read(const char *prompt, int *ret_signal) {
        CLEANUP(freep) char *line = NULL;

        *ret_signal = 0;
        if (line_keys_begin(&terminal, line_editing->watch, line_editing->interrupt) < 0)
                return NULL;
        line = read_line(prompt);
        *ret_signal = line_keys_end();
        if (!*ret_signal)
                return TAKE_PTR(line);
        putchar('\n');
        fflush(stdout);
        return NULL;
}
