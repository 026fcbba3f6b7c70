/* Reads lines from a terminal. libedit provides the functions of readline under another header
 * name. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(HAVE_LIBEDIT)
#include <editline/readline.h>
#elif defined(HAVE_READLINE)
#include <readline/history.h>
#include <readline/readline.h>
#endif

#include "base/macros.h"
#include "line-editor.h"

static sigjmp_buf at_prompt;
static volatile sig_atomic_t is_at_prompt;

#if defined(HAVE_LIBEDIT) || defined(HAVE_READLINE)
enum { HISTORY_MAX = 1000 };

static LineCompleter completer;
static void *completer_userdata;
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
        found = line ? completer(line, completer_userdata) : NULL;
        if (!found)
                return NULL;
        const char *first = json_object_get_string(json_object_array_get_idx(found, 0));
        /* No blank follows an option with '=', since its value does. */
        rl_completion_append_character =
                json_object_array_length(found) == 1 && first[strlen(first) - 1] == '=' ? '\0'
                                                                                        : ' ';
        return rl_completion_matches(text, next_match);
}

void line_editor_begin(LineCompleter complete, void *userdata) {
        static char blanks[] = " \t\n";

        completer = complete;
        completer_userdata = userdata;
        rl_readline_name = (char *)"shmgrctl";
        rl_attempted_completion_function = complete_line;
        rl_basic_word_break_characters = blanks;
        rl_completer_word_break_characters = blanks;
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

        if (line && *line)
                add_history(line);
        return line;
}
#else
void line_editor_begin(LineCompleter complete, void *userdata) {
}

void line_editor_end(void) {
}

static char *read_line(const char *prompt) {
        char *line = NULL;
        size_t size = 0;

        fputs(prompt, stdout);
        fflush(stdout);
        ssize_t n = getline(&line, &size, stdin);
        if (n < 0) {
                free(line);
                return NULL;
        }
        if (n > 0 && line[n - 1] == '\n')
                line[n - 1] = '\0';
        return line;
}
#endif

char *line_editor_read(const char *prompt, bool *ret_interrupted) {
        *ret_interrupted = sigsetjmp(at_prompt, 1) != 0;
        if (*ret_interrupted) {
                is_at_prompt = 0;
                putchar('\n');
                return NULL;
        }
        is_at_prompt = 1;
        char *line = read_line(prompt);
        is_at_prompt = 0;
        return line;
}

void line_editor_interrupt(void) {
        if (!is_at_prompt)
                return;
        is_at_prompt = 0;
        siglongjmp(at_prompt, 1);
}

const char *line_editor_name(void) {
#if defined(HAVE_LIBEDIT)
        return "libedit";
#elif defined(HAVE_READLINE)
        return "readline";
#else
        return "none";
#endif
}
