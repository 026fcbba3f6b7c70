/* News: events for the log. The core passes them to a function of the shell, which writes or counts
 * them, and must not call the core. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include <json-c/json.h>

typedef struct Peer Peer;
typedef struct Session Session;

typedef enum NewsKind {
        NEWS_SESSION_BEGINS,
        NEWS_SESSION_ENDS,
        NEWS_NO_SESSION, /* of the shell: a connection was refused */
        NEWS_CUT_OFF,
        NEWS_DENIED, /* a call lacked permission */
        NEWS_BOUND,  /* a call reached a bound */
        NEWS_DEADLOCK,
        NEWS_OWNER_DIED, /* a session that held something has ended */
        NEWS_RELEASED, /* a session with "end_releases" (session.hello) has ended, and its holds were released */
        NEWS_STORED_BEFORE, /* a user has durable objects from before the start: see inherited.h */
        NEWS_EXPIRED,       /* an object was deleted after its idle_ttl_ms; no session did it */
        NEWS_SLOW,          /* of the shell: a call delayed all others */
        N_NEWS_KINDS,
} NewsKind;

typedef struct News {
        NewsKind kind;
        const Session *session;
        const Peer *peer;         /* if session is NULL */
        uid_t owner;              /* of the object, if both are NULL */
        const char *method;       /* may be NULL */
        const char *object;       /* its name; may be NULL */
        size_t n_object;          /* bytes of the name */
        const char *text;         /* in words; may be NULL */
        struct json_object *data; /* of the error; may be NULL */
} News;

typedef struct NewsReader {
        void (*on_news)(void *userdata, const News *news); /* NULL: none */
        void *userdata;
} NewsReader;
