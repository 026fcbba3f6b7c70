/* Remembers the identity of a session's process. */
#include <errno.h>
#include <stdio.h>

#include "json/json-util.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "who.h"

void who_set(Who *who, const Session *session) {
        *who = (Who){
                .pid = session->peer.pid,
                .uid = session->peer.uid,
                .session = session->id,
                .is_claimed = !session->peer.comm[0] && session->client[0],
        };
        snprintf(who->comm, sizeof(who->comm), "%s",
                 who->is_claimed ? session->client : session->peer.comm);
}

int who_describe(const Who *who, struct json_object *into) {
        if (json_put_int(into, "pid", who->pid) < 0 || json_put_int(into, "uid", who->uid) < 0 ||
            json_put_string(into, "comm", who->comm) < 0)
                return -ENOMEM;
        if (who->is_claimed && json_put_bool(into, "comm_claimed", true) < 0)
                return -ENOMEM;
        return json_put_int(into, "session", who->session);
}

const char *who_text(const Who *who) {
        static _Thread_local char texts[4][PEER_COMM_SIZE + 32];
        static _Thread_local unsigned turn;
        char *text = texts[turn++ % 4];

        if (who->comm[0])
                snprintf(text, sizeof(texts[0]), "pid %d (%s%s)", (int)who->pid,
                         who->is_claimed ? "says it is " : "", who->comm);
        else
                snprintf(text, sizeof(texts[0]), "pid %d", (int)who->pid);
        return text;
}

const char *who_text_of(const Session *session) {
        Who who;

        who_set(&who, session);
        return who_text(&who);
}

int session_describe(const Session *session, struct json_object *into) {
        Who who;

        who_set(&who, session);
        if (who_describe(&who, into) < 0)
                return -ENOMEM;
        if (session->client[0] && json_put_string(into, "client", session->client) < 0)
                return -ENOMEM;
        if (session->note && json_put_string(into, "note", session->note) < 0)
                return -ENOMEM;
        return session->expect_ms ? json_put_int(into, "expect_ms", session->expect_ms) : 0;
}

void who_save(const Who *who, SnapshotWriter *w, const char *key) {
        snapshot_open_object(w, key);
        snapshot_put_int(w, "pid", who->pid);
        snapshot_put_int(w, "uid", who->uid);
        snapshot_put_uint(w, "session", who->session);
        snapshot_put_bool(w, "claimed", who->is_claimed);
        snapshot_put_string(w, "comm", who->comm);
        snapshot_close_object(w);
}

void who_load(Who *who, SnapshotRecord *record, const char *key) {
        SnapshotRecord saved;

        snapshot_get_record(record, key, &saved);
        who->pid = (pid_t)snapshot_get_range(&saved, "pid", 0, INT32_MAX);
        who->uid = (uid_t)snapshot_get_range(&saved, "uid", 0, UINT32_MAX);
        who->session = snapshot_get_uint(&saved, "session");
        who->is_claimed = snapshot_get_bool(&saved, "claimed");
        snapshot_get_string(&saved, "comm", who->comm, sizeof(who->comm));
        snapshot_check_record(&saved);
}
