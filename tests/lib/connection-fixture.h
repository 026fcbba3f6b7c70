/* Connections over descriptors of every kind that they must work with, and raw bytes to hold against them. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include <check.h>
#include <shmgr/shmgr.h>

/* The descriptor under a connection. A test runs for each kind. */
typedef enum Kind {
        KIND_PIPE,
        KIND_SOCKET,
        KIND_OLD_PIPE, /* of a kernel that knows none of the flags of preadv2(2) and pwritev2(2) */
        KIND_NO_WAIT_PIPE,  /* somebody has set O_NONBLOCK on the descriptors */
        KIND_NO_WAIT_SOCKET /* likewise */
} Kind;

enum { N_KINDS = KIND_NO_WAIT_SOCKET + 1 };

typedef struct Pair {
        shmgr_connection *reader, *writer; /* of a socket pair, both go in both directions */
        int read_fd, write_fd;             /* theirs */
} Pair;

/* Two descriptors of a kind: what is written to fds[1] is read from fds[0]. */
void kind_open(Kind kind, int fds[2]);
/* Two connections. Both may be closed, or NULL, when the pair is closed. */
void pair_open(Pair *pair, Kind kind);
void pair_close(Pair *pair);
/* The same with a kernel's buffer that is known to be small, and stays so. */
void pair_open_small(Pair *pair, Kind kind);

shmgr_connection *connect_fd(int fd, int flags);
/* Writes raw bytes; a string of hexadecimal digits and blanks. */
void write_raw(int fd, const char *hex);
/* Reads exactly what the digits say, or fails. */
void expect_raw(int fd, const char *hex);
/* Receives one message and compares it. */
void expect_message(shmgr_connection *connection, const char *text);
void send_text(shmgr_connection *connection, const char *text);

/* A message that says of each byte where it is: n bytes, to be freed. */
char *pattern_new(size_t n, unsigned seed);
/* Fails when these are not those. */
void expect_pattern(const char *data, size_t n, unsigned seed);

/* Forks; the child ends with the test, or sooner. In the child: 0. */
pid_t fork_child(void);
/* Waits for its end; the test fails when its exit status is not 0. */
void join_child(pid_t pid);
