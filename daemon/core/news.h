/* News: events for the log, of which the core tells its shell. The core calls a function that
 * writes them down, or counts them, or does nothing; it must not call the core. */
#pragma once

#include <stddef.h>

#include <json-c/json.h>

typedef struct Peer Peer;
typedef struct Session Session;

typedef enum NewsKind {
        NEWS_SESSION_BEGINS,
        NEWS_SESSION_ENDS,
        NEWS_NO_SESSION, /* the shell's own: a connection was refused */
        NEWS_CUT_OFF,
        NEWS_DENIED, /* a call without permission */
        NEWS_BOUND,  /* a call at a bound */
        NEWS_DEADLOCK,
        NEWS_OWNER_DIED,    /* a session ended that held something */
        NEWS_RELEASED,      /* so did one whose end is a release: session.hello, "end_releases" */
        NEWS_STORED_BEFORE, /* a user has durable objects from before the start: inherited.h */
        NEWS_SLOW,          /* the shell's own: a call that kept everyone waiting */
        N_NEWS_KINDS,
} NewsKind;

typedef struct News {
        NewsKind kind;
        const Session *session;
        const Peer *peer;         /* where there is no session */
        const char *method;       /* or NULL */
        const char *object;       /* its name, or NULL */
        size_t n_object;          /* bytes of it */
        const char *text;         /* in words, or NULL */
        struct json_object *data; /* of the error, or NULL */
} News;

typedef struct NewsReader {
        void (*on_news)(void *userdata, const News *news); /* NULL for none */
        void *userdata;
} NewsReader;
