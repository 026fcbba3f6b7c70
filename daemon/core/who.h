/* The identity of a session's process, which outlives the session. Pid and uid come from the
 * kernel. The name of the command does, too, if the daemon can see the process; otherwise it comes
 * from the client. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <json-c/json.h>

#include "session.h"

typedef struct SnapshotRecord SnapshotRecord;
typedef struct SnapshotWriter SnapshotWriter;

typedef struct Who {
        pid_t pid;
        uid_t uid;
        uint64_t session;
        bool is_claimed; /* comm comes from the client */
        char comm[PEER_COMM_SIZE];
} Who;

void who_set(Who *who, const Session *session);
/* Adds pid, uid, comm, session, and comm_claimed if so, to a JSON object. Returns 0 or -ENOMEM. */
int who_describe(const Who *who, struct json_object *into);
/* Returns "pid 12 (name)", or "pid 12 (says it is name)". The text is valid for three more calls of
 * this function. */
const char *who_text(const Who *who);
const char *who_text_of(const Session *session);
/* Adds the identity (who_describe()) and the claimed name to a JSON object. Returns 0 or
 * -ENOMEM. */
int session_describe(const Session *session, struct json_object *into);

/* Save and load an identity in a snapshot. */
void who_save(const Who *who, SnapshotWriter *w, const char *key);
void who_load(Who *who, SnapshotRecord *record, const char *key);
