/* Messages to the service manager: the protocol of sd_notify(3), without its library. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/macros.h"

typedef struct Notify {
        int fd; /* -1: no service manager */
        struct sockaddr_un address;
        socklen_t n_address;
} Notify;

/* Reads $NOTIFY_SOCKET, and removes it from the environment. If its value is invalid, logs that and
 * sends no messages. */
void notify_init(Notify *notify);
void notify_deinit(Notify *notify);
/* Puts $NOTIFY_SOCKET back, for a program that replaces this one. Returns 0 or -ENOMEM. */
int notify_put_environment(const Notify *notify);
/* Sends "VARIABLE=VALUE" lines. Logs a failure. */
void notify_send(const Notify *notify, const char *format, ...) PRINTF_LIKE(2, 3);
/* Sends a text with a descriptor. Returns 0; -ENOTCONN without a service manager; or another
 * negative errno. */
int notify_send_descriptor(const Notify *notify, const char *text, int fd);
/* Waits until the service manager has read all messages. Returns 0, -ETIMEDOUT or another negative
 * errno. */
int notify_wait(const Notify *notify, int ms);
