/* An event loop that receives and sends the same bytes as the other servers, without parsing them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echo.h"
#include "tape.h"

enum { RECEIVE_BYTES = 64 << 10 };

typedef struct Client {
        int fd;
        size_t received;  /* bytes of the tape of requests, in this round */
        unsigned n_calls; /* complete ones of this round */
        size_t at, owed;  /* the place in the tape of replies, and the number of bytes to be sent */
        bool is_waiting;  /* until the socket is writable */
} Client;

static size_t call_end(const size_t *ends, unsigned n) {
        return n ? ends[n - 1] : 0;
}

static void count_received(Client *c, const Tape *tape, size_t n) {
        c->received += n;
        for (;;) {
                if (c->received < tape->request_ends[c->n_calls])
                        return;
                c->owed += tape->reply_ends[c->n_calls] - call_end(tape->reply_ends, c->n_calls);
                if (++c->n_calls < tape->n)
                        continue;
                c->received -= tape->request_ends[tape->n - 1];
                c->n_calls = 0;
        }
}

static int send_owed(Client *c, const Tape *tape) {
        size_t size = buffer_size(&tape->replies);

        while (c->owed) {
                size_t n = size - c->at < c->owed ? size - c->at : c->owed;
                ssize_t sent = send(c->fd, buffer_bytes(&tape->replies) + c->at, n,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent < 0)
                        return errno == EAGAIN ? 0 : -errno;
                c->owed -= (size_t)sent;
                c->at = (c->at + (size_t)sent) % size;
        }
        return 0;
}

static int serve(int epoll, Client *c, const Tape *tape, uint32_t events) {
        static char bytes[RECEIVE_BYTES];

        if (events & (EPOLLIN | EPOLLHUP)) {
                ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
                if (n == 0 || (n < 0 && errno != EAGAIN))
                        return -EPIPE;
                if (n > 0)
                        count_received(c, tape, (size_t)n);
        }
        if (send_owed(c, tape) < 0)
                return -EPIPE;
        if (c->is_waiting == (c->owed > 0))
                return 0;
        c->is_waiting = c->owed > 0;
        struct epoll_event event = {.events = EPOLLIN | (c->is_waiting ? EPOLLOUT : 0),
                                    .data.ptr = c};
        return epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void add_client(int epoll, int listener) {
        Client *c = calloc(1, sizeof(*c));

        if (!c)
                _exit(1);
        c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        if (c->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
                _exit(1);
}

void echo_run(int fd, void *userdata) {
        struct epoll_event events[64], listener = {.events = EPOLLIN};
        int epoll = epoll_create1(EPOLL_CLOEXEC);

        if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &listener) < 0)
                _exit(1);
        for (;;) {
                int n = epoll_wait(epoll, events, 64, -1);
                for (int i = 0; i < n; i++) {
                        Client *c = events[i].data.ptr;
                        if (!c) {
                                add_client(epoll, fd);
                        } else if (serve(epoll, c, userdata, events[i].events) < 0) {
                                close(c->fd);
                                free(c);
                        }
                }
        }
}
