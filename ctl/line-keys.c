/* The signals that a line editor handles are blocked while a line is edited, and read from a
 * signalfd between two keys. So none of them arrives inside the library, whose state would be
 * half-changed then, and none arrives unseen just before it waits for a key.
 *
 *     SIGINT, SIGQUIT, SIGTERM, SIGHUP   end the line: each further read returns EOF, by which
 *                                        every mode of the editor ends
 *     SIGTSTP                            the terminal is restored, and the process stops
 *     SIGCONT                            the terminal is set again, and the line is redrawn
 *     SIGWINCH                           the editor is told the new size
 *
 * Completion calls the daemon, and may block. There, the signals that end the line are let through
 * to a handler, which sets flags only. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/macros.h"
#include "line-keys.h"
#include "signals.h"

static const int to_end[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
static const int to_handle[] = {SIGTSTP, SIGCONT, SIGWINCH};

static struct {
        const LineTerminal *terminal;
        const LineWatch *watch;
        volatile sig_atomic_t *interrupt;
        volatile sig_atomic_t ended_by;
        sigset_t blocked, before, ending;
        struct sigaction actions[ELEMENTSOF(to_end)]; /* those of the caller, meanwhile */
        int fd;
        int input;
} keys = {.fd = -1, .input = STDIN_FILENO};

/* Ignored signals stay ignored: nohup(1). */
static void find_signals(void) {
        sigemptyset(&keys.ending);
        for (size_t i = 0; i < ELEMENTSOF(to_end); i++)
                if (!signals_is_ignored(to_end[i]))
                        sigaddset(&keys.ending, to_end[i]);
        keys.blocked = keys.ending;
        for (size_t i = 0; i < ELEMENTSOF(to_handle); i++)
                if (!signals_is_ignored(to_handle[i]))
                        sigaddset(&keys.blocked, to_handle[i]);
}

/* An interrupt discards the keys that were typed before, also one that poll() has announced. A read
 * that blocks would then wait for a further key. Non-blocking is a property of the open file, which
 * the shell shares, so the terminal is opened once more. Only the controlling terminal sends
 * interrupts. */
static void open_input(void) {
        keys.input = -1;
        if (tcgetsid(STDIN_FILENO) == getsid(0))
                keys.input = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (keys.input < 0)
                keys.input = STDIN_FILENO;
}

int line_keys_begin(const LineTerminal *terminal, const LineWatch *watch,
                    volatile sig_atomic_t *interrupt) {
        keys.terminal = terminal;
        keys.watch = watch;
        keys.interrupt = interrupt;
        keys.ended_by = 0;
        find_signals();
        sigprocmask(SIG_BLOCK, &keys.blocked, &keys.before);
        keys.fd = signalfd(-1, &keys.blocked, SFD_CLOEXEC | SFD_NONBLOCK);
        if (keys.fd >= 0) {
                open_input();
                return 0;
        }
        int r = -errno;
        sigprocmask(SIG_SETMASK, &keys.before, NULL);
        return r;
}

int line_keys_end(void) {
        close(keys.fd);
        keys.fd = -1;
        if (keys.input != STDIN_FILENO)
                close(keys.input);
        sigprocmask(SIG_SETMASK, &keys.before, NULL);
        return keys.ended_by;
}

int line_keys_ended_by(void) {
        return keys.ended_by;
}

/* Stops until SIGCONT, which is then read like any other signal. A process group without a shell
 * does not stop. */
static void stop(void) {
        sigset_t set;

        keys.terminal->leave();
        putchar('\n'); /* what the shell prints begins a line */
        fflush(stdout);
        raise(SIGTSTP);
        sigemptyset(&set);
        sigaddset(&set, SIGTSTP);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        sigprocmask(SIG_BLOCK, &set, NULL);
        sigpending(&set);
        if (sigismember(&set, SIGCONT))
                return;
        keys.terminal->enter();
        keys.terminal->redraw();
}

/* The shell may have changed the terminal meanwhile. */
static void go_on(void) {
        keys.terminal->leave();
        keys.terminal->enter();
        keys.terminal->redraw();
}

static void read_signal(void) {
        struct signalfd_siginfo info;

        if (read(keys.fd, &info, sizeof(info)) != sizeof(info))
                return;
        int signal_number = (int)info.ssi_signo;

        if (sigismember(&keys.ending, signal_number))
                keys.ended_by = signal_number;
        else if (signal_number == SIGTSTP)
                stop();
        else if (signal_number == SIGCONT)
                go_on();
        else
                keys.terminal->resize();
}

static int watched_fd(void) {
        return keys.watch ? keys.watch->get_fd(keys.watch->userdata) : -1;
}

static void serve_watch(void) {
        keys.terminal->leave();
        line_keys_let_signals();
        keys.watch->on_ready(keys.watch->userdata);
        line_keys_hold_signals();
        keys.terminal->enter();
        keys.terminal->redraw();
}

/* Returns whether standard input has a byte or has ended. */
static bool wait_for_key(void) {
        struct pollfd fds[] = {{.fd = keys.input, .events = POLLIN},
                               {.fd = keys.fd, .events = POLLIN},
                               {.fd = watched_fd(), .events = POLLIN}};

        if (poll(fds, ELEMENTSOF(fds), -1) < 0)
                return errno != EINTR && errno != EAGAIN;
        if (fds[1].revents)
                read_signal();
        else if (fds[2].revents)
                serve_watch();
        else
                return fds[0].revents;
        return false;
}

int line_keys_read(void) {
        unsigned char byte;
        ssize_t n;

        while (!keys.ended_by) {
                if (!wait_for_key())
                        continue;
                n = read(keys.input, &byte, 1);
                if (n < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                return n == 1 ? byte : EOF;
        }
        return EOF;
}

static void on_end(int signal_number) {
        keys.ended_by = signal_number;
        if (keys.interrupt)
                *keys.interrupt = 1;
}

void line_keys_let_signals(void) {
        struct sigaction action = {.sa_handler = on_end};

        for (size_t i = 0; i < ELEMENTSOF(to_end); i++)
                if (sigismember(&keys.ending, to_end[i]))
                        sigaction(to_end[i], &action, &keys.actions[i]);
        sigprocmask(SIG_UNBLOCK, &keys.ending, NULL);
}

void line_keys_hold_signals(void) {
        sigprocmask(SIG_BLOCK, &keys.ending, NULL);
        for (size_t i = 0; i < ELEMENTSOF(to_end); i++)
                if (sigismember(&keys.ending, to_end[i]))
                        sigaction(to_end[i], &keys.actions[i], NULL);
}
