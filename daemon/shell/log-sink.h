/* The sink of the log: a descriptor that takes lines and never blocks the event loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum LogSinkKind {
        LOG_SINK_FILE,   /* a regular file: a write waits only for the disk */
        LOG_SINK_SOCKET, /* such as that of the journal */
        LOG_SINK_STREAM, /* a pipe, a terminal or another device */
} LogSinkKind;

typedef struct LogSink {
        int fd;
        LogSinkKind kind;
        bool is_owned;  /* closes fd at the end */
        bool is_inside; /* after a short write: the next line begins with a newline */
} LogSink;

/* Initialises a sink for a descriptor of the caller. O_NONBLOCK is not changed, since other
 * processes may share it. */
void log_sink_init(LogSink *sink, int fd);
/* Opens a file to append to; makes it if it is missing. Returns 0, or a negative errno with the
 * sink unchanged: -ENXIO for a FIFO without a reader. */
int log_sink_open(LogSink *ret, const char *path);
/* Opens a pipe or a device again, so that the sink has its own O_NONBLOCK. Without permission, or
 * without /proc, the sink stays as it is. */
void log_sink_own(LogSink *sink);
void log_sink_deinit(LogSink *sink);
/* Writes one line, including its newline. Returns 0, or a negative errno if the line, or the end of
 * it, is lost: -EAGAIN if the reader has left no room. */
int log_sink_write(LogSink *sink, const char *line, size_t n);
