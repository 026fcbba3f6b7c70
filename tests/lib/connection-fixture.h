/* Connections over each kind of descriptor that the library supports, and raw bytes to compare the stream
 * with. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include <check.h>
#include <shmgr/shmgr.h>

/* The kinds of descriptor under a connection. A test runs once for each kind. */
typedef enum Kind {
        KIND_PIPE,
        KIND_SOCKET,
        KIND_OLD_PIPE,      /* under a kernel that knows no flag of preadv2(2) and pwritev2(2) */
        KIND_NO_WAIT_PIPE,  /* O_NONBLOCK is set on the descriptors */
        KIND_NO_WAIT_SOCKET /* O_NONBLOCK is set, too */
} Kind;

enum { N_KINDS = KIND_NO_WAIT_SOCKET + 1 };

typedef struct Pair {
        shmgr_connection *reader, *writer; /* on a socket pair each of both sends and receives */
        int read_fd, write_fd;             /* the descriptors of the two */
} Pair;

/* Makes two descriptors of a kind: bytes written to fds[1] are read from fds[0]. */
void kind_open(Kind kind, int fds[2]);
/* Makes two connections. Either may be closed or NULL when the pair is closed. */
void pair_open(Pair *pair, Kind kind);
void pair_close(Pair *pair);
/* Makes a pair whose buffer in the kernel is small, and is not enlarged. */
void pair_open_small(Pair *pair, Kind kind);

shmgr_connection *connect_fd(int fd, int flags);
/* Writes raw bytes, given as hexadecimal digits and blanks. */
void write_raw(int fd, const char *hex);
/* Reads as many bytes as the digits give, and asserts that they are equal. */
void expect_raw(int fd, const char *hex);
/* Receives one message and asserts its text. */
void expect_message(shmgr_connection *connection, const char *text);
void send_text(shmgr_connection *connection, const char *text);

/* Makes a message of n bytes, each a function of its place and the seed; the caller frees it. */
char *pattern_new(size_t n, unsigned seed);
/* Asserts that the bytes are those of pattern_new() for this seed. */
void expect_pattern(const char *data, size_t n, unsigned seed);

/* Forks; returns 0 in the child. The child dies with the test at the latest. */
pid_t fork_child(void);
/* Waits for the child's end; the test fails if its exit status is not 0. */
void join_child(pid_t pid);
