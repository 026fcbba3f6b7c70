/* Starts and stops servers, and reads their processor time, memory and context switches from the kernel. */
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "server.h"

static Server *running[8];
static int processor_of_servers = -1;

static void pin(int processor) {
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(processor, &set);
        sched_setaffinity(0, sizeof(set), &set);
}

/* The first call notes the processors that this process may use: pin() then leaves only one of them in its mask. */
static const cpu_set_t *find_allowed(void) {
        static cpu_set_t allowed;

        if (CPU_COUNT(&allowed) == 0)
                sched_getaffinity(0, sizeof(allowed), &allowed);
        return &allowed;
}

void bench_unpin(void) {
        const cpu_set_t *allowed = find_allowed();

        sched_setaffinity(0, sizeof(*allowed), allowed);
        processor_of_servers = -1;
}

void bench_pin(bool apart) {
        const cpu_set_t *allowed = find_allowed();
        int first = -1, last = -1;

        for (int i = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, allowed)) {
                        first = first < 0 ? i : first;
                        last = i;
                }
        if (first < 0)
                return;
        pin(first);
        processor_of_servers = apart ? last : first;
}

int bench_server_processor(void) {
        return processor_of_servers;
}

static void add_running(Server *server) {
        bench_set_cleanup(servers_stop);
        for (unsigned i = 0; i < ELEMENTSOF(running); i++)
                if (!running[i]) {
                        running[i] = server;
                        return;
                }
        bench_fail("too many servers", ENFILE);
}

static void make_directory(Server *s) {
        snprintf(s->directory, sizeof(s->directory), "%s/shmgr-bench-XXXXXX",
                 s->is_durable ? "/var/tmp" : "/tmp");
        if (!mkdtemp(s->directory))
                bench_fail(s->directory, errno);
        snprintf(s->path, sizeof(s->path), "%s/s", s->directory);
}

static void become_child(void) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (processor_of_servers >= 0)
                pin(processor_of_servers);
}

static void fork_server(Server *s) {
        fflush(NULL);
        s->pid = fork();
        if (s->pid < 0)
                bench_fail("fork", errno);
        if (s->pid > 0)
                add_running(s);
        else
                become_child();
}

static void run_shmgr(const Server *s, bool below_callgrind, const char *ready_fd) {
        char *shmgrd = getenv("SHMGRD"), file[64], state[64];
        const char *const tool[] = {"valgrind", "-q", "--tool=callgrind", file,
                                    "--error-exitcode=1"};
        const char *const line[] = {shmgrd ? shmgrd : "./shmgrd",
                                    "--config=/dev/null",
                                    "--log-level=error",
                                    "--max-sessions=20000",
                                    "--max-sessions-per-uid=20000",
                                    "--max-waits-per-uid=100000",
                                    "--max-objects-per-uid=1000000",
                                    "--max-handles=1000000",
                                    "--max-handles-per-uid=1000000",
                                    "--max-output=64M",
                                    "--soft-output=32M",
                                    "--dumpable=yes",
                                    "--socket",
                                    s->path,
                                    "--ready-fd",
                                    ready_fd};
        const char *all[ELEMENTSOF(tool) + ELEMENTSOF(line) + 3];
        size_t n = 0;

        snprintf(state, sizeof(state), "--state=%s/state", s->directory);
        snprintf(file, sizeof(file), "--callgrind-out-file=%s/out", s->directory);
        for (size_t i = 0; below_callgrind && i < ELEMENTSOF(tool); i++)
                all[n++] = tool[i];
        memcpy(all + n, line, sizeof(line));
        n += ELEMENTSOF(line);
        /* The number of spins depends on time, so spinning would change the counts. */
        all[n++] = below_callgrind ? "--spin=off" : "--spin=auto";
        if (s->is_durable)
                all[n++] = state;
        all[n] = NULL;
        if (below_callgrind)
                server_make_steady();
        execvp(all[0], (char **)all);
        _exit(127);
}

void server_make_steady(void) {
        const char *steady = getenv("STEADY");

        if (steady)
                setenv("LD_PRELOAD", steady, true);
}

static void start_shmgr(Server *s, bool below_callgrind) {
        int ready[2];
        char byte, fd[16];

        make_directory(s);
        if (pipe(ready) < 0)
                bench_fail("pipe", errno);
        fork_server(s);
        if (s->pid == 0) {
                snprintf(fd, sizeof(fd), "%d", ready[1]);
                run_shmgr(s, below_callgrind, fd);
        }
        close(ready[1]);
        if (read(ready[0], &byte, 1) != 1)
                bench_fail("the daemon does not start", ENOENT);
        close(ready[0]);
}

void server_start_shmgr(Server *s, bool below_callgrind) {
        *s = (Server){.name = "shmgrd", .protocol = PROTOCOL_JSON_RPC};
        start_shmgr(s, below_callgrind);
}

void server_start_durable_shmgr(Server *s) {
        *s = (Server){.name = "shmgrd", .protocol = PROTOCOL_JSON_RPC, .is_durable = true};
        start_shmgr(s, false);
}

static void load_script(const Server *s) {
        char text[512];
        int fd = server_connect(s);
        int n = snprintf(text, sizeof(text), "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$%zu\r\n%s\r\n",
                         strlen(operation_release_script), operation_release_script);

        if (fd < 0 || write(fd, text, (size_t)n) != n || read(fd, text, 47) != 47)
                bench_fail("redis-server", EIO);
        memcpy(operation_release_sha, text + 5, 40);
        close(fd);
}

static bool start_redis(Server *s) {
        make_directory(s);
        fork_server(s);
        if (s->pid == 0) {
                if (!freopen("/dev/null", "w", stdout))
                        _exit(127);
                execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", s->path,
                       "--save", "", "--appendonly", s->is_durable ? "yes" : "no", "--appendfsync",
                       "always", "--dir", s->directory, "--maxclients", "15000", (char *)NULL);
                _exit(127);
        }
        for (int i = 0; i < 1000; i++) {
                int fd = server_connect(s);
                if (fd >= 0) {
                        close(fd);
                        load_script(s);
                        return true;
                }
                if (waitpid(s->pid, NULL, WNOHANG) == s->pid)
                        break;
                nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
        server_stop(s);
        return false;
}

bool server_start_redis(Server *s) {
        *s = (Server){.name = "Redis", .protocol = PROTOCOL_RESP};
        return start_redis(s);
}

bool server_start_durable_redis(Server *s) {
        *s = (Server){.name = "Redis", .protocol = PROTOCOL_RESP, .is_durable = true};
        return start_redis(s);
}

static void fill_address(const Server *s, struct sockaddr_un *address) {
        *address = (struct sockaddr_un){.sun_family = AF_UNIX};
        memcpy(address->sun_path, s->path, strlen(s->path) + 1);
}

void server_start_child(Server *s, const char *name, void (*run)(int fd, void *userdata),
                        void *userdata) {
        struct sockaddr_un address;
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        *s = (Server){.name = name};
        make_directory(s);
        fill_address(s, &address);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(fd, 1024) < 0)
                bench_fail(s->path, errno);
        fork_server(s);
        if (s->pid == 0) {
                run(fd, userdata);
                _exit(0);
        }
        close(fd);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
        (void)status;
        (void)type;
        (void)place;
        remove(path);
        return 0;
}

void server_stop(Server *s) {
        if (!s->directory[0])
                return;
        if (s->pid > 0) {
                kill(s->pid, SIGKILL);
                waitpid(s->pid, NULL, 0);
        }
        s->pid = 0;
        nftw(s->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        s->directory[0] = '\0';
        for (unsigned i = 0; i < ELEMENTSOF(running); i++)
                if (running[i] == s)
                        running[i] = NULL;
}

void servers_stop(void) {
        for (unsigned i = 0; i < ELEMENTSOF(running); i++)
                if (running[i])
                        server_stop(running[i]);
}

int server_connect(const Server *s) {
        struct sockaddr_un address;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        fill_address(s, &address);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                close(fd);
                return -1;
        }
        return fd;
}

int64_t server_cpu_ns(const Server *s) {
        struct timespec t = {0};
        clockid_t clock;

        if (clock_getcpuclockid(s->pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
                bench_fail(s->name, ESRCH);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void server_read_stats(const Server *s, char *ret, size_t n) {
        static const char call[] = "{\"jsonrpc\":\"2.0\",\"method\":\"server.stats\",\"id\":1}\n";
        int fd = server_connect(s);
        size_t n_read = 0;

        if (fd < 0 || write(fd, call, sizeof(call) - 1) != sizeof(call) - 1)
                bench_fail(s->name, errno);
        while (n_read == 0 || ret[n_read - 1] != '\n') {
                ssize_t size = read(fd, ret + n_read, n - n_read);
                if (size <= 0)
                        bench_fail("server.stats", size < 0 ? errno : EMSGSIZE);
                n_read += (size_t)size;
        }
        ret[n_read - 1] = '\0';
        close(fd);
}

static uint64_t read_status(const Server *s, const char *name) {
        char path[32], line[128];
        uint64_t n = 0;

        snprintf(path, sizeof(path), "/proc/%d/status", s->pid);
        FILE *file = fopen(path, "re");
        if (!file)
                bench_fail(path, errno);
        while (fgets(line, sizeof(line), file))
                if (strncmp(line, name, strlen(name)) == 0)
                        n = strtoull(line + strlen(name), NULL, 10);
        fclose(file);
        return n;
}

uint64_t server_memory(const Server *s) {
        return read_status(s, "RssAnon:") * 1024;
}

uint64_t server_sleeps(const Server *s) {
        return read_status(s, "voluntary_ctxt_switches:");
}
