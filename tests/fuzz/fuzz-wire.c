/* fuzz-wire: the input of a wild world (fuzz-world.h) goes to a real daemon as well, over sockets that behave
 * badly: lines come in pieces, or cut off, or several at once; connections end in the middle of a line, with or
 * without a half-close, or do not read for a while. The daemon's replies are ignored; but a witness must always
 * get its replies, and the daemon must survive, and exit with 0, which test-fuzz-wire.sh checks. Best with a
 * daemon that was built with --enable-sanitizer=address,undefined.
 *
 *     fuzz-wire SOCKET SECONDS SEED [WORLDS] */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/fuzz-world.h"
#include "patience.h"
#include "session.h"

enum { STEPS = 3000, PING_EACH = 40, PATIENCE_MS = 30000, TRIES = 20 };

static const char *path;
static Random chaos;
static int fds[WORLD_SESSIONS]; /* -1: not connected */
static bool is_half[WORLD_SESSIONS];
static int witness = -1;

static bool once_in(unsigned n) {
        return random_below(&chaos, n) == 0;
}

static void fail(const char *what) {
        fprintf(stderr, "\nfuzz-wire: %s: %s\n", what, strerror(errno));
        exit(1);
}

static int open_socket(uid_t uid) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        bool is_root = getuid() == 0 && uid != 0;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
                fail(path);
        memcpy(address.sun_path, path, strlen(path) + 1);
        /* The kernel reports the effective uid at the time of connect() as the peer's. */
        if (is_root && seteuid(uid) < 0)
                fail("seteuid");
        int r = connect(fd, (struct sockaddr *)&address, sizeof(address));
        if (is_root && seteuid(0) < 0)
                fail("seteuid");
        if (r < 0)
                fail(path);
        return fd;
}

static void drop(unsigned i) {
        if (fds[i] >= 0)
                close(fds[i]);
        fds[i] = -1;
        is_half[i] = false;
}

static void ping(void) {
        static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}\n";
        struct pollfd p = {.events = POLLIN};
        char answer[512];

        if (witness < 0)
                witness = open_socket(0);
        p.fd = witness;
        if (send(witness, line, sizeof(line) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(line) - 1 ||
            poll(&p, 1, patience_ms(PATIENCE_MS)) != 1 ||
            recv(witness, answer, sizeof(answer), 0) <= 0)
                fail("the witness is not answered");
}

/* Reads some of the output, or nothing. Attached descriptors are received or lost. */
static void read_some(int fd) {
        char data[4096];
        char control[CMSG_SPACE(8 * sizeof(int))];
        struct iovec bytes = {.iov_base = data, .iov_len = 1 + random_below(&chaos, sizeof(data))};
        struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};

        if (once_in(2)) {
                message.msg_control = control;
                message.msg_controllen = sizeof(control);
        }
        if (recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
                return;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
                for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
                        int received;
                        memcpy(&received, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
                        close(received);
                }
}

/* Returns false if the daemon does not take the bytes: its output is not read, or it has closed the connection. */
static bool write_piece(int fd, const char *data, size_t n) {
        for (int tries = 0; n > 0 && tries < TRIES;) {
                ssize_t sent = send(fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent < 0 && errno != EAGAIN)
                        return false;
                if (sent < 0) {
                        tries++;
                        read_some(fd);
                        continue;
                }
                data += sent;
                n -= (size_t)sent;
        }
        return n == 0;
}

static bool write_in_pieces(int fd, const char *line, size_t n) {
        while (n > 0) {
                size_t piece = once_in(3) ? 1 + random_below(&chaos, n) : n;
                if (!write_piece(fd, line, piece))
                        return false;
                line += piece;
                n -= piece;
        }
        return once_in(50) || write_piece(fd, "\n", 1);
}

static void treat(unsigned i) {
        if (once_in(60) || is_half[i])
                drop(i);
        else if (once_in(60))
                is_half[i] = shutdown(fds[i], once_in(3) ? SHUT_RDWR : SHUT_WR) == 0;
        else if (once_in(2))
                read_some(fds[i]);
}

static void send_too(World *world, unsigned session, const char *line, size_t n) {
        static unsigned n_lines;

        if (fds[session] < 0)
                fds[session] = open_socket(world->sessions[session]->peer.uid);
        if (!write_in_pieces(fds[session], line, n))
                drop(session);
        else
                treat(session);
        if (++n_lines % PING_EACH == 0)
                ping();
}

static void live(World *world, uint64_t seed) {
        chaos.state = seed * 2 + 1;
        world_init(world, seed, true);
        world->on_input = send_too;
        for (int i = 0; i < STEPS; i++)
                world_step(world);
        world->on_input = NULL;
        world_end(world);
        ping();
}

int main(int argc, char **argv) {
        static World world;

        if (argc < 4) {
                fprintf(stderr, "Usage: %s SOCKET SECONDS SEED [WORLDS]\n", argv[0]);
                return 2;
        }
        path = argv[1];
        time_t end = time(NULL) + atoi(argv[2]);
        uint64_t seed = strtoull(argv[3], NULL, 10), n = 0;
        uint64_t most = argc > 4 ? strtoull(argv[4], NULL, 10) : UINT64_MAX;
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                fds[i] = -1;
        for (; n < most && time(NULL) < end; n++, seed++) {
                fprintf(stderr, "\rworld %llu", (unsigned long long)seed);
                live(&world, seed);
        }
        fprintf(stderr, "\r%llu worlds of %d steps, and nothing found\n", (unsigned long long)n,
                STEPS);
        return 0;
}
