/* Calls of the library that have typed functions. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <shmgr/shmgr.h>

#include "base/macros.h"
#include "client.h"
#include "server.h"

static int do_get(const Client *c) {
        int64_t value;

        return shmgr_dict_get_int64(c->dict, "k", &value);
}

static int do_set(const Client *c) {
        return shmgr_dict_set_int64(c->dict, "k", 12345678);
}

static int do_add(const Client *c) {
        return shmgr_counter_add(c->counter, 1, NULL);
}

static int do_lock(const Client *c) {
        int r = shmgr_lock_acquire(c->lock, SHMGR_FOREVER, NULL);

        return r < 0 ? r : shmgr_lock_release(c->lock);
}

static int do_queue(const Client *c) {
        int64_t value;
        int r = shmgr_queue_put_int64(c->queue, 12345678, SHMGR_FOREVER);

        return r < 0 ? r : shmgr_queue_get_int64(c->queue, SHMGR_FOREVER, &value);
}

const ClientCall client_calls[] = {
        {"dict.get", do_get},          {"dict.set", do_set},
        {"counter.add", do_add},       {"lock acquire + release", do_lock},
        {"queue put + get", do_queue},
};

const unsigned n_client_calls = ELEMENTSOF(client_calls);

/* These calls on the raw wire. */
static const char *const raw_texts[][2] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"dict.get\",\"params\":[\"client\",\"k\"]}\n"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"dict.set\",\"params\":[\"client\",\"k\","
         "12345678]}\n"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"counter.add\",\"params\":[\"client-counter\","
         "1]}\n"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"lock.acquire\",\"params\":[\"client-lock\"]}"
         "\n",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"lock.release\",\"params\":[\"client-lock\"]}"
         "\n"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"queue.put\",\"params\":[\"client-queue\","
         "12345678]}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"queue.get\",\"params\":[\"client-queue\"]}\n"},
};

Client client_new(const char *address) {
        Client c = {0};
        Server server = {0};
        int r = shmgr_manager_open(address, &c.manager);

        if (r >= 0)
                r = shmgr_dict_open(c.manager, "client", SHMGR_CREATE, NULL, &c.dict);
        if (r >= 0)
                r = shmgr_counter_open(c.manager, "client-counter", SHMGR_CREATE, NULL, &c.counter);
        if (r >= 0)
                r = shmgr_lock_open(c.manager, "client-lock", SHMGR_CREATE, NULL, &c.lock);
        if (r >= 0)
                r = shmgr_queue_open(c.manager, "client-queue", SHMGR_CREATE, NULL, &c.queue);
        if (r >= 0)
                r = shmgr_dict_set_int64(c.dict, "k", 1);
        if (r < 0)
                bench_fail("the library", -r);
        strncpy(server.path, address, sizeof(server.path) - 1);
        c.raw = server_connect(&server);
        if (c.raw < 0)
                bench_fail(address, errno);
        return c;
}

void client_deinit(Client *c) {
        shmgr_dict_unref(c->dict);
        shmgr_counter_unref(c->counter);
        shmgr_lock_unref(c->lock);
        shmgr_queue_unref(c->queue);
        shmgr_manager_unref(c->manager);
        close(c->raw);
}

static int run_raw(const Client *c, const ClientCall *call) {
        static const char success[] = "{\"jsonrpc\":\"2.0\",\"result\":";
        const char *const *texts = raw_texts[call - client_calls];
        char reply[512];

        for (unsigned i = 0; i < 2 && texts[i]; i++) {
                size_t n = strlen(texts[i]);
                if (send(c->raw, texts[i], n, MSG_NOSIGNAL) != (ssize_t)n)
                        return -errno;
                ssize_t n_read = recv(c->raw, reply, sizeof(reply), 0);
                if (n_read < (ssize_t)sizeof(success) || reply[n_read - 1] != '\n' ||
                    memcmp(reply, success, sizeof(success) - 1) != 0)
                        return -EPROTO;
        }
        return 0;
}

void client_run(const Client *c, const ClientCall *call, bool is_raw, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                int r = is_raw ? run_raw(c, call) : call->run(c);
                if (r < 0)
                        bench_fail(call->name, -r);
        }
}
