/* The keys of a line editor: reads standard input, and handles the signals and events that arrive
 * while a line is edited. The library of the editor handles no signal and runs in no handler. */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* How the editor leaves the terminal to others, and takes it back. */
typedef struct LineTerminal {
        void (*leave)(void);
        void (*enter)(void);
        void (*redraw)(void);
        void (*resize)(void);
} LineTerminal;

/* A descriptor that is watched while a line is edited. */
typedef struct LineWatch {
        int (*get_fd)(void *userdata); /* negative: none */
        /* Called when it is readable, with a terminal that the editor has left. */
        void (*on_ready)(void *userdata);
        void *userdata;
} LineWatch;

/* Begins a line: blocks the signals, which are read between keys. terminal and watch, which may be
 * NULL, live until line_keys_end(). If interrupt is not NULL, *interrupt is set when a signal ends
 * the line within line_keys_let_signals(). Returns 0 or a negative errno. */
int line_keys_begin(const LineTerminal *terminal, const LineWatch *watch,
                    volatile sig_atomic_t *interrupt);
/* Restores the signals. Returns the signal that ended the line, or 0. */
int line_keys_end(void);
/* Returns the signal that ended this line, or 0. */
int line_keys_ended_by(void);

/* Returns the next byte of standard input, or EOF at its end and after a signal that ends the
 * line: SIGINT, SIGQUIT, SIGTERM or SIGHUP. */
int line_keys_read(void);

/* The signals that end the line interrupt the calls between these two, which may block. */
void line_keys_let_signals(void);
void line_keys_hold_signals(void);
