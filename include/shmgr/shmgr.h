/* libshmgr: named shared objects for the programs of one machine.
 *
 *     #include <shmgr/shmgr.h>
 *
 * shmgrd owns the objects. This library gives a program proxies for them. A proxy is a handle that turns each
 * operation into one call of the daemon.
 *
 * CONVENTIONS
 *
 * Functions that return int return 0 (or a count) on success and a negative errno on failure. They store results
 * through parameters named ret_..., which are written only on success and may be NULL where noted. Values are
 * json-c's: struct json_object *, in which JSON null is a NULL pointer.
 *
 * OWNERSHIP
 *
 *   - A value that is passed in stays the caller's.
 *   - A value that is returned is a new reference, which the caller gives to json_object_put().
 *   - Strings that are returned are to be freed with free(3).
 *   - A proxy, connection, iterator, batch, loop or manager that is stored through a ret_... is a reference of the
 *     caller, which gives it to its _unref().
 *   - The comment of a function says so if the function borrows or keeps something else.
 *   - _ref() returns its argument; _unref() takes NULL and returns NULL; _unrefp() is for __attribute__((cleanup)).
 *
 * UNITS: a parameter or a member with _ms or ms_ in its name is a number of milliseconds. Sizes, lengths and offsets
 * are bytes; those of lists and arrays are numbers of elements.
 *
 * THREADS AND PROCESSES
 *
 * Any thread may use managers and proxies, and so may a child after fork(2). Each thread of each process has a
 * session of its own with the daemon, made on first use. A child never writes to the session of its parent. Locks and
 * other things that have an owner belong to the thread that acquired them. They are released when the thread or the
 * process ends, for whatever reason. One thread at a time may use a batch or a loop, and only the process that made a
 * loop may use it.
 *
 * CANCELLATION. A function that blocks is a cancellation point of pthread_cancel(3) while it blocks. Others, such as
 * the _unref() functions, are not. When a thread is cancelled, the library cancels its call, which may have taken
 * effect. Objects that the thread holds are released when it ends, after its cleanup handlers. A batch that is
 * cancelled ends the session at once.
 *
 * DESCRIPTORS of the library are never 0, 1 or 2, even if the program has closed these.
 *
 * AFTER A RESTART of the daemon, or after the daemon has ended a session, the next call begins a new session, which
 * holds nothing. A call takes effect at most once: the library sends it again only if it cannot have arrived. A call
 * that was under way gets -ECONNRESET. Only its caller can find out whether it took effect.
 *
 * ERRORS THAT EVERY CALL MAY HAVE are not listed again with each function. shmgr_manager_error() returns their
 * message.
 *
 *     -ECONNREFUSED, -ENOENT  no daemon listens on the socket (the message names the path)
 *     -ECONNRESET             the daemon ended during the call, which may have taken effect
 *     -EACCES                 this user may not use the socket or the object
 *     -ENOENT                 the object does not exist
 *     -EPROTOTYPE             the object is of another type
 *     -EINVAL                 an argument is wrong
 *     -EDQUOT, -EMSGSIZE      a bound of the daemon was reached
 *     -EINTR                  the call was interrupted: see shmgr_manager_set_interrupt()
 *     -EBUSY                  a function that this manager calls made the call: see shmgr_manager_set_interrupt(),
 *                             shmgr_manager_on_lost()
 *     -ENOMEM                 memory ran out, in the process or the daemon
 *
 * TIMEOUTS are milliseconds. With 0 a call that would block fails with -EAGAIN. SHMGR_FOREVER blocks without a bound.
 * A timeout that expires is -ETIMEDOUT. Other negative timeouts are -EINVAL. */
#ifndef SHMGR_SHMGR_H
#define SHMGR_SHMGR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct json_object;

#define SHMGR_FOREVER ((int64_t)-1)

/* Functions whose result must be checked. After an unnoticed failure a program continues without the lock, or waits
 * for a callback that never comes. */
#ifdef __GNUC__
#define SHMGR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SHMGR_MUST_CHECK
#endif

/* ---- The manager: where the daemon is ---------------------------------------------------- */

typedef struct shmgr_manager shmgr_manager;

/* Makes a manager for the daemon at this socket. NULL stands for $SHMGR_SOCKET. If that is not set, it stands for
 * $XDG_RUNTIME_DIR/shmgrd.sock (/run/user/UID/shmgrd.sock if that variable is not set) if this socket exists,
 * otherwise for /run/shmgrd/shmgrd.sock. The first call of each thread connects. -ENOMEM; -ENAMETOOLONG: the path is
 * too long for a socket. */
int shmgr_manager_open(const char *socket_path, shmgr_manager **ret_manager) SHMGR_MUST_CHECK;
shmgr_manager *shmgr_manager_ref(shmgr_manager *manager);
/* Releasing the last reference closes the sessions of the manager, those of all threads of this process. No other
 * thread may be in a call of the manager at that time. Proxies, batches and loops hold a reference of their own. */
shmgr_manager *shmgr_manager_unref(shmgr_manager *manager);
void shmgr_manager_unrefp(shmgr_manager **manager);

/* Returns the message of the last call of this thread that failed, in English, or "" if none did. The manager owns
 * the string, which is valid until the next call of this thread. */
const char *shmgr_manager_error(shmgr_manager *manager);
/* Returns the details (data) of that error, such as the cycle of a deadlock, or NULL if it has none. The object is
 * borrowed, and valid until the next call of this thread. */
struct json_object *shmgr_manager_error_data(shmgr_manager *manager);

/* Sets a function that may interrupt calls. By default a call continues after a signal. is_interrupted() returns
 * non-zero to interrupt the call. The library calls it when the call begins to wait for its reply, after each signal
 * whose handler ran in its thread while it waits, and at least once a second. So a signal that arrives just after the
 * function looked at its flag is noticed within a second, and not lost. The function runs with the signal mask of its
 * thread. A call that the function makes is -EBUSY, unless the call belongs to another manager.
 *
 * When the function returns non-zero, the library cancels the call. A call that was waiting, such as for a lock,
 * returns -EINTR. A call that the daemon has served by then returns its result. So a flag that a handler sets and
 * nothing clears ends all waits, and does not keep a program from releasing its locks. No later call gets the reply
 * of this one. If the daemon does not reply to the cancellation either, the next signal ends the session, and the
 * daemon releases all that this thread holds. Set the function before threads use the manager. NULL removes it. */
void shmgr_manager_set_interrupt(shmgr_manager *manager, int (*is_interrupted)(void *userdata),
                                 void *userdata);

/* A session may end before its thread: the daemon ended or was restarted, or it ended the session. Then the locks,
 * the owned permits and the reserved items of the session are lost, and other sessions may have them already. As a
 * result
 *
 *   - the next call of this thread, or the call that notices the end, fails once with -ECONNRESET. Its message and
 *     "lost" in its data name the lost objects. Later calls use a new session.
 *   - the library calls on_lost() at once, in the call that notices the end and in its thread; for the session of a
 *     loop in shmgr_loop_process(). names is an array of strings, borrowed, or NULL if memory ran out. The function
 *     cannot call this manager (-EBUSY).
 *
 * A thread that makes no call notices no end. During long work under a lock it calls shmgr_ping() now and then, or
 * also waits for shmgr_manager_get_fd(). The library knows the objects that were acquired through proxies,
 * shmgr_call(), batches and loops; permits of semaphores only through proxies. Set the function before threads use
 * the manager. NULL removes it. */
typedef void (*shmgr_lost)(struct json_object *names, void *userdata);
void shmgr_manager_on_lost(shmgr_manager *manager, shmgr_lost on_lost, void *userdata);

/* Returns the descriptor of the session of this thread. A thread that holds an object passes it to poll(2) for
 * POLLIN, with its other descriptors. If it is ready between two calls, the session may have ended: shmgr_ping()
 * finds out. The descriptor belongs to the library, which alone reads, writes and closes it. It changes with the
 * session. -ENOTCONN: the thread has no session. */
int shmgr_manager_get_fd(shmgr_manager *manager);

/* Calls any method of the daemon by its name ("dict.get"). params is an array, an object, or NULL for none.
 * ret_result may be NULL. Returns the errors of the method. -ENOSYS: the method does not exist. */
int shmgr_call(shmgr_manager *manager, const char *method, struct json_object *params,
               struct json_object **ret_result);

/* server.ping: returns 0 when the daemon replies. */
int shmgr_ping(shmgr_manager *manager);
/* object.delete: deletes an object. Calls that wait for it get -EIDRM. Also -EACCES. */
int shmgr_delete(shmgr_manager *manager, const char *name);
/* object.stat: returns the owner, the holders and the waiting calls of an object, with times in milliseconds. */
int shmgr_stat(shmgr_manager *manager, const char *name, struct json_object **ret_stat);
/* object.chmod, object.chown: set the permission bits, 0 to 0777, and the owner and the group. A negative uid or gid
 * leaves that one unchanged. The options mode and group of an open set those of a new object: see shmgr(7). -EACCES:
 * the caller is neither the owner nor root. */
int shmgr_chmod(shmgr_manager *manager, const char *name, unsigned mode);
int shmgr_chown(shmgr_manager *manager, const char *name, int64_t uid, int64_t gid);
/* object.limit: sets the size of the object, in bytes, beyond which calls of users other than the owner and root get
 * -EDQUOT. A negative max_bytes stands for the daemon's default. -EACCES: the caller is neither the owner nor
 * root. */
int shmgr_limit(shmgr_manager *manager, const char *name, int64_t max_bytes);
/* object.scan, to its end: returns all objects whose name matches a shell pattern (at most 255 bytes; NULL for all).
 * The caller owns the array. -EINVAL: the pattern is too long. For very many objects shmgr_scan_objects() takes less
 * memory. */
int shmgr_list_objects(shmgr_manager *manager, const char *pattern, struct json_object **ret_array);
/* object.scan: returns at most count objects (the daemon returns 500 at most) of the type whose name matches the
 * pattern. NULL for type or pattern stands for all. *cursor is NULL at the beginning and at the end. Otherwise it is
 * a string, which each call replaces. A caller that ends the scan early frees it with free(3). The caller owns the
 * array, which may be empty before the end. An object that exists during the whole scan is returned exactly once.
 * After an error *cursor is unchanged, and the caller may ask for this page again. -EINVAL: count is less than 1,
 * the pattern is too long, or the cursor is from before a restart of the daemon. */
int shmgr_scan_objects(shmgr_manager *manager, char **cursor, int64_t count, const char *pattern,
                       const char *type, struct json_object **ret_array);

/* ---- Opening an object of any type ------------------------------------------------------- */

enum {
        SHMGR_CREATE = 1,     /* make a missing object; without this flag that is -ENOENT */
        SHMGR_EXCLUSIVE = 2,  /* with SHMGR_CREATE: -EEXIST if the object exists */
        SHMGR_EPHEMERAL = 4,  /* a new object is deleted with the last session that opened it */
        SHMGR_PERSISTENT = 8, /* a new object stays until it is deleted, also without a name */
        /* 16 is SHMGR_DUPLEX */
        SHMGR_UNCHECKED = 32 /* open an existing object as it is, even if options contradict it */
};

/* Each type has
 *
 *     int shmgr_TYPE_open(manager, name, flags, options, ret_proxy)   TYPE.open
 *
 * which finds or makes the object in one atomic step. It returns 1 if it made the object, and 0 if it found the
 * object. name NULL makes an anonymous object, which is ephemeral by default. options is a JSON object with the other
 * parameters of TYPE.open (value, mode, ...), or NULL. -EEXIST: the object exists, and flags have SHMGR_EXCLUSIVE.
 *
 * The option group is a number, or a string: digits, or the name of a group. These functions look up the name in this
 * process (getgrnam(3)). -EINVAL: the group does not exist. The daemon accepts only numbers, so a caller of
 * shmgr_call(), a batch or a loop looks up the name itself.
 *
 * Options that define an object must agree with an existing object: parties, maxsize, order, type, length, a
 * semaphore's value, bounded and owned, minimum and maximum, on_owner_death, a condition's lock, duplex, and the
 * lifetime. -EINVAL: an option does not agree; the message and the data name the option, the requested value and the
 * value of the object. SHMGR_UNCHECKED opens the object as it is. Initial values (value of other types, mode, group,
 * max_bytes) are ignored for an existing object. An option that is left out agrees with every object.
 *
 * A proxy that was opened with SHMGR_CREATE and a name makes its object again, with its old options, if the first
 * call of a session does not find the object, as after a restart of the daemon. An object that is deleted during a
 * session stays -ENOENT.
 *
 * An ephemeral object lives as long as one session has it open. A thread or child that uses a proxy opens the object
 * for its own session with its first call. Until then the object depends on the sessions that have it open. Calls by
 * name, those of shmgr_call(), a batch or a loop, open nothing: keep a proxy. The last unref closes the object in
 * every session that the proxy opened it for: in this thread at once, in other threads with their next call or when
 * they end. A child has references of its own.
 *
 *     TYPE_ref, TYPE_unref, TYPE_unrefp     the last unref closes what the proxy opened (object.close)
 *     const char *TYPE_name(proxy)          returns the object's name, valid as long as the proxy
 *     TYPE_reference(proxy)                 returns a value that refers to the object, and keeps it alive where the
 *                                           value is stored; NULL if memory ran out
 *     int TYPE_open_reference(manager, value, ret_proxy)
 *                                           calls TYPE.open for the object that such a value refers to, and returns
 *                                           0; -EINVAL: the value is not a reference */
#define SHMGR_DECLARE_PROXY(type)                                                                  \
        typedef struct shmgr_##type shmgr_##type;                                                  \
        int shmgr_##type##_open(shmgr_manager *manager, const char *name, int flags,               \
                                struct json_object *options, shmgr_##type **ret_proxy);            \
        shmgr_##type *shmgr_##type##_ref(shmgr_##type *proxy);                                     \
        shmgr_##type *shmgr_##type##_unref(shmgr_##type *proxy);                                   \
        void shmgr_##type##_unrefp(shmgr_##type **proxy);                                          \
        const char *shmgr_##type##_name(shmgr_##type *proxy);                                      \
        struct json_object *shmgr_##type##_reference(shmgr_##type *proxy);                         \
        int shmgr_##type##_open_reference(shmgr_manager *manager, struct json_object *value,       \
                                          shmgr_##type **ret_proxy)

/* Returns a value that refers to another object: {"$object": name}. A stored reference keeps the object alive. NULL
 * if memory ran out. The caller owns the value.
 *
 * A value that a call removes from its object (list.pop, queue.get) may have held the last reference. Then the object
 * stays until this thread's next call is over: make TYPE_open_reference() that call. */
struct json_object *shmgr_reference_new(const char *name);
/* Returns the name that a reference holds, or NULL if the value is not a reference. Borrowed from the value. */
const char *shmgr_reference_name(struct json_object *value);

/* ---- list: values in order --------------------------------------------------------------- */

SHMGR_DECLARE_PROXY(list); /* options: value (an array) */

/* list.get, list.set. A negative index counts from the end. -ERANGE: the list has no such element. */
int shmgr_list_get(shmgr_list *list, int64_t index, struct json_object **ret_value);
int shmgr_list_set(shmgr_list *list, int64_t index, struct json_object *value);
/* list.get, list.set, for values of one kind. -EINVAL: the element is of another kind (or a string with U+0000). The
 * caller frees strings with free(3). Also -ERANGE. */
int shmgr_list_get_int64(shmgr_list *list, int64_t index, int64_t *ret_value);
int shmgr_list_get_double(shmgr_list *list, int64_t index, double *ret_value);
int shmgr_list_get_bool(shmgr_list *list, int64_t index, int *ret_value);
int shmgr_list_get_string(shmgr_list *list, int64_t index, char **ret_value);
int shmgr_list_set_int64(shmgr_list *list, int64_t index, int64_t value);
int shmgr_list_set_double(shmgr_list *list, int64_t index, double value);
int shmgr_list_set_bool(shmgr_list *list, int64_t index, int value);
int shmgr_list_set_string(shmgr_list *list, int64_t index, const char *value);
/* list.append: adds an element at the end. list.extend: appends all elements of an array, or none. list.insert:
 * inserts before an element. Errors: -EDQUOT. */
int shmgr_list_append(shmgr_list *list, struct json_object *value);
int shmgr_list_append_int64(shmgr_list *list, int64_t value);
int shmgr_list_append_double(shmgr_list *list, double value);
int shmgr_list_append_bool(shmgr_list *list, int value);
int shmgr_list_append_string(shmgr_list *list, const char *value);
int shmgr_list_extend(shmgr_list *list, struct json_object *values);
int shmgr_list_insert(shmgr_list *list, int64_t index, struct json_object *value);
/* list.pop: removes an element and returns it; -1 is the last. -ENODATA: the list is empty; -ERANGE: it has no such
 * element. */
int shmgr_list_pop(shmgr_list *list, int64_t index, struct json_object **ret_value);
/* list.remove: removes the first element that equals value. list.index: returns the index of that element;
 * shmgr_list_index_within() searches only from start to before stop (SHMGR_NONE: from the beginning, to the end).
 * -ENODATA: no element equals value. Also -EDQUOT. */
int shmgr_list_remove(shmgr_list *list, struct json_object *value);
int shmgr_list_index(shmgr_list *list, struct json_object *value, int64_t *ret_index);
int shmgr_list_index_within(shmgr_list *list, struct json_object *value, int64_t start,
                            int64_t stop, int64_t *ret_index);
/* list.count: the number of elements that equal value. list.contains: 0 or 1. list.length: the number of elements.
 * Errors: -EDQUOT. */
int shmgr_list_count(shmgr_list *list, struct json_object *value, int64_t *ret_count);
int shmgr_list_contains(shmgr_list *list, struct json_object *value, int *ret_contains);
int shmgr_list_length(shmgr_list *list, int64_t *ret_length);
/* list.slice, list.set_slice, list.delete_slice: a slice [start:stop:step] as in Python. SHMGR_NONE stands for a
 * number that is left out. -EINVAL: step is 0, or step is not 1 and the number of values is not that of the slice.
 * Also -EDQUOT, -EMSGSIZE. */
#define SHMGR_NONE INT64_MIN
int shmgr_list_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step,
                     struct json_object **ret_array);
int shmgr_list_set_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step,
                         struct json_object *values);
int shmgr_list_delete_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step);
/* list.delete: removes an element. -ERANGE: the list has no such element. */
int shmgr_list_delete(shmgr_list *list, int64_t index);
/* list.reverse: reverses the order. list.sort: sorts the list, the greatest element first if descending is non-zero;
 * -EINVAL: two values have no order. list.repeat: repeats the list n times. list.clear: removes all elements.
 * list.copy: returns all elements, as a new array. Also -EDQUOT, -EMSGSIZE. */
int shmgr_list_reverse(shmgr_list *list);
int shmgr_list_sort(shmgr_list *list, int descending);
int shmgr_list_repeat(shmgr_list *list, int64_t n);
int shmgr_list_clear(shmgr_list *list);
int shmgr_list_copy(shmgr_list *list, struct json_object **ret_array);
/* list.add: adds to a number and returns the sum, in one atomic step. ret_sum may be NULL. After an error nothing has
 * changed. -ERANGE: the list has no such element, or the sum does not fit; -EINVAL: the element is not a number, or
 * the sum is a double, which only shmgr_list_add_double() returns. */
int shmgr_list_add(shmgr_list *list, int64_t index, int64_t delta, int64_t *ret_sum);
int shmgr_list_add_double(shmgr_list *list, int64_t index, double delta, double *ret_sum);
/* list.cas: sets an element if it equals expected. Returns 1 if it did, otherwise 0. Errors: -ERANGE. */
int shmgr_list_cas(shmgr_list *list, int64_t index, struct json_object *expected,
                   struct json_object *value);

/* ---- dict: keys to values ---------------------------------------------------------------- */

SHMGR_DECLARE_PROXY(dict); /* options: value (an object) */

/* dict.get (-ENODATA: the key is missing), dict.set. -EINVAL: key is NULL, longer than 1,024 bytes or not UTF-8. */
int shmgr_dict_get(shmgr_dict *dict, const char *key, struct json_object **ret_value);
int shmgr_dict_set(shmgr_dict *dict, const char *key, struct json_object *value);
/* dict.get, dict.set, for values of one kind. -EINVAL: the value is of another kind (or a string with U+0000). The
 * caller frees strings with free(3). Also -ENODATA. */
int shmgr_dict_get_int64(shmgr_dict *dict, const char *key, int64_t *ret_value);
int shmgr_dict_get_double(shmgr_dict *dict, const char *key, double *ret_value);
int shmgr_dict_get_bool(shmgr_dict *dict, const char *key, int *ret_value);
int shmgr_dict_get_string(shmgr_dict *dict, const char *key, char **ret_value);
int shmgr_dict_set_int64(shmgr_dict *dict, const char *key, int64_t value);
int shmgr_dict_set_double(shmgr_dict *dict, const char *key, double value);
int shmgr_dict_set_bool(shmgr_dict *dict, const char *key, int value);
int shmgr_dict_set_string(shmgr_dict *dict, const char *key, const char *value);
/* dict.delete: removes a key. -ENODATA: the key is missing. dict.contains: 0 or 1. dict.length: the number of keys.
 * Also -EINVAL. */
int shmgr_dict_delete(shmgr_dict *dict, const char *key);
int shmgr_dict_contains(shmgr_dict *dict, const char *key, int *ret_contains);
int shmgr_dict_length(shmgr_dict *dict, int64_t *ret_length);
/* dict.keys, dict.values, dict.items: return new arrays of keys, of values, and of pairs [key, value], in the order
 * of insertion. dict.copy: returns a new object. -EMSGSIZE: the result is larger than a message may be;
 * -EDQUOT: the call would take too many steps of work; use shmgr_dict_scan(). */
int shmgr_dict_keys(shmgr_dict *dict, struct json_object **ret_array);
int shmgr_dict_values(shmgr_dict *dict, struct json_object **ret_array);
int shmgr_dict_items(shmgr_dict *dict, struct json_object **ret_array);
int shmgr_dict_copy(shmgr_dict *dict, struct json_object **ret_object);
/* dict.scan: returns up to count pairs from a cursor on. The cursor is 0 at the beginning, and 0 again at the end. A
 * key that exists during the whole scan is returned exactly once. Errors: -EINVAL, -EMSGSIZE, -EDQUOT. */
int shmgr_dict_scan(shmgr_dict *dict, int64_t *cursor, int64_t count,
                    struct json_object **ret_array);
/* dict.clear: removes all keys. dict.pop: removes a key and returns its value; -ENODATA: the key is missing.
 * dict.popitem: removes the most recently added key and returns [key, value]; -ENODATA: the dict is empty. Also
 * -EINVAL. */
int shmgr_dict_clear(shmgr_dict *dict);
int shmgr_dict_pop(shmgr_dict *dict, const char *key, struct json_object **ret_value);
int shmgr_dict_popitem(shmgr_dict *dict, struct json_object **ret_pair);
/* dict.setdefault: sets the key to value if it is missing, and returns the value of the key. dict.update: sets all
 * keys of an object, or none. Errors: -EINVAL. */
int shmgr_dict_setdefault(shmgr_dict *dict, const char *key, struct json_object *value,
                          struct json_object **ret_value);
int shmgr_dict_update(shmgr_dict *dict, struct json_object *items);
/* dict.add: adds to a number and returns the sum, in one atomic step. ret_sum may be NULL. After an error nothing has
 * changed. -ENODATA: the key is missing; -ERANGE: the sum does not fit; -EINVAL: the value is not a number, or the
 * sum is a double, which only shmgr_dict_add_double() returns. */
int shmgr_dict_add(shmgr_dict *dict, const char *key, int64_t delta, int64_t *ret_sum);
int shmgr_dict_add_double(shmgr_dict *dict, const char *key, double delta, double *ret_sum);
/* dict.add with a default: a missing key is set to first + delta (no -ENODATA). Also -ERANGE, -EINVAL. */
int shmgr_dict_add_default(shmgr_dict *dict, const char *key, int64_t delta, int64_t first,
                           int64_t *ret_sum);
int shmgr_dict_add_default_double(shmgr_dict *dict, const char *key, double delta, double first,
                                  double *ret_sum);
/* dict.cas: sets the key if its value equals expected. Returns 1 if it did, otherwise 0. -ENODATA: the key is
 * missing. Also -EINVAL. */
int shmgr_dict_cas(shmgr_dict *dict, const char *key, struct json_object *expected,
                   struct json_object *value);
int shmgr_dict_cas_int64(shmgr_dict *dict, const char *key, int64_t expected, int64_t value);

/* ---- counter: a 64-bit integer ----------------------------------------------------------- */

SHMGR_DECLARE_PROXY(counter); /* options: value, minimum, maximum */

/* counter.get, counter.set. counter.add: adds to the counter and returns the new value; ret_value may be NULL.
 * -ERANGE: the result is beyond the bounds or 64 bits. */
int shmgr_counter_get(shmgr_counter *counter, int64_t *ret_value);
int shmgr_counter_set(shmgr_counter *counter, int64_t value);
int shmgr_counter_add(shmgr_counter *counter, int64_t delta, int64_t *ret_value);
/* counter.cas: sets the counter if it equals expected. Returns 1 if it did, otherwise 0. Errors: -ERANGE. */
int shmgr_counter_cas(shmgr_counter *counter, int64_t expected, int64_t value);
/* counter.wait: blocks until the counter is ">=", "<=" or "==" (op) the value. ret_value (may be NULL) receives the
 * counter. -EAGAIN, -ETIMEDOUT; -EIDRM: the counter was deleted meanwhile; -EINVAL: op is another string. */
int shmgr_counter_wait(shmgr_counter *counter, const char *op, int64_t value, int64_t timeout_ms,
                       int64_t *ret_value) SHMGR_MUST_CHECK;

/* ---- lock: mutual exclusion -------------------------------------------------------------- */

/* options: on_owner_death ("release", "poison" or "keep") and owned, which is true by default. With owned false the
 * lock is like Python's Lock: it stays locked when the session that acquired it ends, and any session may release the
 * lock. */
SHMGR_DECLARE_PROXY(lock);

/* The details of a grant. */
typedef struct shmgr_grant {
        uint64_t token; /* greater than that of every earlier grant of this object */
        int owner_died; /* 1: the previous owner died without a release; 0: the members below are 0 */
        pid_t pid;      /* of the previous owner, as are the members below */
        uid_t uid;
        int64_t ms_ago; /* milliseconds since it died */
        char comm[64];  /* the name of its command */
} shmgr_grant;

/* lock.acquire: blocks until the lock is free, and acquires it; waiting calls are served in their order. The owner is
 * this thread. ret_grant may be NULL. -EAGAIN, -ETIMEDOUT; -EDEADLK: the wait would never end (error data "cycle");
 * -ENOTRECOVERABLE: the owner died, policy poison, see shmgr_lock_recover(); -EIDRM: the lock was deleted. */
int shmgr_lock_acquire(shmgr_lock *lock, int64_t timeout_ms,
                       shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* lock.acquire with timeout 0. -EAGAIN: the lock is locked, perhaps by this thread. Also -ENOTRECOVERABLE. */
int shmgr_lock_try_acquire(shmgr_lock *lock, shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* lock.release: releases the lock. -EPERM: this thread does not own it. Any thread may release a lock with owned
 * false, or a lock that a dead owner keeps (policy keep). */
int shmgr_lock_release(shmgr_lock *lock);
/* lock.locked: 1 if the lock is locked, otherwise 0. */
int shmgr_lock_locked(shmgr_lock *lock, int *ret_locked);
/* lock.owner: {pid, uid, comm, session, n, token, held_ms} (n is 1), or NULL if the lock is free or has owned false.
 * Of a dead owner (policy keep): {pid, uid, comm, session, ms_ago, dead: true}. */
int shmgr_lock_owner(shmgr_lock *lock, struct json_object **ret_owner);
/* lock.recover: makes a poisoned lock usable again. -EINVAL: it is not poisoned. */
int shmgr_lock_recover(shmgr_lock *lock);

/* A guard releases its lock when a variable goes out of scope:
 *
 *     __attribute__((cleanup(shmgr_lock_guardp))) shmgr_lock *guard = shmgr_lock_guard(lock);
 *     if (!guard)
 *             return -1;   (shmgr_manager_error() returns the reason)
 *
 * shmgr_lock_guard() is lock.acquire with SHMGR_FOREVER. It returns the lock, or NULL on failure. shmgr_lock_guardp()
 * is lock.release; it does nothing if *guard is NULL. Errors: -EIDRM, -EDEADLK, -ENOTRECOVERABLE. */
shmgr_lock *shmgr_lock_guard(shmgr_lock *lock) SHMGR_MUST_CHECK;
void shmgr_lock_guardp(shmgr_lock **guard);

/* ---- Many calls at once ------------------------------------------------------------------ */

typedef struct shmgr_batch shmgr_batch;

enum {
        /* One JSON-RPC batch: no call of another session runs in between, and no call blocks. */
        SHMGR_BATCH_ATOMIC = 0,
        /* Separate calls, sent together: they may block, and calls of others may run in between. */
        SHMGR_BATCH_PIPELINE = 1
};

/* Makes an empty batch. The caller owns it. -ENOMEM; -EINVAL: mode is not one of the above. */
int shmgr_batch_new(shmgr_manager *manager, int mode, shmgr_batch **ret_batch);
shmgr_batch *shmgr_batch_unref(shmgr_batch *batch);
void shmgr_batch_unrefp(shmgr_batch **batch);
/* Adds a call, as for shmgr_call(), and returns its number, from 0 on. Sends nothing. -EINVAL: params is neither an
 * array nor an object; -EALREADY: the batch was run. Also -EMSGSIZE. */
int shmgr_batch_add(shmgr_batch *batch, const char *method, struct json_object *params);
/* Sends all calls and waits for all replies. Returns 0 even if calls failed, or an error of the session, after which
 * no call has a result. If it is interrupted (see shmgr_manager_set_interrupt()), the waiting calls of a pipeline
 * have -ECANCELED as their result. -EALREADY: the batch was run before. */
int shmgr_batch_run(shmgr_batch *batch);
/* Returns 0 with the result of call i, counted from 0 (a new reference; ret_result may be NULL), or the error of the
 * call. Errors: -EINVAL. */
int shmgr_batch_result(shmgr_batch *batch, int i, struct json_object **ret_result);

/* ---- For event loops --------------------------------------------------------------------- */

/* A session of its own, which never blocks. A program waits with poll(2), or any event loop, until the descriptor has
 * one of the events, and then calls shmgr_loop_process(). */
typedef struct shmgr_loop shmgr_loop;

/* The result of a call. On success error is 0 and result is the result of the call, borrowed. On failure error is a
 * negative errno, text is its message, and result is its data (may be NULL). */
typedef void (*shmgr_callback)(shmgr_loop *loop, int error, struct json_object *result,
                               const char *text, void *userdata);

/* A message that replies to no call, such as those that server.monitor asked for. method is "monitor.call" or
 * "monitor.lost". params is borrowed. */
typedef void (*shmgr_notification)(shmgr_loop *loop, const char *method, struct json_object *params,
                                   void *userdata);

/* Makes a loop, which connects with its first call. The caller owns it. -ENOMEM. */
int shmgr_loop_new(shmgr_manager *manager, shmgr_loop **ret_loop);
/* Drops calls that are under way, without a callback. If a callback releases the last reference, the loop is freed as
 * soon as the callback has returned. */
shmgr_loop *shmgr_loop_unref(shmgr_loop *loop);
void shmgr_loop_unrefp(shmgr_loop **loop);
/* Returns the descriptor, which changes after a restart of the daemon. -ENOTCONN: the loop has none, before the first
 * submit or when the daemon has no room for connections; shmgr_loop_get_timeout() says when to call
 * shmgr_loop_process(). */
int shmgr_loop_get_fd(shmgr_loop *loop);
/* Returns the events to wait for: POLLIN, and POLLOUT while something is unsent. */
int shmgr_loop_get_events(shmgr_loop *loop);
/* Returns the milliseconds after which shmgr_loop_process() must be called at the latest, or -1 for never. */
int shmgr_loop_get_timeout(shmgr_loop *loop);
/* Sends and receives as much as it can, runs callbacks, and returns their number. If the daemon is lost, each call
 * that may have reached it gets -ECONNRESET. The others are sent to the next daemon. -ECHILD: this process did not
 * make the loop; -EBUSY: a callback made the call. */
int shmgr_loop_process(shmgr_loop *loop) SHMGR_MUST_CHECK;
/* Begins a call. shmgr_loop_process() runs the callback (may be NULL) once, also if the submit itself fails. In two
 * cases shmgr_loop_submit() itself runs the callback at once: with -ECHILD, and with -ENOMEM if the callback cannot
 * be stored. ret_id (may be NULL) receives the number for shmgr_loop_cancel(). -ECHILD: this process did not make the
 * loop. Also -EINVAL. */
int shmgr_loop_submit(shmgr_loop *loop, const char *method, struct json_object *params,
                      shmgr_callback callback, void *userdata, uint64_t *ret_id) SHMGR_MUST_CHECK;
/* Sets the function that shmgr_loop_process() calls for each notification; NULL, the default, is none. A subscription
 * belongs to one session, and ends when the daemon is lost: then shmgr_loop_get_fd() returns another descriptor. */
void shmgr_loop_set_notification(shmgr_loop *loop, shmgr_notification callback, void *userdata);
/* session.cancel: cancels a call. A call that still waits gets -ECANCELED; a call that was served keeps its result.
 * -ENOENT: no such call is under way. */
int shmgr_loop_cancel(shmgr_loop *loop, uint64_t id);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

/* The types that have headers of their own. */
#include <shmgr/array.h>
#include <shmgr/barrier.h>
#include <shmgr/condition.h>
#include <shmgr/connection.h>
#include <shmgr/event.h>
#include <shmgr/iterator.h>
#include <shmgr/many.h>
#include <shmgr/namespace.h>
#include <shmgr/pipe.h>
#include <shmgr/queue.h>
#include <shmgr/rlock.h>
#include <shmgr/rwlock.h>
#include <shmgr/semaphore.h>
#include <shmgr/set.h>
#include <shmgr/value.h>

#endif
