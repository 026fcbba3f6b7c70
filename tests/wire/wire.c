/* The client of the tests, and the trial: see wire.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "count-files.h"
#include "expect.h"
#include "patience.h"
#include "sanitized.h"
#include "wire/wire.h"

/* "Soon" and "a long time" are generous: the machine may be busy, and sanitizers are slow. */
enum { SOON_MS = 5000, LONG_MS = 60000 };

int64_t clock_ms(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

Wire wire_open(void) {
        return wire_open_at(trial_daemon.socket);
}

Wire wire_open_at(const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        Wire wire = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};

        EXPECT(wire.fd >= 0);
        EXPECT(strlen(path) < sizeof(address.sun_path));
        memcpy(address.sun_path, path, strlen(path));
        ck_assert_msg(connect(wire.fd, (struct sockaddr *)&address, sizeof(address)) == 0, "%s: %s",
                      address.sun_path, strerror(errno));
        return wire;
}

void wire_close(Wire *wire) {
        close(wire->fd);
        buffer_deinit(&wire->input);
        for (size_t i = 0; i < wire->n_fds; i++)
                close(wire->fds[i]);
        *wire = (Wire){.fd = -1};
}

size_t wire_try_send(Wire *wire, const void *data, size_t n) {
        ssize_t sent = send(wire->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);

        EXPECT(sent >= 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
        return sent > 0 ? sent : 0;
}

void wire_send_bytes(Wire *wire, const void *data, size_t n) {
        for (const char *at = data; n > 0;) {
                ssize_t sent = send(wire->fd, at, n, MSG_NOSIGNAL);
                ck_assert_msg(sent > 0, "cannot send: %s", strerror(errno));
                at += sent;
                n -= sent;
        }
}

void wire_send(Wire *wire, const char *text) {
        wire_send_bytes(wire, text, strlen(text));
}

void wire_shutdown(Wire *wire) {
        EXPECT(shutdown(wire->fd, SHUT_WR) == 0);
}

bool wire_wait(Wire *wire, int ms) {
        struct pollfd p = {.fd = wire->fd, .events = POLLIN};

        return poll(&p, 1, ms) == 1;
}

static void take_fds(Wire *wire, const struct cmsghdr *header) {
        size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        EXPECT(header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS);
        EXPECT(wire->n_fds + n <= WIRE_FDS);
        memcpy(wire->fds + wire->n_fds, CMSG_DATA(header), n * sizeof(int));
        wire->n_fds += n;
}

static ssize_t receive_with_fds(Wire *wire, void *data, size_t n) {
        union {
                char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
                struct cmsghdr align;
        } control;
        struct iovec bytes = {.iov_base = data, .iov_len = n};
        struct msghdr message = {.msg_iov = &bytes,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control)};

        ssize_t r = recvmsg(wire->fd, &message, MSG_CMSG_CLOEXEC);
        if (r > 0 && CMSG_FIRSTHDR(&message))
                take_fds(wire, CMSG_FIRSTHDR(&message));
        return r;
}

int wire_take_fd(Wire *wire) {
        EXPECT(wire->n_fds > 0);
        int fd = wire->fds[0];
        memmove(wire->fds, wire->fds + 1, --wire->n_fds * sizeof(int));
        return fd;
}

/* Returns false at the end of the stream. */
static bool wire_receive(Wire *wire) {
        ck_assert_msg(wire_wait(wire, patience_ms(LONG_MS)), "nothing came for a long time");
        EXPECT(buffer_reserve(&wire->input, 65536) == 0);
        char *end = wire->input.data + wire->input.end;
        size_t most = wire->piece ? wire->piece : 65536;
        ssize_t n =
                wire->wants_fds ? receive_with_fds(wire, end, most) : recv(wire->fd, end, most, 0);
        if (n <= 0) {
                ck_assert_msg(n == 0 || errno == ECONNRESET, "%s", strerror(errno));
                return false;
        }
        wire->input.end += n;
        return true;
}

const char *wire_line(Wire *wire) {
        size_t searched = 0;
        char *newline = NULL;

        buffer_consume(&wire->input, wire->n_line);
        wire->n_line = 0;
        for (;;) {
                size_t n = buffer_size(&wire->input);
                if (n > searched)
                        newline = memchr(buffer_bytes(&wire->input) + searched, '\n', n - searched);
                if (newline)
                        break;
                searched = n;
                if (!wire_receive(wire)) {
                        ck_assert_msg(n == 0, "the last line is cut: %.*s", (int)n,
                                      n ? buffer_bytes(&wire->input) : "");
                        return NULL;
                }
        }
        *newline = '\0';
        wire->n_line = newline + 1 - buffer_bytes(&wire->input);
        return buffer_bytes(&wire->input);
}

void wire_request(Wire *wire, int id, const char *method, const char *params) {
        char line[4096];

        snprintf(line, sizeof(line),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}\n", id, method,
                 params);
        wire_send(wire, line);
}

void wire_expect_result(Wire *wire, int id, const char *result) {
        const char *line = wire_line(wire);
        char expected[4096];

        snprintf(expected, sizeof(expected), "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":%d}",
                 result, id);
        ck_assert_ptr_nonnull(line);
        if (strcmp(line, expected) != 0)
                ck_abort_msg("not %s but %s", expected, line);
}

void wire_expect_error(Wire *wire, const char *id, int code, const char *error) {
        char begin[128], data[128], end[300];
        const char *line = wire_line(wire);

        ck_assert_ptr_nonnull(line);
        snprintf(begin, sizeof(begin), "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,", code);
        snprintf(data, sizeof(data), "\"data\":{\"errno\":\"%s\"", error);
        snprintf(end, sizeof(end), ",\"id\":%s}", id);
        size_t n = strlen(line);
        if (strncmp(line, begin, strlen(begin)) != 0 || !strstr(line, data) || n < strlen(end) ||
            strcmp(line + n - strlen(end), end) != 0)
                ck_abort_msg("not %d %s for %s but %s", code, error, id, line);
}

void wire_call(Wire *wire, const char *method, const char *params, const char *result) {
        wire_request(wire, 7777, method, params);
        wire_expect_result(wire, 7777, result);
}

void wire_expect_end(Wire *wire) {
        const char *line = wire_line(wire);

        ck_assert_msg(line == NULL, "not the end, but %s", line);
}

void wire_expect_cut_off(Wire *wire) {
        wire_expect_error(wire, "null", -32000, "ECONNRESET");
        wire_expect_end(wire);
}

DaemonProcess trial_daemon;
Wire trial_witness;

typedef struct State {
        int64_t sessions, objects, waits, n_fds; /* no padding: compared as bytes */
} State;

static State state_before;

/* Reads the k-th number of a file of /proc about the daemon, counted from 0 behind the last ')'. */
static int64_t read_proc(const char *file, int k) {
        char path[64], text[1024];

        snprintf(path, sizeof(path), "/proc/%d/%s", (int)trial_daemon.pid, file);
        FILE *f = fopen(path, "re");
        EXPECT(f);
        size_t n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
        text[n] = '\0';
        char *at = strrchr(text, ')');
        at = strtok(at ? at + 1 : text, " ");
        while (k-- > 0)
                at = strtok(NULL, " ");
        return at ? atoll(at) : 0;
}

int64_t trial_memory(void) {
        return read_proc("statm", 1) * sysconf(_SC_PAGESIZE);
}

void trial_expect_memory(int64_t before, int64_t growth) {
        int64_t now = trial_memory();

        /* The address sanitizer keeps freed memory for a while. */
        if (!IS_ADDRESS_SANITIZED)
                ck_assert_int_lt(now - before, growth);
}

int64_t trial_page_faults(void) {
        return read_proc("stat", 7);
}

int64_t trial_cpu_ms(void) {
        return (read_proc("stat", 11) + read_proc("stat", 12)) * 1000 / sysconf(_SC_CLK_TCK);
}

int trial_count_fds(void) {
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/fd", (int)trial_daemon.pid);
        return count_files(path);
}

void trial_ping(void) {
        int64_t before_ms = clock_ms();

        wire_call(&trial_witness, "server.ping", "[]", "\"pong\"");
        int64_t ms = clock_ms() - before_ms;
        ck_assert_msg(ms < patience_ms(SOON_MS), "the witness had to wait for %lld ms",
                      (long long)ms);
}

static State read_state(void) {
        wire_request(&trial_witness, 1, "server.stats", "[]");
        struct json_object *reply = json_tokener_parse(wire_line(&trial_witness)), *result;
        EXPECT(json_object_object_get_ex(reply, "result", &result));
        State state = {
                .sessions = json_object_get_int64(json_object_object_get(result, "sessions")),
                .objects = json_object_get_int64(json_object_object_get(result, "objects")),
                .waits = json_object_get_int64(json_object_object_get(result, "waits")),
                .n_fds = trial_count_fds(),
        };
        json_object_put(reply);
        return state;
}

int64_t trial_stat(const char *name) {
        struct json_object *reply, *result, *number;

        wire_request(&trial_witness, 1, "server.stats", "[]");
        reply = json_tokener_parse(wire_line(&trial_witness));
        EXPECT(json_object_object_get_ex(reply, "result", &result));
        EXPECT(json_object_object_get_ex(result, name, &number));
        int64_t n = json_object_get_int64(number);
        json_object_put(reply);
        return n;
}

void trial_wait_stat(const char *name, int64_t value) {
        for (int64_t end_ms = clock_ms() + patience_ms(LONG_MS); trial_stat(name) != value;)
                ck_assert_msg(clock_ms() < end_ms, "%s is %lld and not %lld", name,
                              (long long)trial_stat(name), (long long)value);
}

void trial_begin(const char *const *options) {
        trial_daemon = daemon_process_new();
        int status = daemon_process_start(&trial_daemon, options);
        ck_assert_msg(status == 0, "the daemon ended with %d", status);
        trial_witness = wire_open();
        trial_ping();
        state_before = read_state();
}

/* The daemon notices the end of a connection a little later than the client. */
void trial_check(void) {
        State now;

        for (int64_t end_ms = clock_ms() + patience_ms(LONG_MS);;) {
                now = read_state();
                if (memcmp(&now, &state_before, sizeof(now)) == 0 || clock_ms() > end_ms)
                        break;
        }
        ck_assert_int_eq(now.sessions, state_before.sessions);
        ck_assert_int_eq(now.waits, state_before.waits);
        ck_assert_int_eq(now.objects, state_before.objects);
        ck_assert_int_eq(now.n_fds, state_before.n_fds);
        ck_assert_int_eq(waitpid(trial_daemon.pid, NULL, WNOHANG), 0);
        trial_ping();
}

void trial_end(void) {
        trial_check();
        wire_close(&trial_witness);
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
        daemon_process_free(&trial_daemon);
}
