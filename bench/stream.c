/* Replies are counted by their lines; a Redis bulk string has two. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "stream.h"

enum { CHUNK = 100 };

typedef struct Reader {
        Protocol protocol;
        char head[32]; /* the beginning of the line that is being read */
        size_t n_head;
        bool is_in_bulk;
} Reader;

static bool is_success(const Reader *r) {
        static const char success[] = "{\"jsonrpc\":\"2.0\",\"result\":";

        if (r->protocol == PROTOCOL_RESP)
                return r->head[0] != '-';
        return r->n_head >= sizeof(success) - 1 &&
               memcmp(r->head, success, sizeof(success) - 1) == 0;
}

/* At the end of a line: returns 1 if it ends a reply. */
static unsigned end_line(Reader *r) {
        bool begins_bulk = r->protocol == PROTOCOL_RESP && !r->is_in_bulk && r->head[0] == '$' &&
                           r->head[1] != '-';

        if (!r->is_in_bulk && !is_success(r)) {
                fprintf(stderr, "bench: a request failed: %.*s\n", (int)r->n_head, r->head);
                servers_stop();
                exit(EXIT_FAILURE);
        }
        r->is_in_bulk = begins_bulk;
        r->n_head = 0;
        return begins_bulk ? 0 : 1;
}

static unsigned count_replies(Reader *r, const char *bytes, size_t n) {
        unsigned n_replies = 0;

        for (size_t i = 0; i < n; i++) {
                if (bytes[i] == '\n')
                        n_replies += end_line(r);
                else if (r->n_head < sizeof(r->head))
                        r->head[r->n_head++] = bytes[i];
        }
        return n_replies;
}

static void send_all(int fd, Buffer *b) {
        while (buffer_size(b)) {
                ssize_t n = send(fd, buffer_bytes(b), buffer_size(b), MSG_NOSIGNAL);
                if (n < 0)
                        bench_fail("send", errno);
                buffer_consume(b, (size_t)n);
        }
}

int64_t stream_run(const Server *server, int fd, uint64_t n, StreamMaker maker,
                   const void *userdata) {
        static char bytes[64 << 10];
        Reader reader = {.protocol = server->protocol};
        int64_t cpu_ns = server_cpu_ns(server);
        Buffer requests = {0};

        for (uint64_t i = 0; i < n;) {
                uint64_t n_open = n - i < CHUNK ? n - i : CHUNK;
                for (uint64_t k = 0; k < n_open; k++)
                        maker(&requests, i + k, userdata);
                i += n_open;
                send_all(fd, &requests);
                while (n_open) {
                        ssize_t m = recv(fd, bytes, sizeof(bytes), 0);
                        if (m <= 0)
                                bench_fail(server->name, m < 0 ? errno : ECONNRESET);
                        n_open -= count_replies(&reader, bytes, (size_t)m);
                }
        }
        buffer_deinit(&requests);
        return server_cpu_ns(server) - cpu_ns;
}
