/* Connections that several threads or processes use at once: no message is mixed with another, lost, or
 * received twice. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "expect.h"
#include "lib/connection-fixture.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

enum { N_SENDERS = 4, N_MESSAGES = 150 };

/* How often each message was received; the last row counts invalid ones. */
typedef struct Tally {
        unsigned char n[N_SENDERS][N_MESSAGES];
} Tally;

/* Returns the length of a message, from 8 bytes to most. */
static size_t size_of(unsigned sender, unsigned i, size_t most) {
        return 8 + (sender * 7919u + i * 104729u) % (most - 7);
}

/* Sends a message whose bytes all name the sender and the number. */
static int send_one(shmgr_connection *writer, unsigned sender, unsigned i, size_t most) {
        size_t n = size_of(sender, i, most);
        char *message = pattern_new(n, sender * 50 + i);
        uint32_t head[2] = {sender, i};

        memcpy(message, head, sizeof(head));
        int r = shmgr_connection_send_bytes(writer, message, n, 0, -1);
        free(message);
        return r;
}

/* Receives a message and asserts that it is unchanged. Returns 0 or the error. */
static int receive_one(shmgr_connection *reader, Tally *tally, size_t most) {
        uint32_t head[2];
        void *data;
        size_t n;
        int r = shmgr_connection_recv_bytes(reader, -1, &data, &n);

        if (r < 0)
                return r;
        EXPECT(n >= sizeof(head));
        memcpy(head, data, sizeof(head));
        EXPECT(head[0] < N_SENDERS && head[1] < N_MESSAGES);
        EXPECT(n == size_of(head[0], head[1], most));
        char *message = pattern_new(n, head[0] * 50 + head[1]);
        EXPECT(memcmp(message + sizeof(head), (char *)data + sizeof(head), n - sizeof(head)) == 0);
        __atomic_fetch_add(&tally->n[head[0]][head[1]], 1, __ATOMIC_RELAXED);
        free(message);
        free(data);
        return 0;
}

static void expect_each_once(const Tally *tally) {
        for (int i = 0; i < N_SENDERS; i++)
                for (int k = 0; k < N_MESSAGES; k++)
                        ck_assert_msg(tally->n[i][k] == 1, "message %d of %d came %d times", k, i,
                                      tally->n[i][k]);
}

/* ---- Threads */

typedef struct Job {
        pthread_t thread;
        shmgr_connection *connection;
        unsigned sender;
        Tally *tally;
        int result;
} Job;

enum { THREAD_MOST = 100000 };

static void *send_in_thread(void *userdata) {
        Job *job = userdata;

        for (unsigned i = 0; i < N_MESSAGES && job->result == 0; i++)
                job->result = send_one(job->connection, job->sender, i, THREAD_MOST);
        return NULL;
}

static void *receive_in_thread(void *userdata) {
        Job *job = userdata;

        while (job->result == 0)
                job->result = receive_one(job->connection, job->tally, THREAD_MOST);
        return NULL;
}

START_TEST(test_threads_share_a_connection) {
        Job senders[N_SENDERS], receivers[3];
        Tally tally = {0};
        Pair pair;

        pair_open(&pair, _i);
        for (unsigned i = 0; i < 3; i++) {
                receivers[i] = (Job){.connection = pair.reader, .tally = &tally};
                pthread_create(&receivers[i].thread, NULL, receive_in_thread, &receivers[i]);
        }
        for (unsigned i = 0; i < N_SENDERS; i++) {
                senders[i] = (Job){.connection = pair.writer, .sender = i};
                pthread_create(&senders[i].thread, NULL, send_in_thread, &senders[i]);
        }
        for (unsigned i = 0; i < N_SENDERS; i++) {
                pthread_join(senders[i].thread, NULL);
                ck_assert_int_eq(senders[i].result, 0);
        }
        shmgr_connection_close(pair.writer);
        for (unsigned i = 0; i < 3; i++) {
                pthread_join(receivers[i].thread, NULL);
                ck_assert_int_eq(receivers[i].result, -ENODATA);
        }
        expect_each_once(&tally);
        pair_close(&pair);
}
END_TEST

static void *receive_once(void *userdata) {
        Job *job = userdata;
        void *data;

        job->result = shmgr_connection_recv_bytes(job->connection, -1, &data, NULL);
        if (job->result == 0)
                free(data);
        return NULL;
}

/* Returns when a thread receives. It has the turn, so a non-blocking call fails. */
static void await_receiver(shmgr_connection *connection) {
        while (shmgr_connection_set_read_lock(connection, NULL) != -EBUSY)
                sched_yield();
}

/* A call in progress keeps the descriptor open, and no further one begins. */
START_TEST(test_close_while_a_thread_receives) {
        Pair pair;

        pair_open(&pair, _i);
        Job job = {.connection = pair.reader, .result = 1};
        pthread_create(&job.thread, NULL, receive_once, &job);
        await_receiver(pair.reader);
        ck_assert_int_eq(shmgr_connection_close(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), -EBADF);
        send_text(pair.writer, "late");
        pthread_join(job.thread, NULL);
        ck_assert_int_eq(job.result, 0);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        pair_close(&pair);
}
END_TEST

START_TEST(test_nonblocking_call_does_not_wait_for_a_thread) {
        void *data;
        Pair pair;

        pair_open(&pair, _i);
        Job job = {.connection = pair.reader, .result = 1};
        pthread_create(&job.thread, NULL, receive_once, &job);
        await_receiver(pair.reader);
        shmgr_connection_set_nonblocking(pair.reader, 1);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, NULL), -EAGAIN);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
        send_text(pair.writer, "a");
        pthread_join(job.thread, NULL);
        ck_assert_int_eq(job.result, 0);
        pair_close(&pair);
}
END_TEST

/* ---- Forks */

/* A thread receives a message while another one forks: the child does not have the receiving thread. */
START_TEST(test_fork_while_a_thread_receives) {
        Pair pair;

        pair_open(&pair, _i);
        Job job = {.connection = pair.reader, .result = 1};
        pthread_create(&job.thread, NULL, receive_once, &job);
        await_receiver(pair.reader);
        pid_t pid = fork_child();
        if (pid == 0) {
                shmgr_connection_set_nonblocking(pair.reader, 1);
                void *data;
                if (shmgr_connection_recv_bytes(pair.reader, -1, &data, NULL) != -EAGAIN)
                        _exit(1);
                shmgr_connection_close(pair.reader);
                _exit(shmgr_connection_closed(pair.reader) ? 0 : 2);
        }
        join_child(pid);
        send_text(pair.writer, "a");
        pthread_join(job.thread, NULL);
        ck_assert_int_eq(job.result, 0);
        pair_close(&pair);
}
END_TEST

/* A message that the parent has received or sent in part stays the parent's; the child does not repeat it. */
START_TEST(test_fork_within_a_message) {
        enum { SIZE = 1000000 };
        char *message = pattern_new(SIZE, 3);
        void *data;
        size_t n;
        int r;
        Pair pair;

        pair_open_small(&pair, _i);
        shmgr_connection_set_nonblocking(pair.reader, 1);
        shmgr_connection_set_nonblocking(pair.writer, 1);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, SIZE, 0, -1), 0);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EAGAIN);
        pid_t pid = fork_child();
        if (pid == 0)
                _exit(shmgr_connection_flush(pair.writer) != 0                             ? 1
                      : shmgr_connection_recv_bytes(pair.reader, -1, &data, &n) != -EAGAIN ? 2
                                                                                           : 0);
        join_child(pid);
        while ((r = shmgr_connection_recv_bytes(pair.reader, -1, &data, &n)) == -EAGAIN)
                shmgr_connection_flush(pair.writer);
        ck_assert_int_eq(r, 0);
        ck_assert_uint_eq(n, SIZE);
        expect_pattern(data, n, 3);
        free(data);
        free(message);
        pair_close(&pair);
}
END_TEST

/* ---- Processes */

static pid_t fork_sender(Pair *pair, unsigned sender, size_t most) {
        pid_t pid = fork_child();

        if (pid > 0)
                return pid;
        shmgr_connection_close(pair->reader);
        int r = 0;
        for (unsigned i = 0; i < N_MESSAGES && r == 0; i++)
                r = send_one(pair->writer, sender, i, most);
        _exit(r == 0 ? 0 : 1);
}

static void expect_from_senders(Pair *pair, size_t most) {
        pid_t pids[N_SENDERS];
        Tally tally = {0};
        int r;

        for (unsigned i = 0; i < N_SENDERS; i++)
                pids[i] = fork_sender(pair, i, most);
        shmgr_connection_close(pair->writer);
        do
                r = receive_one(pair->reader, &tally, most);
        while (r == 0);
        ck_assert_int_eq(r, -ENODATA);
        for (unsigned i = 0; i < N_SENDERS; i++)
                join_child(pids[i]);
        expect_each_once(&tally);
}

/* SHMGR_CONNECTION_ATOMIC promises this. */
START_TEST(test_short_messages_of_processes_on_a_pipe) {
        Pair pair;

        pair_open(&pair, _i);
        expect_from_senders(&pair, SHMGR_CONNECTION_ATOMIC);
        pair_close(&pair);
}
END_TEST

static Daemon fixture;
static shmgr_lock *lock;

static void close_lock(void) {
        lock = shmgr_lock_unref(lock);
        daemon_stop(&fixture);
}

START_TEST(test_long_messages_of_processes_under_a_lock) {
        Pair pair;

        lock = daemon_start_with_lock(&fixture, "release");
        pair_open(&pair, _i);
        ck_assert_int_eq(shmgr_connection_set_write_lock(pair.writer, lock), 0);
        expect_from_senders(&pair, 50000);
        pair_close(&pair);
        close_lock();
}
END_TEST

/* Forks a child that receives until the end and writes the number of messages to result_fd. */
static pid_t fork_receiver(Pair *pair, int result_fd, size_t most) {
        pid_t pid = fork_child();
        Tally tally = {0};
        int r;

        if (pid > 0)
                return pid;
        shmgr_connection_close(pair->writer);
        do
                r = receive_one(pair->reader, &tally, most);
        while (r == 0);
        _exit(r == -ENODATA && write(result_fd, &tally, sizeof(tally)) == sizeof(tally) ? 0 : 1);
}

/* Each message reaches one of the receivers whole, and all receivers see the end of file. */
START_TEST(test_processes_receive_under_a_lock) {
        Tally sum = {0}, tally;
        pid_t receivers[3];
        int fds[2];
        Pair pair;

        lock = daemon_start_with_lock(&fixture, "release");
        pair_open(&pair, _i);
        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, lock), 0);
        for (int i = 0; i < 3; i++)
                receivers[i] = fork_receiver(&pair, fds[1], 9000);
        shmgr_connection_close(pair.reader);
        for (unsigned sender = 0; sender < N_SENDERS; sender++)
                for (unsigned i = 0; i < N_MESSAGES; i++)
                        ck_assert_int_eq(send_one(pair.writer, sender, i, 9000), 0);
        shmgr_connection_close(pair.writer);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(read(fds[0], &tally, sizeof(tally)), sizeof(tally));
                for (size_t k = 0; k < sizeof(tally); k++)
                        ((unsigned char *)sum.n)[k] += ((unsigned char *)tally.n)[k];
                join_child(receivers[i]);
        }
        expect_each_once(&sum);
        close(fds[0]);
        close(fds[1]);
        pair_close(&pair);
        close_lock();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-shared");
        TCase *tcase = tcase_create("connection-shared");

        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, test_threads_share_a_connection, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_close_while_a_thread_receives, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_nonblocking_call_does_not_wait_for_a_thread, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_fork_while_a_thread_receives, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_fork_within_a_message, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_short_messages_of_processes_on_a_pipe, KIND_PIPE,
                            KIND_PIPE + 1);
        tcase_add_loop_test(tcase, test_short_messages_of_processes_on_a_pipe, KIND_OLD_PIPE,
                            KIND_NO_WAIT_PIPE + 1);
        tcase_add_loop_test(tcase, test_long_messages_of_processes_under_a_lock, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_processes_receive_under_a_lock, 0, N_KINDS);
        suite_add_tcase(suite, tcase);
        return suite;
}
