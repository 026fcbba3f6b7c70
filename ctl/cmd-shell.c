/* shmgrctl shell: one session for many commands, so that a hold lasts from one command to the next. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "complete.h"
#include "json/json-util.h"
#include "line-editor.h"
#include "overview.h"
#include "status.h"
#include "unreachable.h"
#include "words.h"

enum { STOP };

static const Option shell_options[] = {
        [STOP] = {.name = "stop-on-failure",
                  .letter = 'e',
                  .help = "exit with the first command that fails, and its\nstatus"},
        {0},
};

static volatile sig_atomic_t is_interrupted;

/* SIGINT ends the running command, whose error message then begins on a new line. At the prompt
 * the line editor handles signals. */
static void on_interrupt(int signal_number) {
        int error = errno;

        is_interrupted = 1;
        if (write(STDOUT_FILENO, "\n", 1) < 0)
                is_interrupted = 1;
        errno = error;
}

static void watch_interrupts(Ctl *ctl) {
        struct sigaction action = {.sa_handler = on_interrupt};

        sigaction(SIGINT, &action, NULL);
        ctl_set_interrupt(ctl, &is_interrupted);
}

/* Copies the list, since a command may permute its words; NULL-terminated, with room for one
 * more. */
static char **copy_list(const Words *words) {
        char **list = calloc((size_t)words->n + 2, sizeof(*list));

        for (int i = 0; list && i < words->n; i++)
                list[i] = words->list[i];
        return list;
}

/* Runs one line. Options given in it apply to this line only. */
static int run_words(Ctl *ctl, const Words *words) {
        CLEANUP(freep) char **list = copy_list(words);
        Ctl before = *ctl;
        int first = 0;
        int status = list ? options_parse(ctl, words->n, list, &first)
                          : status_failure("shell", -ENOMEM);

        if (status == OPTIONS_GO_ON && ctl->socket != before.socket)
                status = status_usage("a shell talks to one daemon: give --socket to 'shmgrctl "
                                      "shell' instead");
        else if (status == OPTIONS_GO_ON)
                status = command_run(ctl, words->n - first, list + first);
        else if (status == OPTIONS_HELP) {
                overview_print();
                status = STATUS_OK;
        }
        ctl->socket = before.socket;
        ctl->is_json = before.is_json;
        ctl->is_verbose = before.is_verbose;
        status_set_json(before.is_json);
        ctl->is_quiet = before.is_quiet;
        ctl->reading = before.reading;
        ctl->keeps = before.keeps;
        ctl->from_stdin = before.from_stdin;
        ctl->end_signal = 0;
        fflush(stdout);
        return status;
}

static bool is_end(const Words *words) {
        return words->n == 2 &&
               (strcmp(words->list[1], "quit") == 0 || strcmp(words->list[1], "exit") == 0);
}

/* Splits a line into words, behind a first word that stands for the name of the program, and runs
 * them. Sets *ret_end at the end of input. */
static int run_line(Ctl *ctl, const char *line, bool *ret_end, int status_before) {
        CLEANUP(words_deinit) Words words = {0};
        CLEANUP(freep) char *whole = NULL;

        int n = asprintf(&whole, "shmgrctl %s", line);
        if (n < 0 || words_split(whole, (size_t)n, &words) < 0)
                return status_failure("shell", -ENOMEM);
        if (words.is_open)
                return status_usage("shell: unterminated quote: %s", line);
        *ret_end = is_end(&words);
        if (words.n == 1 || *ret_end)
                return status_before;
        is_interrupted = 0;
        return run_words(ctl, &words);
}

/* Completes the last word of the line, and quotes the completions. */
static struct json_object *complete_line(const char *line, void *userdata) {
        CLEANUP(completion_deinit) Completion found = {0};
        CLEANUP(json_putp) struct json_object *quoted = json_object_new_array();
        CLEANUP(words_deinit) Words words = {0};
        static char nothing[] = "";
        Ctl *ctl = userdata;

        is_interrupted = 0;
        if (!quoted || words_split(line, strlen(line), &words) < 0)
                return NULL;
        CLEANUP(freep) char **list = copy_list(&words);
        if (!list)
                return NULL;
        if (words.ends_in_blank || words.n == 0)
                list[words.n] = nothing;
        int r = complete(ctl, words.n + (list[words.n] ? 1 : 0), list, &found);
        for (size_t i = 0; r == 0 && i < json_object_array_length(found.found); i++) {
                CLEANUP(freep)
                char *word = words_quote(
                        json_object_get_string(json_object_array_get_idx(found.found, i)));
                r = word ? json_push(quoted, json_object_new_string(word)) : -ENOMEM;
        }
        return r == 0 && json_object_array_length(quoted) > 0 ? TAKE_PTR(quoted) : NULL;
}

static int session_fd(void *userdata) {
        Ctl *ctl = userdata;

        return ctl->manager ? shmgr_manager_get_fd(ctl->manager) : -1;
}

/* Tells at the prompt that the session ended, and what it lost. */
static void check_session(void *userdata) {
        CLEANUP(json_putp) struct json_object *pong = NULL;
        Ctl *ctl = userdata;

        is_interrupted = 0;
        int r = ctl_try(ctl, "server.ping", NULL, &pong);
        if (r == 0 || r == -EINTR)
                return;
        putchar('\n');
        fflush(stdout);
        if (ctl_lost_daemon(ctl, r) || unreachable_is(ctl->manager, r))
                status_note("the daemon ended; the next command connects again");
        else
                ctl_explain(ctl, "shell", r);
}

/* A signal other than SIGINT ends the shell: *ret_end is set, and the status is that of the
 * signal. */
static int run_prompt(Ctl *ctl, bool *ret_end, int status_before) {
        int signal_number;
        CLEANUP(freep) char *line = line_editor_read("shmgr> ", &signal_number);

        if (line)
                return run_line(ctl, line, ret_end, status_before);
        *ret_end = signal_number != SIGINT;
        if (!*ret_end)
                return status_before;
        if (!signal_number) {
                putchar('\n');
                return status_before;
        }
        ctl->end_signal = signal_number;
        return STATUS_SIGNAL + signal_number;
}

static int run_terminal(Ctl *ctl, bool stops) {
        const LineWatch watch = {session_fd, check_session, ctl};
        const LineEditing editing = {complete_line, ctl, &is_interrupted, &watch};
        int status = STATUS_OK;
        bool is_over = false;

        printf("Enter commands of shmgrctl without its name; help lists them, quit exits.\n");
        line_editor_begin(&editing);
        watch_interrupts(ctl);
        while (!is_over) {
                status = run_prompt(ctl, &is_over, status);
                is_over = is_over || (stops && status != STATUS_OK);
        }
        line_editor_end();
        return status;
}

static int run_script(Ctl *ctl, bool stops) {
        CLEANUP(freep) char *line = NULL;
        int status = STATUS_OK;
        bool is_over = false;
        size_t size = 0;

        while (!is_over && getline(&line, &size, stdin) >= 0) {
                status = run_line(ctl, line, &is_over, status);
                is_over = is_over || (stops && status != STATUS_OK);
        }
        return status;
}

/* Makes the end of the session a release, and no owner's death. A shell that is killed does not get
 * here. */
static void announce_end(Ctl *ctl) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;

        is_interrupted = 0; /* it would cancel this call */
        if (params && json_put_bool(params, "end_releases", true) == 0)
                ctl_try(ctl, "session.hello", params, &result);
}

static int shell_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *pong = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_shell, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (ctl->is_shell)
                return status_usage("shell: this already is a shell");
        status = ctl_call(ctl, "server.ping", NULL, &pong);
        if (status != STATUS_OK)
                return status;
        ctl->is_shell = true;
        status = isatty(STDIN_FILENO) ? run_terminal(ctl, arguments.given[STOP])
                                      : run_script(ctl, arguments.given[STOP]);
        if (!ctl->end_signal)
                announce_end(ctl);
        return status;
}

const Command command_shell = {
        .name = "shell",
        .arguments = "[-e]",
        .help = "many commands in one session, a line each",
        .options = shell_options,
        .details =
                "A lock that one command acquires is held until another releases it, or the\n"
                "shell exits, which releases it. On a terminal the shell has history "
                "($SHMGRCTL_HISTORY, by default\n"
                "~/.shmgrctl_history) and completion with TAB, if shmgrctl was built with libedit\n"
                "or readline; an interrupt ends the command that runs, or discards the line.\n"
                "Otherwise lines are read from standard input, and the exit status is that of the\n"
                "last command. Words are quoted as in a shell, with '...', \"...\" and \\; #\n"
                "begins a comment.\n",
        .run = shell_run,
};
