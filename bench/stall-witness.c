/* The witness. It is a process, so it measures while bench/stalls itself is busy. The board is memory that both share. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stall-daemon.h"
#include "stall-witness.h"

enum { PAUSE_US = 300 };

typedef struct Board {
        atomic_int_fast64_t longest_ns;
        atomic_int_fast64_t since_ns; /* of the ping in progress, or 0 */
} Board;

static Board *board;
static pid_t pid;

static void note(int64_t ns) {
        if (ns > atomic_load(&board->longest_ns))
                atomic_store(&board->longest_ns, ns);
}

static void watch(int fd) {
        static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}\n";
        char answer[256];

        for (;;) {
                int64_t before_ns = stall_now_ns();
                atomic_store(&board->since_ns, before_ns);
                if (send(fd, ping, sizeof(ping) - 1, MSG_NOSIGNAL) < 0 ||
                    recv(fd, answer, sizeof(answer), 0) <= 0)
                        _exit(0);
                note(stall_now_ns() - before_ns);
                atomic_store(&board->since_ns, 0);
                usleep(PAUSE_US);
        }
}

void stall_witness_start(uid_t uid) {
        if (!board)
                board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (board == MAP_FAILED || (pid = fork()) < 0)
                stall_fail("fork");
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                int fd = stall_daemon_connect(uid);
                if (fd < 0)
                        _exit(1);
                watch(fd);
        }
}

void stall_witness_stop(void) {
        if (pid <= 0)
                return;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        pid = 0;
}

void stall_witness_reset(void) {
        atomic_store(&board->longest_ns, 0);
        if (atomic_load(&board->since_ns))
                atomic_store(&board->since_ns, stall_now_ns());
}

int64_t stall_witness_longest_ns(void) {
        int64_t since_ns = atomic_load(&board->since_ns);

        if (since_ns)
                note(stall_now_ns() - since_ns);
        return atomic_load(&board->longest_ns);
}
