/* Connections under a storm of signals, with handlers that restart system calls and handlers that do not: no
 * byte is lost, no call fails, and no timeout is cut short or begins anew. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "tap-main.h"

enum { SIZE = 16 << 20, N_MESSAGES = 3, WAIT_MS = 100 };

static volatile sig_atomic_t n_signals;

static void on_signal(int number) {
        n_signals++;
}

/* Odd tests install the handler with SA_RESTART. */
static void begin_storm(int i) {
        const struct sigaction action = {.sa_handler = on_signal,
                                         .sa_flags = i % 2 ? SA_RESTART : 0};
        const struct itimerval often = {.it_interval.tv_usec = 1000, .it_value.tv_usec = 1000};

        n_signals = 0;
        sigaction(SIGALRM, &action, NULL);
        ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void end_storm(void) {
        const struct itimerval never = {0};

        setitimer(ITIMER_REAL, &never, NULL);
        ck_assert_int_gt(n_signals, 0);
}

static void receive(Pair *pair, unsigned seed) {
        void *data;
        size_t n;

        ck_assert_int_eq(shmgr_connection_recv_bytes(pair->reader, -1, &data, &n), 0);
        ck_assert_uint_eq(n, SIZE);
        expect_pattern(data, n, seed);
        free(data);
}

START_TEST(test_signals_within_messages) {
        Pair pair;

        pair_open(&pair, _i / 2);
        pid_t pid = fork_child();
        if (pid == 0) {
                begin_storm(_i);
                for (unsigned i = 0; i < N_MESSAGES; i++) {
                        char *message = pattern_new(SIZE, i);
                        ck_assert_int_eq(
                                shmgr_connection_send_bytes(pair.writer, message, SIZE, 0, -1), 0);
                        free(message);
                }
                end_storm();
                _exit(0);
        }
        shmgr_connection_close(pair.writer);
        begin_storm(_i);
        for (unsigned i = 0; i < N_MESSAGES; i++)
                receive(&pair, i);
        end_storm();
        join_child(pid);
        pair_close(&pair);
}
END_TEST

static long now_ms(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

START_TEST(test_signals_while_polling) {
        shmgr_connection *readers[2];
        int ready[2];
        Pair pair, other;

        pair_open(&pair, _i / 2);
        pair_open(&other, _i / 2);
        readers[0] = pair.reader;
        readers[1] = other.reader;
        begin_storm(_i);
        long start = now_ms();
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, WAIT_MS), 0);
        ck_assert_int_ge(now_ms() - start, WAIT_MS);
        start = now_ms();
        ck_assert_int_eq(shmgr_connection_wait(readers, 2, WAIT_MS, ready), 0);
        ck_assert_int_ge(now_ms() - start, WAIT_MS);
        end_storm();
        pair_close(&pair);
        pair_close(&other);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-signals");
        TCase *tcase = tcase_create("signals");

        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, test_signals_within_messages, 0, 2 * N_KINDS);
        tcase_add_loop_test(tcase, test_signals_while_polling, 0, 2 * N_KINDS);
        suite_add_tcase(suite, tcase);
        return suite;
}
