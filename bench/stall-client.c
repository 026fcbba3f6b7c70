/* Clients of bench/stalls. All are non-blocking and served by one poll(2) loop, so a slow reply to one delays no other. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stall-client.h"
#include "stall-daemon.h"

enum { PIECE = 256 << 10, MOST_CLIENTS = 1024, SETUP_MS = 60000 };

void client_open(Client *c, uid_t uid) {
        *c = (Client){.fd = stall_daemon_connect(uid)};
        if (c->fd >= 0)
                fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

void client_close(Client *c) {
        if (c->fd >= 0)
                close(c->fd);
        buffer_deinit(&c->text);
        free(c->last);
        *c = (Client){.fd = -1};
}

static void client_break(Client *c) {
        if (c->fd >= 0)
                close(c->fd);
        c->fd = -1;
}

/* ---- Calls */

static void append(Client *c, const char *text, size_t n) {
        if (buffer_append(&c->text, text, n) < 0)
                stall_fail("memory");
}

static void begin_call(Client *c, const char *method) {
        static const char begin[] = "{\"jsonrpc\":\"2.0\",\"id\":";
        static unsigned id;
        char text[128];

        if (c->in_batch && !c->is_first)
                append(c, ",", 1);
        c->is_first = false;
        int n = snprintf(text, sizeof(text), "%s%u,\"method\":\"%s\",\"params\":", begin, ++id,
                         method);
        append(c, text, (size_t)n);
}

static void end_call(Client *c) {
        append(c, c->in_batch ? "}" : "}\n", c->in_batch ? 1 : 2);
        c->n_awaited += !c->in_batch;
}

void client_add_text(Client *c, const char *method, const char *params, size_t n) {
        begin_call(c, method);
        append(c, params, n);
        end_call(c);
}

static void add_v(Client *c, const char *method, const char *params, va_list args) {
        char text[1024];
        int n = vsnprintf(text, sizeof(text), params, args);

        if (n < 0 || n >= (int)sizeof(text))
                stall_fail("a call is too long");
        for (char *at = text; *at; at++)
                if (*at == '\'')
                        *at = '"';
        client_add_text(c, method, text, (size_t)n);
}

void client_add(Client *c, const char *method, const char *params, ...) {
        va_list args;

        va_start(args, params);
        add_v(c, method, params, args);
        va_end(args);
}

void client_begin_batch(Client *c) {
        append(c, "[", 1);
        c->in_batch = c->is_first = true;
}

void client_end_batch(Client *c) {
        append(c, "]\n", 2);
        c->in_batch = false;
        c->n_awaited++;
}

/* ---- Sending and receiving */

/* Notes the first error in the received bytes. The line with it may arrive in two pieces. */
static void find_error(Client *c, const char *data, size_t n) {
        static const char mark[] = "\"errno\":\"";
        const char *at;

        if (c->error[0] || !(at = memmem(data, n, mark, sizeof(mark) - 1)))
                return;
        at += sizeof(mark) - 1;
        size_t n_left = n - (size_t)(at - data), i = 0;
        for (; i < n_left && i < sizeof(c->error) - 1 && at[i] != '"'; i++)
                c->error[i] = at[i];
        c->error[i] = '\0';
        const char *from = memrchr(data, '\n', (size_t)(at - data));
        from = from ? from + 1 : data;
        snprintf(c->error_text, sizeof(c->error_text), "%.*s",
                 (int)(n - (size_t)(from - data) < 95 ? n - (size_t)(from - data) : 95), from);
}

static void keep_last(Client *c, const char *data, size_t n) {
        if (!c->wants_last)
                return;
        c->last = realloc(c->last, c->n_last + n + 1);
        if (!c->last)
                stall_fail("memory");
        memcpy(c->last + c->n_last, data, n);
        c->n_last += n;
        c->last[c->n_last] = '\0';
}

static void take(Client *c, const char *data, size_t n) {
        find_error(c, data, n);
        keep_last(c, data, n);
        for (const char *at = data, *end = data + n; (at = memchr(at, '\n', (size_t)(end - at)));
             at++)
                if (c->n_awaited > 0)
                        c->n_awaited--;
}

static void client_receive(Client *c) {
        static char data[PIECE];
        ssize_t n;

        while (c->fd >= 0 && (n = recv(c->fd, data, sizeof(data), MSG_DONTWAIT)) != 0) {
                if (n < 0 && errno == EAGAIN)
                        return;
                if (n < 0)
                        break;
                take(c, data, (size_t)n);
        }
        client_break(c);
}

static void client_send(Client *c) {
        size_t n = buffer_size(&c->text);

        if (c->fd < 0 || n == 0)
                return;
        ssize_t sent = send(c->fd, buffer_bytes(&c->text), n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
                buffer_consume(&c->text, (size_t)sent);
        else if (sent < 0 && errno != EAGAIN)
                client_break(c);
}

static bool is_done(const Client *c) {
        return buffer_size(&c->text) == 0 && c->n_awaited == 0;
}

/* Sends and receives as much as is possible without waiting. Returns true when all clients are done, or broken. */
static bool clients_step(Client *const *clients, size_t n, int64_t left_ms) {
        static struct pollfd polls[MOST_CLIENTS];
        size_t n_open = 0;

        for (size_t i = 0; i < n; i++)
                client_send(clients[i]);
        for (size_t i = 0; i < n; i++) {
                Client *c = clients[i];
                polls[i] = (struct pollfd){.fd = is_done(c) ? -1 : c->fd, .events = POLLIN};
                if (buffer_size(&c->text) > 0)
                        polls[i].events |= POLLOUT;
                n_open += polls[i].fd >= 0;
        }
        if (n_open == 0)
                return true;
        poll(polls, (nfds_t)n, (int)(left_ms > 0 ? left_ms : 0));
        for (size_t i = 0; i < n; i++)
                if (polls[i].fd >= 0 && polls[i].revents & (POLLIN | POLLHUP | POLLERR))
                        client_receive(clients[i]);
        return false;
}

bool clients_run(Client *const *clients, size_t n, int64_t timeout_ms) {
        int64_t end_ns = stall_now_ns() + timeout_ms * 1000000;
        bool all_done = true;

        for (size_t i = 0; i < n; i++) {
                clients[i]->error[0] = '\0';
                clients[i]->n_last = 0;
        }
        for (int64_t left_ns; (left_ns = end_ns - stall_now_ns()) > 0;)
                if (clients_step(clients, n, left_ns / 1000000 + 1))
                        break;
        for (size_t i = 0; i < n; i++)
                all_done = all_done && clients[i]->fd >= 0 && is_done(clients[i]);
        for (size_t i = 0; i < n && !all_done; i++) {
                clients[i]->was_closed = clients[i]->fd < 0;
                client_break(clients[i]);
        }
        return all_done;
}

bool client_run(Client *c) {
        return clients_run(&c, 1, SETUP_MS);
}

bool client_call(Client *c, const char *method, const char *params, ...) {
        va_list args;

        va_start(args, params);
        add_v(c, method, params, args);
        va_end(args);
        if (!client_run(c))
                return false;
        if (c->error[0])
                fprintf(stderr, "bench/stalls: %s: %s\n", method, c->error_text);
        return true;
}
