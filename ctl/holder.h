/* A holder: the session of a command that holds something while it runs: a lock, permits, or an
 * item of a queue.
 *
 * The process that becomes the command connects to the daemon, so the session belongs to the
 * command from beginning to end. This process keeps the socket and talks on it: it waits for the
 * lock, starts the command, watches for a loss of the lock, and releases it. When this process is
 * killed, the session lasts until the process of the command exits (session.hello, ends_with
 * "last"). Neither the command nor its descendants have a descriptor of the session.
 *
 *   connect -> take -> run -> release
 *      ^________|
 *
 * The session may be lost in each step. Before "run" that loses nothing, and the holder connects
 * again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "ctl.h"
#include "lookout.h"
#include "runner.h"
#include "signals.h"
#include "wire.h"

typedef enum OnLost {
        ON_LOST_TERM, /* SIGTERM, and SIGKILL after the grace */
        ON_LOST_KILL,
        ON_LOST_WARN,
} OnLost;

typedef enum Loss {
        LOSS_NONE,
        LOSS_DAEMON,  /* the daemon ended */
        LOSS_CUT_OFF, /* the daemon ended the session */
        LOSS_DELETED, /* the object was deleted */
} Loss;

typedef struct HolderOptions {
        const char *note; /* may be NULL */
        int64_t expect_ms;
        OnLost on_lost;
        int64_t grace_ms;
        bool kills_group; /* end the process group of the command after the command */
        bool executes;    /* become the command */
        /* keep the hold until the last descendant has closed the carried descriptor */
        bool is_tree;
} HolderOptions;

typedef struct Holder {
        Ctl *ctl;
        const char *verb; /* such as "lock run" */
        char **argv;
        HolderOptions options;
        Signals signals;
        Lookout lookout;
        Wire wire;
        Runner runner;
        int carried_fd;   /* --tree: the descriptor that the command inherits, or -1 */
        uint64_t session; /* id of the session */
        WireMessage answer;
        bool is_connected;
        bool has_run;   /* the command has ended, and what it held is settled */
        int end_signal; /* signal that ended the run, or 0 */
        Loss loss;      /* of the hold while the command ran */
} Holder;

/* Gives the session of this process the name that the session of the command will have, for
 * monitors that see its first calls. Best effort. */
void holder_name_session(Ctl *ctl, const char *command);
/* Begins to handle signals. Returns STATUS_OK, or prints the error and returns its status. */
int holder_begin(Holder *holder, Ctl *ctl, const char *verb, char **argv,
                 const HolderOptions *options);
/* Ends the session, and a child that has not become the command. */
void holder_end(Holder *holder);

/* Forks, connects and says hello; input_fd becomes the standard input of the command, unless it is
 * -1. Returns 0 or a negative errno. */
int holder_connect(Holder *holder, int input_fd);
/* Forks for a command that needs no session. Returns 0 or a negative errno. */
int holder_prepare(Holder *holder);
/* Connects this process, which becomes the command itself. Returns 0 or a negative errno. */
int holder_connect_self(Holder *holder);
void holder_disconnect(Holder *holder);

/* Makes a call on the session, and waits for its reply. Returns 0 and the result, which the holder
 * owns until the next call, or a negative errno:
 *
 *   -ECONNRESET   the session is lost
 *   -ECHILD       the process that was to become the command was killed
 *   -EINTR        a signal ends this process (holder->signals.to_end)
 *   others        the error of the daemon, with its text in holder->answer.text */
int holder_call(Holder *holder, const char *method, struct json_object *params,
                struct json_object **ret);
/* Returns whether a message reports that an object was deleted while it was held. */
bool holder_is_lost_report(const WireMessage *message);
/* Prints the error of a call. Returns the exit status. */
int holder_explain(const Holder *holder, const char *method, int error);

/* Runs the command, and waits for its end. `what` names what it holds in messages: "the lock
 * 'site'". Returns the status of the command, or STATUS_LOST. */
int holder_run(Holder *holder, const Buffer *env, const char *what);

/* Prints the error of the call that was to release the hold after the run, and returns the exit
 * status. Sets holder->loss if the object was deleted before: its deletion can be reported as late
 * as with this call, for example if the command deletes it and exits. */
int holder_explain_release(Holder *holder, const char *method, int error, const char *what);

/* Becomes the command, after holder_connect_self(). Returns a status only if that failed. */
int holder_execute(Holder *holder, const Buffer *env);

/* Waits. Returns false if a signal came that ends this process. */
bool holder_pause(Holder *holder, int ms);
/* Adds NAME=VALUE to an environment. Returns 0 or -ENOMEM. */
int holder_put_env(Buffer *env, const char *name, const char *value);
