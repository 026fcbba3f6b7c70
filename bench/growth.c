/* Containers of a thousand to a million elements: the cost of an operation, and the memory of an element. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"
#include "bench.h"
#include "stream.h"

/* $o is the object, $m half of the size, $e ten more, $i the number of the element, $r that of an existing element. Parameters are
 * those after the name of the object; the steps of a pair are separated by " ; ". */
typedef struct Act {
        const char *name;
        const char *calls;    /* "METHOD PARAMS" */
        const char *commands; /* of Redis, or NULL */
} Act;

enum { MAX_ACTS = 5 };

typedef struct Container {
        const char *type;
        Act fill;
        Act acts[MAX_ACTS]; /* ended by an empty one */
} Container;

static const Container containers[] = {
        {"dict",
         {"fill", "dict.set \"key-$i\",\"12345678\"", "HSET $o key-$i 12345678"},
         {{"get", "dict.get \"key-$r\"", "HGET $o key-$r"},
          {"set", "dict.set \"key-$r\",\"abcdefgh\"", "HSET $o key-$r abcdefgh"},
          {"set + delete", "dict.set \"new\",1 ; dict.delete \"new\"",
           "HSET $o new 1 ; HDEL $o new"}}},
        {"list",
         {"fill", "list.append 12345678", "RPUSH $o 12345678"},
         {{"append + pop", "list.append 1 ; list.pop", "RPUSH $o 1 ; RPOP $o"},
          {"insert(0) + pop(0)", "list.insert 0,1 ; list.pop 0", "LPUSH $o 1 ; LPOP $o"},
          {"insert + pop in the middle", "list.insert $m,1 ; list.pop $m", NULL},
          {"insert + delete a slice of 10 in the middle",
           "list.set_slice $m,$m,1,[1,2,3,4,5,6,7,8,9,10] ; list.delete_slice $m,$e", NULL},
          {"get", "list.get $r", "LINDEX $o $r"}}},
        {"queue",
         {"fill", "queue.put \"12345678\"", "RPUSH $o 12345678"},
         {{"put + get", "queue.put \"12345678\" ; queue.get", "RPUSH $o 12345678 ; LPOP $o"}}},
        {"set",
         {"fill", "set.add \"element-$i\"", "SADD $o element-$i"},
         {{"contains", "set.contains \"element-$r\"", "SISMEMBER $o element-$r"},
          {"add + discard", "set.add \"new\" ; set.discard \"new\"", "SADD $o new ; SREM $o new"}}},
};

typedef struct Maker {
        Protocol protocol;
        const char *text, *object;
        uint64_t size, first;
} Maker;

static void put(Buffer *b, const char *text, size_t n) {
        if (buffer_append(b, text, n) < 0)
                bench_fail("memory", ENOMEM);
}

static uint64_t number_of(const Maker *m, uint64_t i, char kind) {
        switch (kind) {
        case 'm':
                return m->size / 2;
        case 'e':
                return m->size / 2 + 10;
        case 'r':
                return i * 7919 % m->size;
        default:
                return m->first + i;
        }
}

/* Appends the text, with its $ words replaced. */
static void expand(const Maker *m, uint64_t i, const char *text, size_t n, Buffer *into) {
        char word[32];

        for (size_t k = 0; k < n; k++) {
                if (text[k] != '$') {
                        put(into, text + k, 1);
                        continue;
                }
                if (text[++k] == 'o')
                        snprintf(word, sizeof(word), "%s", m->object);
                else
                        snprintf(word, sizeof(word), "%" PRIu64, number_of(m, i, text[k]));
                put(into, word, strlen(word));
        }
}

static void put_call(const Maker *m, uint64_t i, const char *text, size_t n, Buffer *into) {
        const char *blank = memchr(text, ' ', n);
        size_t n_method = blank ? (size_t)(blank - text) : n;
        char head[160];
        int n_head =
                snprintf(head, sizeof(head),
                         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%.*s\",\"params\":[\"%s\"%s",
                         (int)n_method, text, m->object, blank ? "," : "");

        put(into, head, (size_t)n_head);
        if (blank)
                expand(m, i, blank + 1, n - n_method - 1, into);
        put(into, "]}\n", 3);
}

static void put_command(const Maker *m, uint64_t i, const char *text, size_t n, Buffer *into) {
        char head[32];
        size_t n_words = 1;

        for (size_t k = 0; k < n; k++)
                n_words += text[k] == ' ';
        put(into, head, (size_t)snprintf(head, sizeof(head), "*%zu\r\n", n_words));
        for (size_t k = 0; k < n;) {
                const char *blank = memchr(text + k, ' ', n - k);
                size_t n_word = blank ? (size_t)(blank - text) - k : n - k;
                CLEANUP(buffer_deinit) Buffer word = {0};
                expand(m, i, text + k, n_word, &word);
                put(into, head,
                    (size_t)snprintf(head, sizeof(head), "$%zu\r\n", buffer_size(&word)));
                put(into, buffer_bytes(&word), buffer_size(&word));
                put(into, "\r\n", 2);
                k += n_word + 1;
        }
}

/* The steps of a pair alternate: even requests are the first, odd ones the second. */
static void make_request(Buffer *into, uint64_t i, const void *userdata) {
        const Maker *m = userdata;
        const char *second = strstr(m->text, " ; ");
        const char *text = second && i % 2 ? second + 3 : m->text;
        size_t n = second && i % 2 == 0 ? (size_t)(second - text) : strlen(text);

        if (m->protocol == PROTOCOL_RESP)
                put_command(m, i, text, n, into);
        else
                put_call(m, i, text, n, into);
}

/* ---- A container in a server */

typedef struct Growing {
        const Server *server;
        int fd;
        const Container *container;
        char object[32];
        uint64_t size;
} Growing;

static Maker maker_of(const Growing *g, const Act *act) {
        return (Maker){.protocol = g->server->protocol,
                       .text = g->server->protocol == PROTOCOL_RESP ? act->commands : act->calls,
                       .object = g->object,
                       .size = g->size};
}

static void open_container(Growing *g) {
        char text[256];
        int n = snprintf(text, sizeof(text),
                         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s.open\",\"params\":{"
                         "\"name\":\"%s\",\"create\":true}}\n",
                         g->container->type, g->object);

        if (g->server->protocol == PROTOCOL_JSON_RPC &&
            (write(g->fd, text, (size_t)n) != n || read(g->fd, text, sizeof(text)) <= 0))
                bench_fail(g->object, EIO);
}

static void fill(Growing *g, uint64_t size) {
        Maker maker = maker_of(g, &g->container->fill);

        maker.first = g->size;
        stream_run(g->server, g->fd, size - g->size, make_request, &maker);
        g->size = size;
}

/* Returns the server's processor time for an operation, in microseconds. */
static double run_act(const Growing *g, const Act *act, uint64_t n) {
        Maker maker = maker_of(g, act);
        unsigned n_steps = strstr(maker.text, " ; ") ? 2 : 1;

        return (double)stream_run(g->server, g->fd, n * n_steps, make_request, &maker) / (double)n /
               1e3;
}

static const char *const size_labels[2][4] = {
        {"10^3", "10^4", "10^5", "10^6"}, {"Redis 10^3", "Redis 10^4", "Redis 10^5", "Redis 10^6"}};

static void run_acts(Bench *bench, const Growing *g, Row **rows, unsigned step) {
        bool is_redis = g->server->protocol == PROTOCOL_RESP;
        const Act *acts = g->container->acts;

        for (unsigned i = 0; i < MAX_ACTS && acts[i].name; i++)
                for (unsigned round = 0; round < 3 && (!is_redis || acts[i].commands); round++)
                        row_add(rows[i], size_labels[is_redis][step], "us",
                                run_act(g, &acts[i], bench->is_quick ? 300 : 1000));
}

/* The memory of a server may also shrink, by what it has freed at last. */
static double memory_of_each(const Server *server, uint64_t before, uint64_t n) {
        return ((double)server_memory(server) - (double)before) / (double)n;
}

/* Fills the container in steps, and measures the acts at each size. */
static void grow(Bench *bench, const Server *server, const Container *c, Row **rows, Row *memory) {
        Growing g = {.server = server, .fd = server_connect(server), .container = c};
        uint64_t before = server_memory(server), size = 1000;

        if (g.fd < 0)
                bench_fail(server->name, errno);
        snprintf(g.object, sizeof(g.object), "grown-%s", c->type);
        open_container(&g);
        for (unsigned step = 0; step < (bench->is_quick ? 2 : 4); step++, size *= 10) {
                fill(&g, size);
                run_acts(bench, &g, rows, step);
        }
        row_add(memory, server->protocol == PROTOCOL_RESP ? "Redis" : "shmgrd", "bytes",
                memory_of_each(server, before, g.size));
        close(g.fd);
}

/* Many objects with one small value each, beside as many keys of Redis. */
static const Container many_objects = {"dict", {"fill", NULL, "SET object-$i 1"}, {{0}}};

static void make_object(Buffer *into, uint64_t i, const void *userdata) {
        char text[128];
        int n = snprintf(text, sizeof(text),
                         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"counter.open\",\"params\":{"
                         "\"name\":\"object-%" PRIu64 "\",\"create\":true}}\n",
                         i);

        put(into, text, (size_t)n);
}

static void make_objects(Bench *bench, const Server *server, Row *cost, Row *memory) {
        bool is_redis = server->protocol == PROTOCOL_RESP;
        Growing g = {.server = server, .fd = server_connect(server), .container = &many_objects};
        Maker maker = maker_of(&g, &many_objects.fill);
        uint64_t before = server_memory(server), n = bench->is_quick ? 10000 : 100000;

        if (g.fd < 0)
                bench_fail(server->name, errno);
        double ns =
                (double)stream_run(server, g.fd, n, is_redis ? make_request : make_object, &maker);
        row_add(cost, server->name, "us", ns / (double)n / 1e3);
        row_add(memory, server->name, "bytes", memory_of_each(server, before, n));
        close(g.fd);
}

void bench_growth(Bench *bench) {
        static const char costs[] =
                "cost as a container grows: processor time of the server for an "
                "operation",
                          making[] = "processor time of the server for a new object",
                          bytes[] = "memory of the server for an element";
        Row *rows[ELEMENTSOF(containers)][MAX_ACTS], *memory[ELEMENTSOF(containers) + 1];
        Report *report = &bench->report;

        for (unsigned i = 0; i < ELEMENTSOF(containers); i++)
                for (unsigned k = 0; k < MAX_ACTS && containers[i].acts[k].name; k++)
                        rows[i][k] = report_row(report, costs, "%s %s", containers[i].type,
                                                containers[i].acts[k].name);
        Row *open = report_row(report, making, "counter open, %s objects",
                               bench->is_quick ? "10^4" : "10^5");
        for (unsigned i = 0; i < ELEMENTSOF(containers); i++)
                memory[i] = report_row(report, bytes, "%s of %s", containers[i].type,
                                       bench->is_quick ? "10^4" : "10^6");
        memory[ELEMENTSOF(containers)] =
                report_row(report, bytes, "an object (counter; Redis: a key)");
        for (unsigned i = 0; i < ELEMENTSOF(containers); i++) {
                bench_renew_servers(bench);
                grow(bench, &bench->shmgr, &containers[i], rows[i], memory[i]);
                if (bench->has_redis)
                        grow(bench, &bench->redis, &containers[i], rows[i], memory[i]);
                for (unsigned k = 0; k < MAX_ACTS && containers[i].acts[k].name; k++) {
                        if (!bench->has_redis)
                                rows[i][k]->note = "Redis is not installed: not compared";
                        else if (!containers[i].acts[k].commands)
                                rows[i][k]->note = "Redis has nothing that does the same";
                        report_print(report, rows[i][k]);
                }
        }
        bench_renew_servers(bench);
        make_objects(bench, &bench->shmgr, open, memory[ELEMENTSOF(containers)]);
        if (bench->has_redis)
                make_objects(bench, &bench->redis, open, memory[ELEMENTSOF(containers)]);
        report_print(report, open);
        for (unsigned i = 0; i <= ELEMENTSOF(containers); i++)
                report_print(report, memory[i]);
}
