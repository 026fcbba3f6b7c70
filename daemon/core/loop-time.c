/* Statistics of the loop's turns. */
#include <stdio.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "loop-time.h"

static const unsigned bounds_ms[LOOP_BOUNDS] = {1, 2, 5, 10, 20, 50, 100, 200, 1000};

void loop_time_note(LoopTime *loop, int64_t turn_ns) {
        loop->n_turns++;
        if (turn_ns > loop->max_ns)
                loop->max_ns = turn_ns;
        for (unsigned i = 0; i < LOOP_BOUNDS && turn_ns > bounds_ms[i] * INT64_C(1000000); i++)
                loop->n_longer[i]++;
}

void loop_time_note_spin(LoopTime *loop, int64_t spin_ns, bool is_hit) {
        loop->n_spins++;
        if (is_hit)
                loop->n_spin_hits++;
        else
                loop->spin_burnt_ns += spin_ns;
}

static struct json_object *describe_longer(const LoopTime *loop) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        char name[12];

        for (unsigned i = 0; o && i < LOOP_BOUNDS; i++) {
                snprintf(name, sizeof(name), "%u", bounds_ms[i]);
                if (json_put_int(o, name, (int64_t)loop->n_longer[i]) < 0)
                        return NULL;
        }
        return TAKE_PTR(o);
}

struct json_object *loop_time_describe(const LoopTime *loop) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_int(o, "turns", (int64_t)loop->n_turns) < 0 ||
            json_put_int(o, "max_us", loop->max_ns / 1000) < 0 ||
            json_put(o, "longer_than_ms", describe_longer(loop)) < 0 ||
            json_put_int(o, "spins", (int64_t)loop->n_spins) < 0 ||
            json_put_int(o, "spin_hits", (int64_t)loop->n_spin_hits) < 0 ||
            json_put_int(o, "spin_burnt_us", loop->spin_burnt_ns / 1000) < 0)
                return NULL;
        return TAKE_PTR(o);
}
