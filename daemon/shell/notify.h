/* Messages to the service manager: the protocol of sd_notify(3), without its library. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/macros.h"

typedef struct Notify {
        int fd; /* -1 without a service manager */
        struct sockaddr_un address;
        socklen_t n_address;
} Notify;

/* Takes $NOTIFY_SOCKET out of the environment. A wrong value is logged, and no messages are sent. */
void notify_init(Notify *notify);
void notify_deinit(Notify *notify);
/* Puts $NOTIFY_SOCKET back, for a program that is executed in the place of this one: 0 or -ENOMEM. */
int notify_put_environment(const Notify *notify);
/* Sends "VARIABLE=VALUE" lines. A failure is logged. */
void notify_send(const Notify *notify, const char *format, ...) PRINTF_LIKE(2, 3);
/* Sends a text with a descriptor: 0; -ENOTCONN without a service manager, or another negative errno. */
int notify_send_descriptor(const Notify *notify, const char *text, int fd);
/* Waits until the service manager has read all messages: 0; -ETIMEDOUT, or another negative errno. */
int notify_wait(const Notify *notify, int ms);
