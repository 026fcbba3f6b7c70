/* Begins a session when a client has connected.
 *
 * A connection that is refused receives one line with the reason before it is closed, and the
 * reason is logged. From here on a pidfd watches the process of the client (peer-process.h), so its
 * exit is noticed even if a descendant keeps the socket open.
 *
 * Must never happen: a refused connection leaves a session, a process or a descriptor behind. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/errno-name.h"
#include "connection.h"
#include "connections.h"
#include "log.h"
#include "server-parts.h"
#include "unix-socket.h"

static const char *refusal_text(int error) {
        switch (error) {
        case EDQUOT:
                return "the daemon, or this user, has too many sessions already (max-sessions, "
                       "max-sessions-per-uid, or the daemon's limit of open files)";
        case EACCES:
                return "your uid is not mapped into the user namespace of the daemon, so it cannot "
                       "tell you from other users (unmapped-users in shmgrd.conf)";
        default:
                return strerror(error);
        }
}

/* Tells the client why no session begins, on a socket that is closed right after. */
static void refuse_connection(int fd, int error) {
        char text[512];
        int n = snprintf(
                text, sizeof(text),
                "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"no session: %s\","
                "\"data\":{\"errno\":\"%s\"}},\"id\":null}\n",
                refusal_text(error), errno_name(error));

        if (send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                log_debug("a refused connection was closed before it read the reason");
        close(fd);
}

/* Connections count, not sessions: a connection outlives its session while its output is unread. So
 * clients that make many of these meet the same bound. */
static bool has_too_many(const Server *s, uid_t uid) {
        const Limits *limits = core_limits(s->core);

        return uid != 0 && (shares_count(&s->turn.shares, uid) >= limits->sessions_per_uid ||
                            s->turn.n_connections >= limits->sessions);
}

/* The pidfd of the process is counted already. For the sessions that only root may have, a socket and
 * a pidfd each are kept. */
static bool has_descriptors(const Server *s, uid_t uid) {
        uint64_t kept = uid == 0 ? 0 : 2 * core_root_sessions(s->core);

        return s->turn.n_connections + 1 + s->processes.n + kept <= s->descriptor_room;
}

/* Logs the refusal, and returns the error. */
static int refuse_peer(Server *s, const Peer *peer, int r) {
        news_log_write(&s->log,
                       &(News){.kind = NEWS_NO_SESSION, .peer = peer, .text = refusal_text(-r)});
        return r;
}

static int begin_session(Server *s, int fd, Session **ret, Process **ret_process) {
        CLEANUP(freep) gid_t *groups = NULL;
        bool is_dead = false;
        Peer peer;

        int r = peer_read(fd, &peer, &groups);
        if (r < 0)
                return r;
        if (peer.uid == s->users.unmapped_uid && !s->options->unmapped_users)
                return refuse_peer(s, &peer, -EACCES);
        r = process_get(&s->processes, fd, peer.pid, ret_process);
        if (r == -ESRCH)
                is_dead = true;
        else if (r < 0)
                return r;
        r = core_session_begin(s->core, &peer, ret);
        if (r == 0 && (has_too_many(s, peer.uid) || !has_descriptors(s, peer.uid))) {
                *ret = core_session_end(*ret);
                r = -EDQUOT;
        }
        if (r < 0) {
                process_release(*ret_process);
                return refuse_peer(s, &peer, r);
        }
        return is_dead ? -ESRCH : 0;
}

/* Begins a session for a connected socket. Takes ownership of it. */
void server_accept(void *userdata, int fd) {
        Server *s = userdata;
        Session *session = NULL;
        Process *process = NULL;
        Transport *transport;

        /* Events come before the turn sets the time, and the last turn may be long ago. */
        turn_set_time(&s->turn);
        s->has_accepted = true;
        int r = begin_session(s, fd, &session, &process);

        server_begin_ticks(s);
        if (!session) {
                refuse_connection(fd, -r);
                return;
        }
        if (unix_socket_new(s->base, fd, process, &transport) < 0) {
                core_session_end(session);
                return;
        }
        if (connection_new(&s->turn, transport, session) < 0)
                return;
        if (r == -ESRCH)
                connection_set_gone(core_session_transport(session));
}
