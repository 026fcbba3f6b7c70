/* queue: items from those who put to those who get. Part of <shmgr/shmgr.h>. */
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
 * Both sides are served first come, first served. A thread or process that ends while it waits takes no item
 * and puts none. -ESHUTDOWN: the queue is closed. -EIDRM: it was deleted while the call waited. */
SHMGR_DECLARE_PROXY(queue);

/* queue.put: waits for room. -EAGAIN, -ETIMEDOUT, -ESHUTDOWN, -EIDRM; -EINVAL: its order is priority, and the
 * value has no order with those that are there; -EMSGSIZE: no answer could hold the value. */
int shmgr_queue_put(shmgr_queue *queue, struct json_object *value, int64_t timeout_ms);
int shmgr_queue_put_int64(shmgr_queue *queue, int64_t value, int64_t timeout_ms);
int shmgr_queue_put_double(shmgr_queue *queue, double value, int64_t timeout_ms);
int shmgr_queue_put_bool(shmgr_queue *queue, int value, int64_t timeout_ms);
int shmgr_queue_put_string(shmgr_queue *queue, const char *value, int64_t timeout_ms);
/* queue.put_many: waits for room for all of an array, and puts all or none. -EINVAL: there can never be so
 * much. */
int shmgr_queue_put_many(shmgr_queue *queue, struct json_object *values, int64_t timeout_ms);

/* queue.get: waits for an item and takes it out. -EAGAIN, -ETIMEDOUT, -EIDRM; -ESHUTDOWN: it is closed, and
 * nothing is left in it. */
int shmgr_queue_get(shmgr_queue *queue, int64_t timeout_ms, struct json_object **ret_value);
/* Direct forms: an item of another kind (for a string also one with U+0000) gives -EINVAL, and stays the next one. */
int shmgr_queue_get_int64(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_value);
int shmgr_queue_get_double(shmgr_queue *queue, int64_t timeout_ms, double *ret_value);
int shmgr_queue_get_bool(shmgr_queue *queue, int64_t timeout_ms, int *ret_value);
int shmgr_queue_get_string(shmgr_queue *queue, int64_t timeout_ms, char **ret_value);
/* queue.get_many: waits for one item at least, and takes out as many as there are, at most max (and what one
 * message holds). */
int shmgr_queue_get_many(shmgr_queue *queue, int64_t max, int64_t timeout_ms,
                         struct json_object **ret_array);
/* queue.peek: the item that comes out next, which stays. -ENODATA: it is empty. */
int shmgr_queue_peek(shmgr_queue *queue, struct json_object **ret_value);

/* queue.size: how many items can be got. queue.empty, queue.full: 0 or 1. All may have changed by the time
 * they are read. */
int shmgr_queue_size(shmgr_queue *queue, int64_t *ret_size);
int shmgr_queue_empty(shmgr_queue *queue, int *ret_empty);
int shmgr_queue_full(shmgr_queue *queue, int *ret_full);

/* queue.task_done: n items that were got are done with. -EOVERFLOW: so many were never put. */
int shmgr_queue_task_done(shmgr_queue *queue, int64_t n);
/* queue.join: waits until every item that was put is done with. -EAGAIN, -ETIMEDOUT, -EIDRM. */
int shmgr_queue_join(shmgr_queue *queue, int64_t timeout_ms);
/* queue.close: nothing can be put any more, and those who wait to put get -ESHUTDOWN; those who get have what
 * is left, then -ESHUTDOWN. With immediate, what is left is dropped. */
int shmgr_queue_close(shmgr_queue *queue, int immediate);

/* queue.reserve: as get, but the item comes back, to the front, if this thread ends before it said what became
 * of it. ret_id (not NULL) is for ack and nack. -EDQUOT: this thread has reserved too many. */
int shmgr_queue_reserve(shmgr_queue *queue, int64_t timeout_ms, int64_t *ret_id,
                        struct json_object **ret_value) SHMGR_MUST_CHECK;
/* queue.ack: the item is done with (which stands for task_done). queue.nack: it goes back to the front. -EPERM:
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
