/* The common part of the proxies of all types. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "clients.h"
#include "request-run.h"

typedef struct Proxy {
        atomic_uint n_refs;
        shmgr_manager *manager;
        Target target;
        bool is_owned; /* a semaphore's permits come back with their session */
} Proxy;

enum {
        OPEN_FLAGS = SHMGR_CREATE | SHMGR_EXCLUSIVE | SHMGR_EPHEMERAL | SHMGR_PERSISTENT |
                     SHMGR_UNCHECKED
};

/* Makes the parameters of an open: those of all types, and the options. Returns 0, or -EINVAL or -ENOMEM with the client's error
 * set. */
int open_params(Client *client, const char *name, int flags, struct json_object *options,
                struct json_object **ret);

/* The bodies of the functions that SHMGR_DECLARE_PROXY declares. */
int proxy_open(shmgr_manager *manager, const char *type, const char *name, int flags,
               struct json_object *options, Proxy **ret);
int proxy_open_reference(shmgr_manager *manager, const char *type, struct json_object *value,
                         Proxy **ret);
Proxy *proxy_ref(Proxy *proxy);
Proxy *proxy_unref(Proxy *proxy);

/* Begins a request of a method of this object; the object's name is its first parameter. */
void proxy_begin(Request *r, Proxy *proxy, const char *method);

/* The body of TYPE.scan: fetches some elements from a cursor on, and advances the cursor. */
int proxy_scan(Proxy *proxy, const char *method, int64_t *cursor, int64_t count,
               struct json_object **ret_array);

#define DEFINE_PROXY(type_)                                                                        \
        struct shmgr_##type_ {                                                                     \
                Proxy proxy;                                                                       \
        };                                                                                         \
        int shmgr_##type_##_open(shmgr_manager *manager, const char *name, int flags,              \
                                 struct json_object *options, shmgr_##type_ **ret_proxy) {         \
                return proxy_open(manager, #type_, name, flags, options, (Proxy **)ret_proxy);     \
        }                                                                                          \
        shmgr_##type_ *shmgr_##type_##_ref(shmgr_##type_ *proxy) {                                 \
                return (shmgr_##type_ *)proxy_ref((Proxy *)proxy);                                 \
        }                                                                                          \
        shmgr_##type_ *shmgr_##type_##_unref(shmgr_##type_ *proxy) {                               \
                return (shmgr_##type_ *)proxy_unref((Proxy *)proxy);                               \
        }                                                                                          \
        void shmgr_##type_##_unrefp(shmgr_##type_ **proxy) {                                       \
                shmgr_##type_##_unref(*proxy);                                                     \
        }                                                                                          \
        const char *shmgr_##type_##_name(shmgr_##type_ *proxy) {                                   \
                return proxy->proxy.target.name;                                                   \
        }                                                                                          \
        struct json_object *shmgr_##type_##_reference(shmgr_##type_ *proxy) {                      \
                return shmgr_reference_new(proxy->proxy.target.name);                              \
        }                                                                                          \
        int shmgr_##type_##_open_reference(shmgr_manager *manager, struct json_object *value,      \
                                           shmgr_##type_ **ret_proxy) {                            \
                return proxy_open_reference(manager, #type_, value, (Proxy **)ret_proxy);          \
        }
