/* Pairs of connections, raw bytes, and children: see connection-fixture.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/connection-fixture.h"

/* From here on the flags of preadv2(2) and pwritev2(2) fail in this process, as under Linux 6.0. The
 * process is the child of Check that runs one test. */
static void forget_flags(void) {
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_preadv2, 1, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwritev2, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                fprintf(stderr, "# no seccomp: this is tested with the flags of this kernel\n");
}

void kind_open(Kind kind, int fds[2]) {
        if (kind == KIND_OLD_PIPE)
                forget_flags();
        if (kind == KIND_SOCKET || kind == KIND_NO_WAIT_SOCKET)
                ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        else
                ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        for (int i = 0; i < 2 && kind >= KIND_NO_WAIT_PIPE; i++)
                ck_assert_int_eq(fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK), 0);
}

shmgr_connection *connect_fd(int fd, int flags) {
        shmgr_connection *connection = NULL;

        ck_assert_int_eq(shmgr_connection_from_fd(fd, flags, &connection), 0);
        ck_assert_ptr_nonnull(connection);
        return connection;
}

void pair_open(Pair *pair, Kind kind) {
        int fds[2];

        kind_open(kind, fds);
        *pair = (Pair){.reader = connect_fd(fds[0], 0),
                       .writer = connect_fd(fds[1], 0),
                       .read_fd = fds[0],
                       .write_fd = fds[1]};
}

void pair_open_small(Pair *pair, Kind kind) {
        int size = 32 << 10;

        pair_open(pair, kind);
        if (fcntl(pair->write_fd, F_SETPIPE_SZ, size) < 0) {
                ck_assert_int_eq(errno, EBADF);
                ck_assert_int_eq(
                        setsockopt(pair->write_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
        }
}

void pair_close(Pair *pair) {
        pair->reader = shmgr_connection_unref(pair->reader);
        pair->writer = shmgr_connection_unref(pair->writer);
}

/* Decodes hexadecimal digits; returns the number of bytes. */
static size_t read_hex(const char *hex, unsigned char *ret, size_t room) {
        size_t n = 0;
        int used;

        for (unsigned byte; sscanf(hex, " %2x%n", &byte, &used) == 1; hex += used) {
                ck_assert_uint_lt(n, room);
                ret[n++] = (unsigned char)byte;
        }
        return n;
}

void write_raw(int fd, const char *hex) {
        unsigned char bytes[256];
        size_t n = read_hex(hex, bytes, sizeof(bytes));

        ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
}

void expect_raw(int fd, const char *hex) {
        unsigned char bytes[256], got[256];
        size_t n = read_hex(hex, bytes, sizeof(bytes));

        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(read(fd, got + i, 1), 1);
        ck_assert_mem_eq(got, bytes, n);
}

void send_text(shmgr_connection *connection, const char *text) {
        ck_assert_int_eq(shmgr_connection_send_bytes(connection, text, strlen(text), 0, -1), 0);
}

void expect_message(shmgr_connection *connection, const char *text) {
        void *data = NULL;
        size_t n = 99;

        ck_assert_int_eq(shmgr_connection_recv_bytes(connection, -1, &data, &n), 0);
        ck_assert_str_eq(data, text);
        ck_assert_uint_eq(n, strlen(text));
        free(data);
}

static unsigned char pattern_at(size_t i, unsigned seed) {
        return (unsigned char)(i * 31 + (i >> 8) + (i >> 16) + seed);
}

char *pattern_new(size_t n, unsigned seed) {
        char *data = malloc(n + 1);

        ck_assert_ptr_nonnull(data);
        for (size_t i = 0; i < n; i++)
                data[i] = (char)pattern_at(i, seed);
        return data;
}

void expect_pattern(const char *data, size_t n, unsigned seed) {
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)data[i] != pattern_at(i, seed))
                        ck_abort_msg("byte %zu of %zu is wrong", i, n);
}

pid_t fork_child(void) {
        pid_t parent = getpid();
        pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (getppid() != parent)
                        _exit(1);
        }
        return pid;
}

void join_child(pid_t pid) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                      "the child ended with status 0x%x", (unsigned)status);
}
