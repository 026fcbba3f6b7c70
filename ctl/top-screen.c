/* Where shmgrctl top shows its lines. */
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_CURSES
#include <curses.h>
#endif

#include "color.h"
#include "top-screen.h"

enum { PLAIN_LINES = 40 };

static bool has_shown; /* a screen, in plain text */
#ifdef HAVE_CURSES
static SCREEN *screen;
#endif

#ifdef HAVE_CURSES
void screen_begin(bool is_plain) {
        if (is_plain || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
                return;
        setlocale(LC_CTYPE, "");
        /* NULL where the terminal is not known; then it is plain text. */
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
        if (screen)
                return LINES;
#endif
        return PLAIN_LINES;
}

static void show_plain_line(const char *line, int n) {
        bool is_head = *line == '\t';

        printf("%s%.*s%s\n", is_head ? color_begin(stdout, COLOR_HEAD) : "", n - is_head,
               line + is_head, is_head ? color_end(stdout, COLOR_HEAD) : "");
}

#ifdef HAVE_CURSES
static void show_curses_line(int y, const char *line, int n) {
        bool is_head = *line == '\t';

        if (is_head)
                attron(A_BOLD);
        mvaddnstr(y, 0, line + is_head, n - is_head);
        attroff(A_BOLD);
}
#endif

static void show_line(int y, const char *line, int n) {
#ifdef HAVE_CURSES
        if (screen) {
                show_curses_line(y, line, n);
                return;
        }
#endif
        show_plain_line(line, n);
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

static void end_frame(void) {
#ifdef HAVE_CURSES
        if (screen) {
                refresh();
                return;
        }
#endif
        fflush(stdout);
}

void screen_show(const Buffer *lines) {
        const char *at = buffer_bytes(lines), *end = at + buffer_size(lines), *newline;
        int y = 0;

        begin_frame();
        for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1)
                show_line(y++, at, (int)(newline - at));
        end_frame();
}

bool screen_wait(int64_t ms) {
#ifdef HAVE_CURSES
        if (screen) {
                timeout(ms < INT_MAX ? (int)ms : INT_MAX);
                int key = getch();
                return key != 'q' && key != 'Q' && key != 27;
        }
#endif
        return poll(NULL, 0, ms < INT_MAX ? (int)ms : INT_MAX) == 0;
}
