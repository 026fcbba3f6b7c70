/* A process asks for something and dies before the grant: the grant goes to a living process. The daemon learns
 * of the request, the death and the release in one turn, in any order. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

enum { N_PINGS = 200 }; /* more than one turn's worth */

typedef struct Trade {
        const char *open, *options;
        const char *take, *params;
        const char *give, *gift;
        const char *look, *left; /* what is left if no process took it */
} Trade;

static const Trade trades[] = {
        {"queue.open", "[\"o\",true]", "queue.get", "[\"o\"]", "queue.put", "[\"o\",7]",
         "queue.size", "1"},
        {"queue.open", "[\"o\",true]", "queue.get_many", "[\"o\",5]", "queue.put", "[\"o\",7]",
         "queue.size", "1"},
        {"queue.open", "[\"o\",true]", "queue.reserve", "[\"o\"]", "queue.put", "[\"o\",7]",
         "queue.size", "1"},
        {"semaphore.open", "{\"name\":\"o\",\"create\":true,\"value\":0}", "semaphore.acquire",
         "[\"o\"]", "semaphore.release", "[\"o\"]", "semaphore.value", "1"},
        {"semaphore.open", "{\"name\":\"o\",\"create\":true,\"value\":0}", "lock.acquire_many",
         "[[\"o\"]]", "semaphore.release", "[\"o\"]", "semaphore.value", "1"},
};

static void send_pings(Wire *wire) {
        for (int i = 0; i < N_PINGS; i++)
                wire_request(wire, 1000 + i, "server.ping", "[]");
}

/* Forks a child that asks on command, and reports when it has. */
static pid_t start_taker(const Trade *trade, int to_child, int from_child) {
        pid_t pid = fork();
        char byte;

        EXPECT(pid >= 0);
        if (pid > 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        for (int i = 0;; i++) {
                if (write(from_child, "", 1) != 1 || read(to_child, &byte, 1) != 1)
                        _exit(1);
                if (byte == '?')
                        wire_request(&wire, i, trade->take, trade->params);
                else
                        send_pings(&wire);
        }
}

/* Sends the child a command, and waits until it has obeyed. */
static void tell(int to_child, int from_child, char what) {
        char byte;

        EXPECT(write(to_child, &what, 1) == 1);
        EXPECT(read(from_child, &byte, 1) == 1);
}

static void stop_daemon(void) {
        kill(trial_daemon.pid, SIGSTOP);
        EXPECT(waitpid(trial_daemon.pid, NULL, WUNTRACED) == trial_daemon.pid);
}

typedef enum Unread { PINGS, QUESTION, PINGS_AND_QUESTION, N_UNREAD } Unread;

/* Kills the child while its messages are unread, since the daemon is stopped. */
static void kill_taker(const Trade *trade, Unread unread) {
        int to_child[2], from_child[2];
        char byte;

        EXPECT(pipe(to_child) == 0 && pipe(from_child) == 0);
        pid_t pid = start_taker(trade, to_child[0], from_child[1]);
        EXPECT(read(from_child[0], &byte, 1) == 1);
        if (unread == PINGS) {
                tell(to_child[1], from_child[0], '?');
                trial_wait_stat("waits", 1);
        }
        stop_daemon();
        if (unread != QUESTION)
                tell(to_child[1], from_child[0], '.');
        if (unread != PINGS)
                tell(to_child[1], from_child[0], '?');
        kill(pid, SIGKILL);
        EXPECT(waitpid(pid, NULL, 0) == pid);
        wire_request(&trial_witness, 5, trade->give, trade->gift);
        kill(trial_daemon.pid, SIGCONT);
        wire_expect_result(&trial_witness, 5, "null");
}

START_TEST(test_dead_taker) {
        const Trade *trade = &trades[_i % ELEMENTSOF(trades)];

        trial_begin(NULL);
        wire_request(&trial_witness, 1, trade->open, trade->options);
        EXPECT(wire_line(&trial_witness));
        kill_taker(trade, _i / ELEMENTSOF(trades));
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, trade->look, "[\"o\"]", trade->left);
        wire_call(&trial_witness, "object.delete", "[\"o\"]", "null");
        trial_end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-takers");
        TCase *tcase = tcase_create("takers");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, test_dead_taker, 0, N_UNREAD * ELEMENTSOF(trades));
        suite_add_tcase(suite, tcase);
        return suite;
}
