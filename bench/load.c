/* The load generator is one thread on another processor than the server, and costs the same for each server. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "load.h"

enum { RECEIVE_BYTES = 256 << 10, MAX_IN_FLIGHT = 64 };

typedef struct Line {
        const Tape *tape;
        int fd;
        uint64_t n_begun, n_done;        /* requests */
        size_t send_at, unsent;          /* on the tape of requests */
        size_t reply_at;                 /* on the tape of replies */
        int64_t begun_ns[MAX_IN_FLIGHT]; /* when request n was sent, at n modulo MAX_IN_FLIGHT */
        bool is_waiting;                 /* until the socket is writable */
} Line;

typedef struct Run {
        const Load *load;
        const Server *server;
        Line *lines;
        int epoll;
        bool is_ending, is_measuring;
        LoadResult result;
} Run;

Load load_new(Protocol protocol, const Operation *operation, size_t size, unsigned n_connections,
              unsigned n_in_flight) {
        static unsigned n_objects;
        Load load = {operation, size, n_connections, n_in_flight, n_objects, NULL};

        n_objects += n_connections;
        load.tapes = calloc(n_connections, sizeof(Tape));
        if (!load.tapes || n_in_flight > MAX_IN_FLIGHT)
                bench_fail("a load", ENOMEM);
        for (unsigned i = 0; i < n_connections; i++)
                load.tapes[i] = tape_new(protocol, operation, load.first + i, size);
        return load;
}

void load_deinit(Load *load) {
        for (unsigned i = 0; i < load->n_connections; i++)
                tape_deinit(&load->tapes[i]);
        free(load->tapes);
        load->tapes = NULL;
}

static _Noreturn void fail_reply(const char *what, const char *bytes, size_t n) {
        fprintf(stderr, "bench: %s: not the reply that was expected: %.*s\n", what,
                (int)(n < 300 ? n : 300), bytes);
        servers_stop();
        exit(EXIT_FAILURE);
}

void load_play(int fd, const Tape *tape, const char *what) {
        static char bytes[RECEIVE_BYTES];
        size_t sent = 0, at = 0, n_ends = 0;

        if (!tape->n)
                return;
        while (n_ends == 0) {
                size_t left = buffer_size(&tape->requests) - sent;
                struct pollfd p = {.fd = fd, .events = (short)(POLLIN | (left ? POLLOUT : 0))};
                poll(&p, 1, -1);
                if (p.revents & POLLOUT) {
                        ssize_t n = send(fd, buffer_bytes(&tape->requests) + sent, left,
                                         MSG_NOSIGNAL | MSG_DONTWAIT);
                        if (n < 0 && errno != EAGAIN)
                                bench_fail(what, errno);
                        sent += n > 0 ? (size_t)n : 0;
                }
                if (!(p.revents & ~POLLOUT))
                        continue;
                ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
                if (n == 0 || (n < 0 && errno != EAGAIN))
                        bench_fail(what, n < 0 ? errno : ECONNRESET);
                if (n > 0 && !tape_match(tape, &at, bytes, (size_t)n))
                        fail_reply(what, bytes, (size_t)n);
                n_ends = n > 0 && at == 0;
        }
}

void load_play_call(int fd, const Tape *tape, unsigned call, const char *what) {
        char bytes[4096];
        size_t from = call ? tape->request_ends[call - 1] : 0,
               at = call ? tape->reply_ends[call - 1] : 0;
        size_t n = tape->request_ends[call] - from, end = tape->reply_ends[call];

        if (send(fd, buffer_bytes(&tape->requests) + from, n, MSG_NOSIGNAL) != (ssize_t)n)
                bench_fail(what, EIO);
        do {
                ssize_t size = recv(fd, bytes, sizeof(bytes), 0);
                if (size <= 0)
                        bench_fail(what, size < 0 ? errno : ECONNRESET);
                if (!tape_match(tape, &at, bytes, (size_t)size))
                        fail_reply(what, bytes, (size_t)size);
        } while (at != end && at != 0);
}

void load_prepare(const Load *load, const Server *server) {
        int fd = server_connect(server);

        if (fd < 0)
                bench_fail(server->name, errno);
        for (unsigned i = 0; i < load->n_connections; i++) {
                Tape first = tape_new_first(server->protocol, load->operation, load->first + i,
                                            load->size);
                load_play(fd, &first, load->operation->name);
                tape_deinit(&first);
        }
        close(fd);
}

static void watch(Run *run, Line *line, int how) {
        struct epoll_event event = {.events = EPOLLIN | (line->is_waiting ? EPOLLOUT : 0),
                                    .data.ptr = line};

        if (epoll_ctl(run->epoll, how, line->fd, &event) < 0)
                bench_fail("epoll_ctl", errno);
}

static void line_send(Run *run, Line *line) {
        char *bytes = buffer_bytes(&line->tape->requests);
        size_t size = buffer_size(&line->tape->requests);

        while (line->unsent) {
                size_t n =
                        size - line->send_at < line->unsent ? size - line->send_at : line->unsent;
                struct iovec pieces[] = {{bytes + line->send_at, n}, {bytes, line->unsent - n}};
                if (pieces[1].iov_len > size)
                        pieces[1].iov_len = size;
                struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
                ssize_t sent = sendmsg(line->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent < 0 && errno == EAGAIN)
                        break;
                if (sent < 0)
                        bench_fail("send", errno);
                line->unsent -= (size_t)sent;
                line->send_at = (line->send_at + (size_t)sent) % size;
        }
        if (line->is_waiting != (line->unsent > 0)) {
                line->is_waiting = line->unsent > 0;
                watch(run, line, EPOLL_CTL_MOD);
        }
}

static size_t length_of(const size_t *ends, unsigned i) {
        return ends[i] - (i ? ends[i - 1] : 0);
}

/* Sends requests until the wanted number is in flight. At the end of a round it continues to the end of the tape, after which the
 * object is as it was before. */
static void line_begin(Run *run, Line *line, int64_t now_ns) {
        while ((!run->is_ending || line->n_begun % line->tape->n) &&
               line->n_begun - line->n_done < run->load->n_in_flight) {
                line->begun_ns[line->n_begun % MAX_IN_FLIGHT] = now_ns;
                line->unsent += length_of(line->tape->request_ends,
                                          (unsigned)(line->n_begun % line->tape->n));
                line->n_begun++;
        }
        line_send(run, line);
}

/* Counts the replies whose last byte is before `reply_at`. If `reply_at` has not grown, the tape has begun again. */
static void count_replies(Run *run, Line *line, size_t was_at, int64_t now_ns) {
        const Tape *tape = line->tape;

        for (bool is_round = line->reply_at <= was_at;;) {
                unsigned i = (unsigned)(line->n_done % tape->n);
                size_t end = tape->reply_ends[i];
                if (!is_round && end > line->reply_at)
                        return;
                if (run->is_measuring) {
                        histogram_add(&run->result.latencies,
                                      now_ns - line->begun_ns[line->n_done % MAX_IN_FLIGHT]);
                        run->result.calls++;
                }
                line->n_done++;
                if (i + 1 == tape->n && is_round)
                        is_round = false;
                if (line->n_done > line->n_begun)
                        bench_fail("a reply to nothing", EPROTO);
                if (!is_round && line->reply_at == 0)
                        return;
        }
}

static void line_receive(Run *run, Line *line) {
        static char bytes[RECEIVE_BYTES];
        ssize_t n = recv(line->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN)
                return;
        if (n <= 0)
                bench_fail(run->load->operation->name, n < 0 ? errno : ECONNRESET);
        int64_t now_ns = bench_now_ns();
        for (size_t i = 0; i < (size_t)n;) {
                /* At most one round of the tape at a time. */
                size_t size = buffer_size(&line->tape->replies), was_at = line->reply_at;
                size_t m = size - was_at < (size_t)n - i ? size - was_at : (size_t)n - i;
                if (!tape_match(line->tape, &line->reply_at, bytes + i, m))
                        fail_reply(run->load->operation->name, bytes + i, m);
                if (line->reply_at != was_at || m == size)
                        count_replies(run, line, was_at, now_ns);
                i += m;
        }
        line_begin(run, line, now_ns);
}

/* Handles events until the end of the round, or until no request is in flight. */
static void run_until(Run *run, int64_t end_ns) {
        struct epoll_event events[64];

        for (;;) {
                uint64_t n_open = 0;
                if (run->is_ending)
                        for (unsigned i = 0; i < run->load->n_connections; i++)
                                n_open += run->lines[i].n_begun - run->lines[i].n_done;
                if (run->is_ending ? n_open == 0 : bench_now_ns() >= end_ns)
                        return;
                int n = epoll_wait(run->epoll, events, 64, 1000);
                for (int i = 0; i < n; i++) {
                        Line *line = events[i].data.ptr;
                        if (events[i].events & EPOLLOUT)
                                line_send(run, line);
                        if (events[i].events & ~(uint32_t)EPOLLOUT)
                                line_receive(run, line);
                }
        }
}

static void connect_all(Run *run) {
        for (unsigned i = 0; i < run->load->n_connections; i++) {
                Line *line = &run->lines[i];
                *line = (Line){.tape = &run->load->tapes[i], .fd = server_connect(run->server)};
                if (line->fd < 0)
                        bench_fail(run->server->name, errno);
                watch(run, line, EPOLL_CTL_ADD);
        }
}

static void measure(Run *run, double seconds) {
        int64_t begin_ns = bench_now_ns(), cpu_ns;

        for (unsigned i = 0; i < run->load->n_connections; i++)
                line_begin(run, &run->lines[i], begin_ns);
        run_until(run, begin_ns + (int64_t)(seconds * 1e8));
        begin_ns = bench_now_ns();
        cpu_ns = server_cpu_ns(run->server);
        run->is_measuring = true;
        int64_t round_ns = (int64_t)(seconds * 1e9), end_ns = begin_ns + round_ns;
        for (; run->result.calls < run->load->n_connections; end_ns += round_ns)
                run_until(run, end_ns);
        run->is_measuring = false;
        run->result.server_seconds = (double)(server_cpu_ns(run->server) - cpu_ns) / 1e9;
        run->result.seconds = (double)(bench_now_ns() - begin_ns) / 1e9;
        run->is_ending = true;
        run_until(run, 0);
}

LoadResult load_run(const Load *load, const Server *server, double seconds) {
        Run run = {.load = load, .server = server, .epoll = epoll_create1(EPOLL_CLOEXEC)};

        run.lines = calloc(load->n_connections, sizeof(Line));
        if (run.epoll < 0 || !run.lines)
                bench_fail("a round", ENOMEM);
        connect_all(&run);
        measure(&run, seconds);
        for (unsigned i = 0; i < load->n_connections; i++)
                close(run.lines[i].fd);
        close(run.epoll);
        free(run.lines);
        return run.result;
}
