/* The operations that shmgrctl bench measures. */
#include <errno.h>

#include "bench.h"
#include "json/json-util.h"

enum { PIPELINE = 100 };

static int run_ping(BenchClient *c) {
        return shmgr_ping(c->bench->manager);
}

static int run_counter(BenchClient *c) {
        return shmgr_counter_add(c->bench->counter, 1, NULL);
}

static int run_set(BenchClient *c) {
        return shmgr_dict_set_int64(c->bench->dict, "key", 1);
}

static int run_get(BenchClient *c) {
        int64_t value;

        return shmgr_dict_get_int64(c->bench->dict, "key", &value);
}

static int run_lock_of(shmgr_lock *lock) {
        int r = shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL);

        return r < 0 ? r : shmgr_lock_release(lock);
}

static int run_own_lock(BenchClient *c) {
        return run_lock_of(c->lock);
}

static int run_shared_lock(BenchClient *c) {
        return run_lock_of(c->bench->lock);
}

static int run_queue(BenchClient *c) {
        struct json_object *item = NULL;
        int r = shmgr_queue_put(c->bench->queue, NULL, SHMGR_FOREVER);

        if (r == 0)
                r = shmgr_queue_get(c->bench->queue, SHMGR_FOREVER, &item);
        json_object_put(item);
        return r;
}

static int add_all(shmgr_batch *batch, struct json_object *params) {
        int r = 0;

        for (int i = 0; i < PIPELINE && r >= 0; i++)
                r = shmgr_batch_add(batch, "counter.add", params);
        if (r >= 0)
                r = shmgr_batch_run(batch);
        return r < 0 ? r : shmgr_batch_result(batch, PIPELINE - 1, NULL);
}

static int run_pipeline(BenchClient *c) {
        struct json_object *params = json_object_new_array();
        shmgr_batch *batch = NULL;
        int r = shmgr_batch_new(c->bench->manager, SHMGR_BATCH_PIPELINE, &batch);

        if (!params ||
            json_push(params, json_object_new_string(shmgr_counter_name(c->bench->counter))) < 0 ||
            json_push(params, json_object_new_int(1)) < 0)
                r = -ENOMEM;
        if (r == 0)
                r = add_all(batch, params);
        shmgr_batch_unref(batch);
        json_object_put(params);
        return r;
}

const BenchCase bench_cases[] = {
        {"ping", 1, run_ping},
        {"counter", 1, run_counter},
        {"set", 1, run_set},
        {"get", 1, run_get},
        {"lock", 2, run_own_lock},
        {"contend", 2, run_shared_lock},
        {"queue", 2, run_queue},
        {"pipeline", PIPELINE, run_pipeline},
        {0},
};
