/* Crowds: the shapes of bench/stalls with as many objects, waits, handles or sessions as the default limits allow. */
#include <stdio.h>
#include <unistd.h>

#include "stall-act.h"
#include "stall-crowds.h"
#include "stall-daemon.h"
#include "stall-fill.h"

enum {
        N_SESSIONS = 8,
        /* of a session, whose bound is 1024 by default; a user may have 8192 */
        WAITS_EACH = 1000,
        PLACES_EACH = 1024,
        SEVERAL = 2, /* places that a wait for several objects takes besides one for each object */
        N_COUNTERS = 64,
        N_OBJECTS = 99000,
        N_REFERENCES = 16000,
        HANDLES_EACH = 12500,
        N_CONNECTIONS = 3000,
};

/* ---- Waiters: several sessions with very many waiting calls, which get no reply. */

static void waiters_open(Client *waiters) {
        for (size_t i = 0; i < N_SESSIONS; i++)
                client_open(&waiters[i], STALL_UID);
}

static void waiters_close(Client *waiters) {
        for (size_t i = 0; i < N_SESSIONS; i++)
                client_close(&waiters[i]);
}

/* Sends all calls that were added. The reply to a ping after them shows that they have arrived, and wait. */
static void waiters_park(Client *waiters) {
        for (size_t i = 0; i < N_SESSIONS; i++) {
                waiters[i].n_awaited = 0;
                client_add(&waiters[i], "server.ping", "[]");
        }
        Client *all[N_SESSIONS];
        for (size_t i = 0; i < N_SESSIONS; i++)
                all[i] = &waiters[i];
        clients_run(all, N_SESSIONS, 30000);
        if (waiters[0].error[0])
                printf("waiters: %s\n", waiters[0].error_text);
}

static void waiters_end(Client *waiters, const char *name) {
        stall_act_begin();
        waiters_close(waiters);
        usleep(50000);
        stall_act_end(name, "");
}

static void tell_waits(Client *c, const char *name) {
        client_add(c, "server.waits", "{}");
        stall_act_of(name, c);
}

void crowd_of_acquirers(Client *c) {
        Client waiters[N_SESSIONS];

        client_call(c, "lock.open", "{'name':'a','create':true}");
        client_call(c, "lock.open", "{'name':'b','create':true}");
        client_call(c, "lock.acquire", "['b']");
        waiters_open(waiters);
        for (size_t i = 0; i < N_SESSIONS; i++)
                for (unsigned k = 0; k < PLACES_EACH / (2 + SEVERAL); k++)
                        client_add(&waiters[i], "lock.acquire_many",
                                   "{'objects':[{'name':'a'},{'name':'b'}]}");
        waiters_park(waiters);
        for (unsigned i = 0; i < 100; i++) {
                client_add(c, "lock.acquire", "['a']");
                client_add(c, "lock.release", "['a']");
        }
        stall_act_of("acquire_many: 2,048 wait for two, 100 pairs of one lock", c);
        tell_waits(c, "acquire_many: 2,048 wait for two, server.waits");
        waiters_end(waiters, "acquire_many: 2,048 waits for two end with their sessions");
}

/* Waits for any of n_counters of the 64 counters, with as many waits as a user may have. */
static void park_any(Client *waiters, unsigned n_counters, const char *name) {
        Buffer params = {0};

        buffer_append_string(&params, "{\"conditions\":[");
        for (unsigned i = 0; i < n_counters; i++)
                buffer_append_format(&params,
                                     "%s{\"counter\":\"n%u\",\"op\":\">=\",\"value\":1000}",
                                     i ? "," : "", i);
        buffer_append_string(&params, "]}");
        waiters_open(waiters);
        for (size_t i = 0; i < N_SESSIONS; i++)
                for (unsigned k = 0; k < PLACES_EACH / (n_counters + SEVERAL); k++)
                        client_add_text(&waiters[i], "object.wait_any", buffer_bytes(&params),
                                        buffer_size(&params));
        stall_act_begin();
        waiters_park(waiters);
        stall_act_end(name, waiters[0].error);
        buffer_deinit(&params);
}

static void try_any(Client *c, unsigned n_counters) {
        Client waiters[N_SESSIONS];
        unsigned n = N_SESSIONS * (PLACES_EACH / (n_counters + SEVERAL));
        char name[96];

        snprintf(name, sizeof(name), "wait_any: %u over %u counters begin", n, n_counters);
        park_any(waiters, n_counters, name);
        client_add(c, "counter.add", "['n0',1]");
        snprintf(name, sizeof(name), "wait_any: %u over %u counters, one addition", n, n_counters);
        stall_act_of(name, c);
        for (unsigned i = 0; i < 32; i++)
                client_add(c, "counter.add", "['n0',1]");
        snprintf(name, sizeof(name), "wait_any: %u over %u counters, 32 additions", n, n_counters);
        stall_act_of(name, c);
        snprintf(name, sizeof(name), "wait_any: %u over %u counters, server.waits", n, n_counters);
        tell_waits(c, name);
        client_add(c, "counter.add", "['n0',5000]");
        snprintf(name, sizeof(name), "wait_any: %u over %u counters are served", n, n_counters);
        stall_act_of(name, c);
        waiters_close(waiters);
        client_call(c, "counter.set", "['n0',0]");
        park_any(waiters, n_counters, "wait_any: they begin once more");
        client_add(c, "object.delete", "['n0']");
        snprintf(name, sizeof(name), "wait_any: %u over %u counters, a counter is deleted", n,
                 n_counters);
        stall_act_of(name, c);
        waiters_close(waiters);
        client_call(c, "counter.open", "{'name':'n0','create':true,'mode':438}");
        park_any(waiters, n_counters, "wait_any: they begin a third time");
        snprintf(name, sizeof(name), "wait_any: %u over %u counters end with their sessions", n,
                 n_counters);
        waiters_end(waiters, name);
}

void crowd_of_any_waiters(Client *c) {
        fill_counters(c, "n", N_COUNTERS);
        try_any(c, N_COUNTERS);
        try_any(c, 1);
}

static void park_each(Client *waiters, const char *method, const char *params) {
        waiters_open(waiters);
        for (size_t i = 0; i < N_SESSIONS; i++)
                for (unsigned k = 0; k < WAITS_EACH; k++)
                        client_add(&waiters[i], method, "%s", params);
        waiters_park(waiters);
}

void crowd_of_counter_waiters(Client *c) {
        Client waiters[N_SESSIONS];

        fill_counters(c, "n", 1);
        park_each(waiters, "counter.wait", "['n0','>=',1000]");
        for (unsigned i = 0; i < 100; i++)
                client_add(c, "counter.add", "['n0',1]");
        stall_act_of("counter waits: 8,000, 100 additions that serve none", c);
        client_add(c, "counter.set", "['n0',1000]");
        stall_act_of("counter waits: 8,000 are served", c);
        waiters_close(waiters);
}

void crowd_of_event_waiters(Client *c) {
        Client waiters[N_SESSIONS];

        client_call(c, "event.open", "{'name':'e','create':true}");
        park_each(waiters, "event.wait", "['e']");
        client_add(c, "event.set", "['e']");
        stall_act_of("event waits: 8,000 are served", c);
        waiters_close(waiters);
        client_call(c, "event.clear", "['e']");
        park_each(waiters, "event.wait", "['e',200]");
        stall_act_begin();
        usleep(400000);
        stall_act_end("event waits: 8,000 time out", "");
        waiters_close(waiters);
        park_each(waiters, "event.wait", "['e']");
        client_add(c, "object.delete", "['e']");
        stall_act_of("event waits: 8,000 lose their object", c);
        waiters_close(waiters);
}

/* A session must own the lock to wait for a condition, so each session has one waiter. */
void crowd_of_condition_waiters(Client *c) {
        enum { N_WAITERS = 900 };
        static Client waiters[N_WAITERS];

        client_call(c, "condition.open", "{'name':'c','create':true}");
        for (size_t i = 0; i < N_WAITERS; i++) {
                client_open(&waiters[i], STALL_UID);
                client_add(&waiters[i], "condition.acquire", "['c']");
                client_add(&waiters[i], "condition.wait", "['c']");
                waiters[i].n_awaited = 1;
                client_run(&waiters[i]);
        }
        client_add(c, "condition.acquire", "['c']");
        client_add(c, "condition.notify_all", "['c']");
        client_add(c, "condition.release", "['c']");
        stall_act_of("condition waits: 900 are notified", c);
        stall_act_begin();
        for (size_t i = 0; i < N_WAITERS; i++)
                client_close(&waiters[i]);
        usleep(50000);
        stall_act_end("condition waits: 900 sessions end", "");
}

/* ---- Objects */

void crowd_of_objects(Client *c) {
        Buffer params = {0};

        fill_counters(c, "some-object-of-mine-", N_OBJECTS);
        client_add(c, "object.list", "{}");
        stall_act_of("object.list: 99,000 objects", c);
        client_add(c, "object.list", "{'pattern':'*-*-*-*-*x'}");
        stall_act_of("object.list: 99,000 objects, a pattern", c);
        client_add(c, "object.scan", "{'count':1000000,'pattern':'*-*-*-*-*x'}");
        stall_act_of("object.list: 99,000 objects, object.scan", c);
        buffer_append_string(&params, "{\"pattern\":\"");
        for (unsigned i = 0; i < 1 << 20; i++)
                buffer_append_string(&params, "*a*?");
        buffer_append_string(&params, "\"}");
        client_add_text(c, "object.list", buffer_bytes(&params), buffer_size(&params));
        stall_act_of("object.list: a pattern of 4 MiB", c);
        client_add(c, "server.monitor", "{'name':'*a*a*a*a*a*a*a*a*a*b'}");
        stall_act_of("object.list: server.monitor, a pattern", c);
        client_add(c, "server.stats", "[]");
        stall_act_of("object.list: 99,000 objects, server.stats", c);
        buffer_deinit(&params);
}

void crowd_of_references(Client *c) {
        Client own;

        client_open(&own, STALL_UID);
        for (unsigned i = 0; i < N_REFERENCES; i++)
                client_add(&own, "counter.open",
                           "{'name':'r%u','create':true,'lifetime':'ephemeral'}", i);
        client_run(&own);
        client_call(c, "list.open", "{'name':'l','create':true}");
        for (unsigned i = 0; i < N_REFERENCES; i++)
                client_add(c, "list.append", "['l',{'$object':'r%u'}]", i);
        client_run(c);
        stall_act_begin();
        client_close(&own);
        usleep(50000);
        stall_act_end("references: 16,000 handles end, references stay", "");
        client_add(c, "list.clear", "['l']");
        stall_act_of("references: to 16,000 objects are dropped by list.clear", c);
        for (unsigned i = 0; i < N_REFERENCES; i++)
                client_add(c, "list.open", "{'name':'p%u','create':true,'lifetime':'ephemeral'}",
                           i);
        for (unsigned i = 0; i + 1 < N_REFERENCES; i++)
                client_add(c, "list.append", "['p%u',{'$object':'p%u'}]", i, i + 1);
        for (unsigned i = 1; i < N_REFERENCES; i++)
                client_add(c, "object.close", "['p%u']", i);
        stall_act_of("references: a chain of 16,000 is made", c);
        client_add(c, "object.close", "['p0']");
        stall_act_of("references: a chain of 16,000 is lost", c);
}

void crowd_of_handles(Client *c) {
        Client openers[N_SESSIONS], *all[N_SESSIONS];

        waiters_open(openers);
        fill_counters(c, "h", HANDLES_EACH);
        for (size_t i = 0; i < N_SESSIONS; i++) {
                all[i] = &openers[i];
                for (unsigned k = 0; k < HANDLES_EACH; k++)
                        client_add(&openers[i], "counter.open", "{'name':'h%u'}", k);
        }
        clients_run(all, N_SESSIONS, 60000);
        waiters_end(openers, "handles: 8 sessions with 12,500 each end");
        client_open(&openers[0], STALL_UID);
        for (unsigned k = 0; k < HANDLES_EACH; k++)
                client_add(&openers[0], "semaphore.open",
                           "{'create':true,'value':1,'owned':true,'name':'s%u'}", k);
        for (unsigned k = 0; k < HANDLES_EACH; k++)
                client_add(&openers[0], "semaphore.acquire", "['s%u']", k);
        client_run(&openers[0]);
        stall_act_begin();
        client_close(&openers[0]);
        usleep(50000);
        stall_act_end("handles: a session with 12,500 holds ends", "");
}

/* ---- Sessions */

void crowd_of_connections(Client *c) {
        static Client clients[500], *all[500];

        stall_act_begin();
        for (unsigned i = 0; i < N_CONNECTIONS; i++) {
                Client one;
                client_open(&one, STALL_UID);
                client_close(&one);
        }
        stall_act_end("connections: 3,000 begin and end", "");
        for (size_t i = 0; i < 500; i++) {
                client_open(&clients[i], STALL_UID);
                all[i] = &clients[i];
                for (unsigned k = 0; k < 20; k++)
                        client_add(&clients[i], "server.ping", "[]");
        }
        stall_act("connections: 500 sessions with 20 pings each", all, 500);
        for (size_t i = 0; i < 500; i++)
                client_close(&clients[i]);
}

/* Sessions that send calls and do not read their replies. */
void crowd_of_deaf(Client *c) {
        Client deaf[N_SESSIONS];
        char text[65536];
        size_t n = 0;

        fill_object(c, "list", "l", 50000, false);
        waiters_open(deaf);
        while (n < sizeof(text) - 100)
                n += (size_t)snprintf(text + n, sizeof(text) - n,
                                      "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"list.copy\","
                                      "\"params\":[\"l\"]}\n",
                                      n);
        stall_act_begin();
        for (size_t i = 0; i < N_SESSIONS; i++)
                if (write(deaf[i].fd, text, n) < 0)
                        continue;
        usleep(50000);
        stall_act_end("unread output: 8 sessions ask for 60 MB each", "");
        waiters_end(deaf, "unread output: their end");
}
