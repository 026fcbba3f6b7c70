/* The output of shmgrctl top. */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_CURSES
#include <curses.h>
#endif

#include "charset.h"
#include "color.h"
#include "top-screen.h"

enum { PLAIN_LINES = 40 };

static bool has_shown; /* the first screen of plain text was printed */
#ifdef HAVE_CURSES
static SCREEN *screen;
#endif

#ifdef HAVE_CURSES
void screen_begin(bool is_plain) {
        if (is_plain || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
                return;
        charset_begin();
        /* newterm() returns NULL for an unknown terminal; then the output is plain text. */
        screen = newterm(NULL, stdout, stdin);
        if (!screen)
                return;
        cbreak();
        noecho();
        keypad(stdscr, TRUE);
        curs_set(0);
}

void screen_end(void) {
        if (!screen)
                return;
        endwin();
        delscreen(screen);
        screen = NULL;
}
#else
void screen_begin(bool is_plain) {
}

void screen_end(void) {
}
#endif

int screen_lines(void) {
#ifdef HAVE_CURSES
        /* The last line shows the help. */
        if (screen)
                return LINES - 1;
#endif
        return PLAIN_LINES;
}

/* Returns the width of the terminal in characters; INT_MAX without a terminal. */
static int screen_columns(void) {
        struct winsize size;

#ifdef HAVE_CURSES
        if (screen)
                return COLS;
#endif
        return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col
                       ? size.ws_col
                       : INT_MAX;
}

/* Returns the length in bytes of the first n_characters characters of a line of UTF-8. */
static int bytes_of(const char *line, int n, int n_characters) {
        for (int i = 0; i < n; i++)
                if (((unsigned char)line[i] & 0xc0) != 0x80 && n_characters-- == 0)
                        return i;
        return n;
}

static void show_plain_line(const char *line, int n, bool is_head) {
        printf("%s%.*s%s\n", is_head ? color_begin(stdout, COLOR_HEAD) : "", n, line,
               is_head ? color_end(stdout, COLOR_HEAD) : "");
}

#ifdef HAVE_CURSES
static void show_curses_line(int y, const char *line, int n, bool is_head) {
        if (is_head)
                attron(A_BOLD);
        mvaddnstr(y, 0, line, n);
        attroff(A_BOLD);
}

static void show_help(const char *help) {
        attron(A_REVERSE);
        mvaddnstr(LINES - 1, 0, help, bytes_of(help, (int)strlen(help), COLS));
        attroff(A_REVERSE);
}
#endif

static void show_line(int y, const char *line, int n) {
        bool is_head = n > 0 && *line == '\t';

        line += is_head;
        n = bytes_of(line, n - is_head, screen_columns());
#ifdef HAVE_CURSES
        if (screen) {
                if (y < LINES - 1)
                        show_curses_line(y, line, n, is_head);
                return;
        }
#endif
        show_plain_line(line, n, is_head);
}

static void begin_frame(void) {
#ifdef HAVE_CURSES
        if (screen) {
                erase();
                return;
        }
#endif
        if (has_shown)
                putchar('\n');
        has_shown = true;
}

static void end_frame(const char *help) {
#ifdef HAVE_CURSES
        if (screen) {
                show_help(help);
                refresh();
                return;
        }
#endif
        fflush(stdout);
}

void screen_show(const Buffer *lines, const char *help) {
        const char *at = buffer_bytes(lines), *end = at + buffer_size(lines), *newline;
        int y = 0;

        begin_frame();
        for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1)
                show_line(y++, at, (int)(newline - at));
        end_frame(help);
}

int screen_wait(int64_t ms) {
        int most = ms < INT_MAX ? (int)ms : INT_MAX;

#ifdef HAVE_CURSES
        if (screen) {
                timeout(most);
                int key = getch();
                return key == 'q' || key == 'Q' || key == 27 ? SCREEN_END
                       : key == ERR                          ? SCREEN_TIME
                                                             : key;
        }
#endif
        return poll(NULL, 0, most) == 0 ? SCREEN_TIME : SCREEN_END;
}
