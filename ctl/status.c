/* The exit codes, and how a command says what went wrong. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "color.h"
#include "status.h"

void status_print_prefix(void) {
        fprintf(stderr, "%sshmgrctl:%s ", color_begin(stderr, COLOR_BAD),
                color_end(stderr, COLOR_BAD));
}

int status_usage(const char *format, ...) {
        va_list args;

        va_start(args, format);
        status_print_prefix();
        vfprintf(stderr, format, args);
        fputc('\n', stderr);
        va_end(args);
        return STATUS_USAGE;
}

int status_failure(const char *what, int error) {
        status_print_prefix();
        fprintf(stderr, "%s: %s\n", what, strerror(-error));
        return STATUS_ERROR;
}

int status_of_error(int error) {
        switch (-error) {
        case ENOENT:
        case ENODATA:
                return STATUS_ABSENT;
        case ETIMEDOUT:
        case EAGAIN:
                return STATUS_WAIT;
        default:
                return STATUS_ERROR;
        }
}
