/* A service manager for tests: it sets the environment of the daemon, and receives its notifications. */
#pragma once

#include "wire/daemon-process.h"

enum { MANAGER_PATIENCE_MS = 30000, MANAGER_STORE_MAX = 64 };

/* The file descriptor store: descriptors that the daemon has stored, and that the next process is passed
 * behind the sockets. */
typedef struct ManagerStore {
        int fds[MANAGER_STORE_MAX];
        char names[MANAGER_STORE_MAX][32];
        size_t n;
} ManagerStore;

typedef struct Manager {
        int fd;         /* the socket of the notifications; -1: none */
        char name[128]; /* the address of that socket */
        int passed[9];  /* the sockets; -1 for a descriptor that is not open */
        int n_passed;
        const char *listen_fds, *listen_pid; /* replace the correct values, unless NULL */
        const char *watchdog_usec, *watchdog_pid;
        const char *fd_store; /* the number of descriptors that the store takes; NULL: no store */
        ManagerStore store;
} Manager;

extern Manager manager;

/* Resets the manager: it passes nothing, and receives no notifications. */
void manager_begin(void);
/* Receives notifications, at a path, or at '@' and a name; NULL: at an address that the manager chooses. */
void manager_listen(const char *name);
/* Makes a daemon with this manager. */
DaemonProcess manager_daemon(void);

/* Makes a socket that listens at the path, and that each daemon is passed. */
void manager_pass_socket(const char *path);
/* Sends a signal, and receives notifications until the daemon has stored its state; returns its exit
 * status. */
int manager_end_storing(DaemonProcess *d, int signal);
/* Closes the stored descriptors, as systemd does after a stop. */
void manager_drop_store(void);

/* Returns the next notification; "" if none comes within this time. The next call overwrites it. */
const char *manager_hear(int ms);
/* Asserts that the next notification begins with this text. */
void manager_expect(const char *beginning);
