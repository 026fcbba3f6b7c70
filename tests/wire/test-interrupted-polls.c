/* Polls that a signal interrupts: nobody is taken for dead, and nothing for over. It runs in the process of the test,
 * whose poll() the daemon's code calls. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/macros.h"
#include "expect.h"
#include "peer-process.h"
#include "pipe-pair.h"
#include "poll-through.h"
#include "tap-main.h"
#include "unix-socket.h"

static unsigned n_interrupts;

__attribute__((visibility("default"))) int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
        struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                                   .tv_nsec = timeout_ms % 1000 * 1000000L};

        if (n_interrupts > 0) {
                n_interrupts--;
                errno = EINTR;
                return -1;
        }
        return (int)syscall(SYS_ppoll, fds, n, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
}

START_TEST(a_session_is_not_taken_for_dead) {
        struct event_base *base = event_base_new();
        Processes processes;
        Process *process = NULL;
        Transport *transport;
        int fds[2];

        EXPECT(base && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        processes_init(&processes, base);
        EXPECT(process_get(&processes, fds[0], getpid(), &process) == 0);
        EXPECT(unix_socket_new(base, fds[0], process, &transport) == 0);
        n_interrupts = 2;
        ck_assert(transport->table->is_alive(transport, true));
        ck_assert_uint_eq(n_interrupts, 0);
        /* Its process is known, too. */
        if (process) {
                Process *again;
                n_interrupts = 2;
                EXPECT(process_get(&processes, fds[0], getpid(), &again) == 0);
                ck_assert_ptr_eq(again, process);
        }
        close(fds[1]);
        n_interrupts = 2;
        ck_assert(!transport->table->is_alive(transport, true));
        transport->table->close(transport);
        processes_deinit(&processes);
        event_base_free(base);
}
END_TEST

START_TEST(a_pipe_is_not_taken_for_closed) {
        int fds[2];

        EXPECT(pipe(fds) == 0);
        n_interrupts = 1;
        ck_assert(pipe_pairs_of_kernel.has_peer(NULL, fds[0]));
        close(fds[1]);
        n_interrupts = 1;
        ck_assert(!pipe_pairs_of_kernel.has_peer(NULL, fds[0]));
        close(fds[0]);
}
END_TEST

START_TEST(a_timeout_ends) {
        int fds[2];

        EXPECT(pipe(fds) == 0);
        struct pollfd p = {.fd = fds[0], .events = POLLIN};
        n_interrupts = 3;
        ck_assert_int_eq(poll_through(&p, 1, 1), 0);
        ck_assert_uint_eq(n_interrupts, 0);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("interrupted-polls");
        TCase *tcase = tcase_create("polls");

        tcase_add_test(tcase, a_session_is_not_taken_for_dead);
        tcase_add_test(tcase, a_pipe_is_not_taken_for_closed);
        tcase_add_test(tcase, a_timeout_ends);
        suite_add_tcase(suite, tcase);
        return suite;
}
