/* queue: items that some processes put and others get. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_QUEUE_H
#define SHMGR_QUEUE_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: maxsize (how many items it may hold, reserved ones included; 0, the default, is no bound) and order:
 * "fifo" (the default), "lifo", or "priority" (the least first; equal ones in the order of their putting).
 *
 * Both sides block when they have to, and are served in the order of their calls. A thread or process that ends while
 * it waits takes no item and puts none. -ESHUTDOWN: the queue is closed. -EIDRM: it was deleted while the call
 * waited. */
SHMGR_DECLARE_PROXY(queue);

/* queue.put: waits for room. -EAGAIN, -ETIMEDOUT, -ESHUTDOWN, -EIDRM; -EINVAL: its order is priority, and
 * the value cannot be compared with those in the queue; -EMSGSIZE: the value is larger than a message may be. */
int shmgr_queue_put(shmgr_queue *queue, struct json_object *value, int64_t timeout_ms);
int shmgr_queue_put_int64(shmgr_queue *queue, int64_t value, int64_t timeout_ms);
int shmgr_queue_put_double(shmgr_queue *queue, double value, int64_t timeout_ms);
int shmgr_queue_put_bool(shmgr_queue *queue, int value, int64_t timeout_ms);
int shmgr_queue_put_string(shmgr_queue *queue, const char *value, int64_t timeout_ms);
/* queue.put_many: waits for room for all elements of an array, and puts all or none. -EINVAL: they are more than
 * maxsize. Also -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN, -EMSGSIZE. */
int shmgr_queue_put_many(shmgr_queue *queue, struct json_object *values, int64_t timeout_ms);

/* queue.get: waits for an item and removes it. -EAGAIN, -ETIMEDOUT, -EIDRM; -ESHUTDOWN: the queue is closed and
 * empty. */
int shmgr_queue_get(shmgr_queue *queue, int64_t timeout_ms, struct json_object **ret_value);
/* queue.get, for items of one kind: an item of another kind (or a string with U+0000) is -EINVAL, and stays the next
 * one. Also -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN. */
int shmgr_queue_get_int64(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_value);
int shmgr_queue_get_double(shmgr_queue *queue, int64_t timeout_ms, double *ret_value);
int shmgr_queue_get_bool(shmgr_queue *queue, int64_t timeout_ms, int *ret_value);
int shmgr_queue_get_string(shmgr_queue *queue, int64_t timeout_ms, char **ret_value);
/* queue.get_many: waits for one item at least, and takes out as many as there are, at most max (and what one message
 * holds). Errors: -EAGAIN, -ETIMEDOUT, -EIDRM, -ESHUTDOWN, -EINVAL. */
int shmgr_queue_get_many(shmgr_queue *queue, int64_t max, int64_t timeout_ms,
                         struct json_object **ret_array);
/* queue.peek: the item that comes out next, which stays. -ENODATA: it is empty. */
int shmgr_queue_peek(shmgr_queue *queue, struct json_object **ret_value);

/* queue.size: the number of items that can be got. queue.empty, queue.full: 0 or 1. All may change before the caller
 * reads them. */
int shmgr_queue_size(shmgr_queue *queue, int64_t *ret_size);
int shmgr_queue_empty(shmgr_queue *queue, int *ret_empty);
int shmgr_queue_full(shmgr_queue *queue, int *ret_full);

/* queue.task_done: marks n items that were got as finished. -EOVERFLOW: fewer are unfinished. Also -EINVAL. */
int shmgr_queue_task_done(shmgr_queue *queue, int64_t n);
/* queue.join: waits until every item that was put is finished. -EAGAIN, -ETIMEDOUT, -EIDRM. */
int shmgr_queue_join(shmgr_queue *queue, int64_t timeout_ms);
/* queue.close: all puts, waiting ones included, get -ESHUTDOWN; gets return the items that are left, then -ESHUTDOWN.
 * If immediate is non-zero, the items that are left are dropped. */
int shmgr_queue_close(shmgr_queue *queue, int immediate);

/* queue.reserve: as get, but the item goes back to the front if this thread ends before it acknowledges the item.
 * ret_id (not NULL) is for ack and nack. -EDQUOT: this thread has reserved too many items. Also -EAGAIN, -ETIMEDOUT,
 * -EIDRM, -ESHUTDOWN. */
int shmgr_queue_reserve(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_id,
                        struct json_object **ret_value) SHMGR_MUST_CHECK;
/* queue.ack: the item is finished, as by task_done. queue.nack: it goes back to the front. -EPERM: this thread has not
 * reserved it. */
int shmgr_queue_ack(shmgr_queue *queue, int64_t id);
int shmgr_queue_nack(shmgr_queue *queue, int64_t id);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
