/* The sink of the log: a descriptor that takes lines and never blocks the event loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum LogSinkKind {
        LOG_SINK_FILE,   /* a regular file: a write waits for the disk alone */
        LOG_SINK_SOCKET, /* such as the journal's */
        LOG_SINK_STREAM, /* a pipe, a terminal or another device */
} LogSinkKind;

typedef struct LogSink {
        int fd;
        LogSinkKind kind;
        bool is_owned;  /* fd is closed with the sink */
        bool is_inside; /* after a short write: the next line begins with a newline */
} LogSink;

/* Writes to a descriptor that stays the caller's, and whose O_NONBLOCK other processes may rely on: the
 * sink leaves it alone. */
void log_sink_init(LogSink *sink, int fd);
/* Opens a file to append to, and makes it if it is missing. 0, or a negative errno with the sink unchanged: -ENXIO
 * for a FIFO that has no reader. */
int log_sink_open(LogSink *ret, const char *path);
/* A pipe or a device is opened once more, for an O_NONBLOCK of the sink's own. Without permission, or
 * without /proc, the sink stays as it is. */
void log_sink_own(LogSink *sink);
void log_sink_deinit(LogSink *sink);
/* Writes one line, newline included. 0, or a negative errno if the line is lost, all or the end of it;
 * -EAGAIN if the reader has left no room. */
int log_sink_write(LogSink *sink, const char *line, size_t n);
