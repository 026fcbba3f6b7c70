/* shmgrd as a process: started with any options, in any state, also where it shall not
 * start. The program is the one that $SHMGRD names. */
#pragma once

#include <sys/types.h>

typedef struct DaemonProcess {
        pid_t pid;              /* 0 when it does not run */
        char directory[80];     /* private; removed at the end */
        char socket[128];       /* within it; may be changed before the start */
        void (*in_child)(void); /* run before the program is; may be NULL */
        int ready_fd;           /* between launch and await */
} DaemonProcess;

/* Makes the directory; starts nothing. */
DaemonProcess daemon_process_new(void);
/* Starts it with further options (NULL-terminated, or NULL), and answers at once. It dies with the test. */
void daemon_process_launch(DaemonProcess *d, const char *const *options);
/* 0 when it listens, or the status it ended with. */
int daemon_process_await(DaemonProcess *d);
/* Both. */
int daemon_process_start(DaemonProcess *d, const char *const *options);
/* Sends a signal and waits for the end: the exit status, or minus the signal that ended it. */
int daemon_process_end(DaemonProcess *d, int signal);
/* Waits for the end. */
int daemon_process_wait(DaemonProcess *d);
/* Ends it if it runs, and removes the directory with what is in it. */
void daemon_process_free(DaemonProcess *d);
