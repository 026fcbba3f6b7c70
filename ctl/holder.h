/* Something that a command has while it runs: a lock, permits, an item of a queue.
 *
 * The process that becomes the command connects to the daemon, so the session is the command's from its first moment to
 * its last. This process keeps the socket and does all the talking on it: it waits for the lock, tells the command to
 * run, watches for the loss of the lock meanwhile, and gives it back. When this process is killed, the session goes on
 * until the command's process exits (session.hello, ends_with "last"). Neither the command nor what it leaves
 * behind has a descriptor of the session.
 *
 *      connect -> take -> run -> give back        each step may end with the loss of the session;
 *         ^________|                              before "run" that is no loss of anything: it begins anew.
 */
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
        LOSS_DAEMON,  /* it ended */
        LOSS_CUT_OFF, /* it ended the session */
        LOSS_DELETED, /* the object */
} Loss;

typedef struct HolderOptions {
        const char *note; /* or NULL */
        int64_t expect_ms;
        OnLost on_lost;
        int64_t grace_ms;
        bool kills_group; /* what is left of the command's process group ends with it */
        bool executes;    /* this process becomes the command */
        bool is_tree;     /* what is held goes with the last descendant that keeps a descriptor */
} HolderOptions;

typedef struct Holder {
        Ctl *ctl;
        const char *verb; /* "lock run" */
        char **argv;
        HolderOptions options;
        Signals signals;
        Lookout lookout;
        Wire wire;
        Runner runner;
        int carried_fd;   /* --tree: what the command inherits, or -1 */
        uint64_t session; /* its number */
        WireMessage answer;
        bool is_connected;
        bool has_run; /* the command has ended: signals were for it, and what it had is put in order */
        int end_signal; /* that was to end this process while it ran, or 0 */
        Loss loss;      /* while the command ran */
} Holder;

/* Names the session of this process as that of its command will be: monitors see its first calls. Best effort. */
void holder_name_session(Ctl *ctl, const char *command);
/* Takes the signals: STATUS_OK, or it has been explained. */
int holder_begin(Holder *holder, Ctl *ctl, const char *verb, char **argv,
                 const HolderOptions *options);
/* Ends the session, and a process that has not become the command. */
void holder_end(Holder *holder);

/* Forks, connects, and says hello; input_fd is the command's standard input, or -1: 0, or a negative errno. */
int holder_connect(Holder *holder, int input_fd);
/* Forks for a command that needs no session: 0, or a negative errno. */
int holder_prepare(Holder *holder);
/* Connects this process, which is to become the command itself: 0, or a negative errno. */
int holder_connect_self(Holder *holder);
void holder_disconnect(Holder *holder);

/* Makes a call on the session, and waits for its answer: 0 and the result, which the holder owns until the next call.
 * A negative errno: of the daemon, explained by holder->answer.text; -ECONNRESET when the session is lost; -ECHILD when
 * somebody has killed the process that was to become the command; -EINTR after a signal that ends this process (holder->signals.to_end). */
int holder_call(Holder *holder, const char *method, struct json_object *params,
                struct json_object **ret);
/* Says what a call came to: the exit status. */
int holder_explain(const Holder *holder, const char *method, int error);

/* Runs the command, and waits for its end: its status, or STATUS_LOST. what is that which it has, for people: "the lock
 * 'site'". */
int holder_run(Holder *holder, const Buffer *env, const char *what);

/* Becomes the command, after holder_connect_self(): the status where that cannot be done. */
int holder_execute(Holder *holder, const Buffer *env);

/* Waits so long, or until a signal comes that ends this process: then false. */
bool holder_pause(Holder *holder, int ms);
/* Adds NAME=VALUE to an environment: 0 or -ENOMEM. */
int holder_put_env(Buffer *env, const char *name, const char *value);
