/* Sends and receives lines of JSON-RPC on a socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "base/errno-name.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "wire.h"

enum {
        ROOM = 16 << 10,
        CONNECT_SECONDS = 10, /* a daemon at its limit of connections accepts none */
        FD_LEAST = 10,        /* shells use the numbers below */
};

static const JsonLimits limits = {.max_depth = 1000, .max_members = 1 << 24};

void wire_init(Wire *wire) {
        *wire = (Wire){.fd = -1};
}

void wire_deinit(Wire *wire) {
        if (wire->fd >= 0)
                close(wire->fd);
        buffer_deinit(&wire->in);
        wire_init(wire);
}

void wire_message_deinit(WireMessage *message) {
        json_object_put(message->whole);
        *message = (WireMessage){0};
}

int wire_open(Wire *wire) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        wire->fd = fcntl(fd, F_DUPFD_CLOEXEC, FD_LEAST);
        int r = wire->fd < 0 ? -errno : 0;
        close(fd);
        return r;
}

int wire_connect(int fd, const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        const struct timeval patience = {.tv_sec = CONNECT_SECONDS}, none = {0};

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        int r = connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
        return r;
}

static int write_call(Buffer *b, int id, const char *method, struct json_object *params) {
        int r = buffer_append_format(b, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\"", id,
                                     method);

        if (r == 0 && params)
                r = buffer_append_string(b, ",\"params\":");
        if (r == 0 && params)
                r = json_write(b, params);
        return r == 0 ? buffer_append_string(b, "}\n") : r;
}

static int send_all(int fd, const char *data, size_t n) {
        while (n > 0) {
                ssize_t n_sent = send(fd, data, n, MSG_NOSIGNAL);
                if (n_sent < 0 && errno != EINTR)
                        return -ECONNRESET;
                if (n_sent > 0) {
                        data += n_sent;
                        n -= (size_t)n_sent;
                }
        }
        return 0;
}

int wire_send(Wire *wire, const char *method, struct json_object *params) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int id = wire->last_id + 1;
        int r = write_call(&b, id, method, params);

        if (r == 0)
                r = wire->fd < 0 ? -ECONNRESET
                                 : send_all(wire->fd, buffer_bytes(&b), buffer_size(&b));
        if (r < 0)
                return r;
        return wire->last_id = id;
}

/* Receives bytes. Returns 0, -EAGAIN, -ECONNRESET or -ENOMEM. */
static int receive(Wire *wire) {
        if (wire->fd < 0)
                return -ECONNRESET;
        if (buffer_reserve(&wire->in, ROOM) < 0)
                return -ENOMEM;
        ssize_t n = recv(wire->fd, wire->in.data + wire->in.end, wire->in.capacity - wire->in.end,
                         MSG_DONTWAIT);
        if (n > 0) {
                wire->in.end += (size_t)n;
                return 0;
        }
        return n < 0 && (errno == EAGAIN || errno == EINTR) ? -EAGAIN : -ECONNRESET;
}

static void read_error(struct json_object *error, WireMessage *ret) {
        struct json_object *data = json_object_object_get(error, "data");
        struct json_object *name = data ? json_object_object_get(data, "errno") : NULL;
        const char *text = json_object_get_string(json_object_object_get(error, "message"));

        ret->data = data;
        ret->error = name ? -errno_from_name(json_object_get_string(name)) : -EIO;
        snprintf(ret->text, sizeof(ret->text), "%s", text ? text : "");
}

static void read_message(struct json_object *whole, WireMessage *ret) {
        struct json_object *error;

        *ret = (WireMessage){.whole = whole};
        if (!json_object_is_type(whole, json_type_object))
                return;
        ret->id = json_object_get_int(json_object_object_get(whole, "id"));
        ret->method = json_object_get_string(json_object_object_get(whole, "method"));
        ret->result = json_object_object_get(whole, ret->method ? "params" : "result");
        if (json_object_object_get_ex(whole, "error", &error))
                read_error(error, ret);
}

int wire_receive(Wire *wire, WireMessage *ret) {
        for (;;) {
                size_t n = buffer_size(&wire->in), from = wire->n_searched;
                const char *data = buffer_bytes(&wire->in);
                const char *newline = n > from ? memchr(data + from, '\n', n - from) : NULL;
                if (newline) {
                        struct json_object *whole = NULL;
                        int r = json_parse(data, (size_t)(newline - data), &limits, &whole, NULL);
                        buffer_consume(&wire->in, (size_t)(newline - data) + 1);
                        wire->n_searched = 0;
                        if (r < 0)
                                return r == -ENOMEM ? r : -ECONNRESET;
                        wire_message_deinit(ret);
                        read_message(whole, ret);
                        return 1;
                }
                wire->n_searched = n;
                int r = receive(wire);
                if (r < 0)
                        return r == -EAGAIN ? 0 : r;
        }
}
