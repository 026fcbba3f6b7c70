/* Measures the time for each step of work. Each method is called several times, alone; the least processor time of a call
 * counts, since other work of the machine only adds to it. The time and the steps of a server.ping are subtracted: a method does
 * not count waking up, receiving and sending as work. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "stall-act.h"
#include "stall-daemon.h"
#include "stall-fill.h"
#include "stall-methods.h"
#include "stall-params.h"
#include "stall-witness.h"
#include "stall-work.h"

enum {
        CALLS = 12,
        STEP_NS = 100,
        NOISE_NS = 30000, /* by which two calls of one kind differ on a busy machine */
        REST_US = 1000,
        REST_NS = 100000,
        RESTS_MAX = 3000,
        SMALL_CALLS = 1000,
};

typedef struct Cost {
        int64_t ns, n_steps;
} Cost;

static int64_t read_steps(void) {
        struct json_object *stats = stall_ask("server.stats"), *counters, *steps;
        int64_t n = 0;

        if (json_object_object_get_ex(stats, "counters", &counters) &&
            json_object_object_get_ex(counters, "steps", &steps))
                n = json_object_get_int64(steps);
        json_object_put(stats);
        return n;
}

/* The cost of a call includes the work that it deferred. */
static void await_rest(void) {
        for (int i = 0; i < RESTS_MAX; i++) {
                int64_t before_ns = stall_daemon_cpu_ns();
                usleep(REST_US);
                if (stall_daemon_cpu_ns() - before_ns < REST_NS)
                        return;
        }
}

/* Returns the cost of the calls that were added to the client. server.stats itself takes steps, more with each method that was
 * called, so it is called twice before and its steps are subtracted. */
static Cost cost_of_run(Client *c) {
        await_rest();
        int64_t before = read_steps(), n_steps = read_steps(), n_reading = n_steps - before;
        int64_t ns = stall_daemon_cpu_ns();

        client_run(c);
        await_rest();
        ns = stall_daemon_cpu_ns() - ns;
        return (Cost){.ns = ns, .n_steps = read_steps() - n_steps - n_reading};
}

static void keep_least(Cost *least, Cost cost) {
        if (least->ns == 0 || cost.ns < least->ns)
                *least = cost;
}

static Cost cost_of_ping(Client *c, unsigned n) {
        Cost least = {0};

        for (unsigned i = 0; i < CALLS; i++) {
                for (unsigned k = 0; k < n; k++)
                        client_add(c, "server.ping", "[]");
                keep_least(&least, cost_of_run(c));
        }
        return least;
}

static Cost cost_of_method(StallField *field, struct json_object *method, const char *name) {
        char type[32];
        const char *object = stall_object_of(name, type, sizeof(type));
        Buffer params = {0};
        Cost least = {0};

        params_write(&params, method, type, object, field->n_elements);
        for (unsigned i = 0; i < CALLS; i++) {
                if (object && stall_is_container(object) && (i == 0 || !stall_keeps_size(method)))
                        fill_object(&field->clients[0], object, object, field->n_elements, false);
                client_add_text(&field->clients[0], name, buffer_bytes(&params),
                                buffer_size(&params));
                keep_least(&least, cost_of_run(&field->clients[0]));
        }
        buffer_deinit(&params);
        return least;
}

/* Prints the cost of a method. Returns true if the method does work that it does not count. */
static bool print_cost(const char *name, Cost cost, Cost ping) {
        int64_t ns = cost.ns - ping.ns, n_steps = cost.n_steps - ping.n_steps;
        bool is_small = ns < NOISE_NS, is_uncounted;

        n_steps = n_steps > 0 ? n_steps : 1;
        is_uncounted = !is_small && ns - NOISE_NS > n_steps * STEP_NS;
        printf("%-32s %10.1f %12" PRId64 "  ", name, (double)cost.ns / 1000, cost.n_steps);
        if (is_small)
                printf("%10s\n", "small");
        else
                printf("%10.1f%s\n", (double)ns / (double)n_steps,
                       is_uncounted ? "  uncounted work" : "");
        fflush(stdout);
        return is_uncounted;
}

static void print_small_calls(Client *c) {
        Cost many = cost_of_ping(c, SMALL_CALLS);

        printf("\n%d calls of server.ping in one write: %.2f us and %.1f steps each\n", SMALL_CALLS,
               (double)many.ns / 1000 / SMALL_CALLS, (double)many.n_steps / SMALL_CALLS);
}

void stall_work_print(size_t n_elements) {
        struct json_object *document = stall_discover(), *methods;
        StallField field = {.n_elements = n_elements};
        unsigned n_uncounted = 0;

        stall_field_open(&field);
        stall_witness_stop();
        Cost ping = cost_of_ping(&field.clients[0], 1);
        printf("%-32s %10s %12s  %10s\n", "method", "us a call", "steps a call", "ns a step");
        if (json_object_object_get_ex(document, "methods", &methods))
                for (size_t i = 0; i < json_object_array_length(methods); i++) {
                        struct json_object *method = json_object_array_get_idx(methods, i);
                        const char *name =
                                json_object_get_string(json_object_object_get(method, "name"));
                        if (!stall_is_left_out(name) && stall_is_wanted(name))
                                n_uncounted += print_cost(
                                        name, cost_of_method(&field, method, name), ping);
                }
        print_small_calls(&field.clients[0]);
        printf("%u methods take more than %d ns a step\n", n_uncounted, STEP_NS);
        stall_field_close(&field);
        json_object_put(document);
}
