/* The proxy of queues. */
#include <errno.h>

#include "json/json-util.h"
#include "proxy.h"

DEFINE_PROXY(queue)

int shmgr_queue_put(shmgr_queue *queue, struct json_object *value, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.put");
        request_json(&r, value);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_put_int64(shmgr_queue *queue, int64_t value, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.put");
        request_int(&r, value);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_put_double(shmgr_queue *queue, double value, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.put");
        request_double(&r, value);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_put_bool(shmgr_queue *queue, int value, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.put");
        request_bool(&r, value);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_put_string(shmgr_queue *queue, const char *value, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.put");
        request_string(&r, value);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_put_many(shmgr_queue *queue, struct json_object *values, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.put_many");
        request_json(&r, values);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_get(shmgr_queue *queue, int64_t timeout_ms, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.get");
        request_timeout(&r, timeout_ms);
        return request_run(&r, ret_value);
}

int shmgr_queue_get_int64(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.get");
        request_timeout(&r, timeout_ms);
        request_string(&r, "int64");
        return request_run_int(&r, ret_value);
}

int shmgr_queue_get_double(shmgr_queue *queue, int64_t timeout_ms, double *ret_value) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.get");
        request_timeout(&r, timeout_ms);
        request_string(&r, "double");
        return request_run_double(&r, ret_value);
}

int shmgr_queue_get_bool(shmgr_queue *queue, int64_t timeout_ms, int *ret_value) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.get");
        request_timeout(&r, timeout_ms);
        request_string(&r, "bool");
        return request_run_bool(&r, ret_value);
}

int shmgr_queue_get_string(shmgr_queue *queue, int64_t timeout_ms, char **ret_value) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.get");
        request_timeout(&r, timeout_ms);
        request_string(&r, "text");
        return request_run_string(&r, ret_value);
}

int shmgr_queue_get_many(shmgr_queue *queue, int64_t max, int64_t timeout_ms,
                         struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.get_many");
        request_int(&r, max);
        request_timeout(&r, timeout_ms);
        return request_run(&r, ret_array);
}

int shmgr_queue_peek(shmgr_queue *queue, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.peek");
        return request_run(&r, ret_value);
}

int shmgr_queue_size(shmgr_queue *queue, int64_t *ret_size) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.size");
        return request_run_int(&r, ret_size);
}

int shmgr_queue_empty(shmgr_queue *queue, int *ret_empty) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.empty");
        return request_run_bool(&r, ret_empty);
}

int shmgr_queue_full(shmgr_queue *queue, int *ret_full) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.full");
        return request_run_bool(&r, ret_full);
}

int shmgr_queue_task_done(shmgr_queue *queue, int64_t n) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.task_done");
        request_int(&r, n);
        return request_run(&r, NULL);
}

int shmgr_queue_join(shmgr_queue *queue, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.join");
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_queue_close(shmgr_queue *queue, int immediate) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.close");
        request_bool(&r, immediate);
        return request_run(&r, NULL);
}

int shmgr_queue_reserve(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_id,
                        struct json_object **ret_value) {
        CLEANUP(json_putp) struct json_object *result = NULL;
        struct json_object *id, *value;
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.reserve");
        request_holds(&r, queue->proxy.target.name, 1);
        request_timeout(&r, timeout_ms);
        int error = request_run(&r, &result);
        if (error < 0)
                return error;
        if (!json_object_object_get_ex(result, "id", &id) ||
            !json_object_object_get_ex(result, "value", &value))
                return client_fail(r.client, -EBADMSG,
                                   "the daemon's reply to queue.reserve is not understood");
        *ret_id = json_object_get_int64(id);
        if (ret_value)
                *ret_value = json_object_get(value);
        return 0;
}

int shmgr_queue_ack(shmgr_queue *queue, int64_t id) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.ack");
        request_holds(&r, queue->proxy.target.name, -1);
        request_int(&r, id);
        return request_run(&r, NULL);
}

int shmgr_queue_nack(shmgr_queue *queue, int64_t id) {
        Request r;

        proxy_begin(&r, &queue->proxy, "queue.nack");
        request_holds(&r, queue->proxy.target.name, -1);
        request_int(&r, id);
        return request_run(&r, NULL);
}
