/* queue: some processes put items, and others get them. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_QUEUE_H
#define SHMGR_QUEUE_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: maxsize (the greatest number of items, reserved ones included; 0, the default, is no bound) and order:
 * "fifo" (the default), "lifo", or "priority" (the least item first; equal ones in the order of their puts).
 *
 * Puts and gets that block are served in the order of the calls. A thread or process that ends while it waits gets no
 * item and puts none. -ESHUTDOWN: the queue is closed. -EIDRM: the queue was deleted while the call waited. */
SHMGR_DECLARE_PROXY(queue);

/* queue.put: blocks until the queue has room, and puts an item. -EAGAIN, -ETIMEDOUT, -ESHUTDOWN, -EIDRM; -EINVAL: the
 * order is priority, and the value cannot be compared with those in the queue; -EMSGSIZE: the value is larger than a
 * message may be; -EDQUOT: it would exceed a bound of stored bytes. */
int shmgr_queue_put(shmgr_queue *queue, struct json_object *value, int64_t timeout_ms);
int shmgr_queue_put_int64(shmgr_queue *queue, int64_t value, int64_t timeout_ms);
int shmgr_queue_put_double(shmgr_queue *queue, double value, int64_t timeout_ms);
int shmgr_queue_put_bool(shmgr_queue *queue, int value, int64_t timeout_ms);
int shmgr_queue_put_string(shmgr_queue *queue, const char *value, int64_t timeout_ms);
/* queue.put_many: blocks until the queue has room for all elements of an array, and puts all or none. -EINVAL: the
 * elements are more than maxsize. Also -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN, -EMSGSIZE, -EDQUOT. */
int shmgr_queue_put_many(shmgr_queue *queue, struct json_object *values, int64_t timeout_ms);

/* queue.get: blocks until the queue has an item, removes it, and returns it. -EAGAIN, -ETIMEDOUT, -EIDRM; -ESHUTDOWN:
 * the queue is closed and empty. */
int shmgr_queue_get(shmgr_queue *queue, int64_t timeout_ms, struct json_object **ret_value);
/* queue.get, for items of one kind. -EINVAL: the item is of another kind (or a string with U+0000), and stays the
 * next one. The caller frees strings with free(3). Also -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN. */
int shmgr_queue_get_int64(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_value);
int shmgr_queue_get_double(shmgr_queue *queue, int64_t timeout_ms, double *ret_value);
int shmgr_queue_get_bool(shmgr_queue *queue, int64_t timeout_ms, int *ret_value);
int shmgr_queue_get_string(shmgr_queue *queue, int64_t timeout_ms, char **ret_value);
/* queue.get_many: blocks until the queue has an item, and removes up to max items, or fewer if a message holds no
 * more. Errors: -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN, -EINVAL. */
int shmgr_queue_get_many(shmgr_queue *queue, int64_t max, int64_t timeout_ms,
                         struct json_object **ret_array);
/* queue.peek: returns the item that the next get returns, and does not remove it. -ENODATA: the queue is empty. */
int shmgr_queue_peek(shmgr_queue *queue, struct json_object **ret_value);

/* queue.size: the number of items that a get can return. queue.empty, queue.full: 0 or 1. Other processes may change
 * all three before the caller reads them. */
int shmgr_queue_size(shmgr_queue *queue, int64_t *ret_size);
int shmgr_queue_empty(shmgr_queue *queue, int *ret_empty);
int shmgr_queue_full(shmgr_queue *queue, int *ret_full);

/* queue.task_done: marks n items of earlier gets as finished. -EOVERFLOW: fewer than n items are unfinished. Also
 * -EINVAL. */
int shmgr_queue_task_done(shmgr_queue *queue, int64_t n);
/* queue.join: blocks until every item that was put is finished. -EAGAIN, -ETIMEDOUT, -EIDRM. */
int shmgr_queue_join(shmgr_queue *queue, int64_t timeout_ms);
/* queue.close: later puts and waiting ones get -ESHUTDOWN. Gets return the items that are left, and then get
 * -ESHUTDOWN. If immediate is non-zero, the items that are left are dropped. */
int shmgr_queue_close(shmgr_queue *queue, int immediate);

/* queue.reserve: as queue.get, but the item returns to the front if this thread ends before it acknowledges the item.
 * ret_id (not NULL) receives the number for ack and nack. -EDQUOT: this thread has reserved too many items. Also
 * -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN. */
int shmgr_queue_reserve(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_id,
                        struct json_object **ret_value) SHMGR_MUST_CHECK;
/* queue.ack: marks a reserved item as finished, as task_done does. queue.nack: returns the item to the front. -EPERM:
 * this thread has not reserved it. */
int shmgr_queue_ack(shmgr_queue *queue, int64_t id);
int shmgr_queue_nack(shmgr_queue *queue, int64_t id);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
