/* A service manager for tests: what the daemon finds in its environment, and where it
 * sends its notifications. */
#pragma once

#include "wire/daemon-process.h"

enum { MANAGER_PATIENCE_MS = 30000, MANAGER_STORE_MAX = 64 };

/* The file descriptor store: what the daemon has stored, which the next process gets behind the sockets. */
typedef struct ManagerStore {
        int fds[MANAGER_STORE_MAX];
        char names[MANAGER_STORE_MAX][32];
        size_t n;
} ManagerStore;

typedef struct Manager {
        int fd;         /* of the notifications; -1 for none */
        char name[128]; /* of that socket */
        int passed[9];  /* the sockets; -1 for a descriptor that is not open */
        int n_passed;
        const char *listen_fds, *listen_pid; /* in place of what is right */
        const char *watchdog_usec, *watchdog_pid;
        const char *fd_store; /* how many descriptors it stores; NULL for none */
        ManagerStore store;
} Manager;

extern Manager manager;

/* Nothing is passed, nobody listens. */
void manager_begin(void);
/* Listens to notifications, at a path, or at '@' and a name; NULL for any. */
void manager_listen(const char *name);
/* A daemon with this manager. */
DaemonProcess manager_daemon(void);

/* A socket that listens at the path, and that each daemon is passed. */
void manager_pass_socket(const char *path);
/* Sends a signal, and hears notifications until the daemon has stored its state: its exit status. */
int manager_end_storing(DaemonProcess *d, int signal);
/* Closes what is stored, as after a stop. */
void manager_drop_store(void);

/* The next notification; "" when none comes within so many milliseconds. Lives until the next call. */
const char *manager_hear(int ms);
/* The next one must begin so. */
void manager_expect(const char *beginning);
