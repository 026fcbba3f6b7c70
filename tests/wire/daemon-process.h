/* shmgrd as a process: started with any options, in any state, also where it must refuse to start.
 * $SHMGRD names the program. */
#pragma once

#include <sys/types.h>

typedef struct DaemonProcess {
        pid_t pid;              /* 0: not running */
        char directory[80];     /* private; removed at the end */
        char socket[128];       /* within it; may be changed before the start */
        void (*in_child)(void); /* run before the program is; may be NULL */
        int ready_fd; /* between launch and await: becomes readable when the daemon listens */
} DaemonProcess;

/* Makes the directory; starts no process. */
DaemonProcess daemon_process_new(void);
/* Starts the daemon with further options (NULL-terminated, or NULL), and returns at once. The daemon
 * dies with the test. */
void daemon_process_launch(DaemonProcess *d, const char *const *options);
/* Waits: returns 0 when the daemon listens, or the exit status if it ended. */
int daemon_process_await(DaemonProcess *d);
/* Launches the daemon and awaits it. */
int daemon_process_start(DaemonProcess *d, const char *const *options);
/* Sends a signal and waits for the end; returns the exit status, or the negative number of the signal
 * that ended the daemon. */
int daemon_process_end(DaemonProcess *d, int signal);
/* Waits for the end; returns like daemon_process_end(). */
int daemon_process_wait(DaemonProcess *d);
/* Ends the daemon if it runs, and removes the directory with its contents. */
void daemon_process_free(DaemonProcess *d);
