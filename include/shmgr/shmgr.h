/* libshmgr: named shared objects for the programs of one machine.
 *
 *     #include <shmgr/shmgr.h>
 *
 * shmgrd owns the objects; this library gives programs proxies for them. A proxy is a
 * handle that turns each operation into one call of the daemon.
 *
 * CONVENTIONS
 *
 * Functions that return int return 0 (or a count) on success and a negative errno on failure.
 * Results are stored through parameters named ret_..., which are written only on success; they
 * may be NULL where noted. Values are json-c's: struct json_object *, in which
 * JSON null is a NULL pointer. A value that is passed in stays the caller's; a result is
 * a new reference, which the caller gives to json_object_put(). Result strings are to be freed
 * with free(3). A proxy, connection, iterator, batch, loop or manager that is stored through a ret_...
 * is a reference of the caller's, who gives it to its _unref(). Where a function borrows or keeps something,
 * its comment says so. _ref() returns its argument; _unref() takes NULL and returns NULL.
 * _unrefp() functions are for __attribute__((cleanup)).
 *
 * UNITS: a parameter or a member with _ms or ms_ in its name is a number of milliseconds; sizes, lengths and
 * offsets are bytes, those of lists and arrays elements.
 *
 * THREADS AND PROCESSES
 *
 * Managers and proxies may be used from any thread, and in a child after fork(2). Each thread
 * of each process has a session of its own with the daemon, made on first use: a child never
 * writes to its parent's. Locks and other things that have an owner belong to
 * the thread that acquired them; they are released when the thread or the process ends, however it ends. A batch or
 * a loop belongs to one thread at a time, and a loop to the process that made it.
 *
 * CANCELLATION. A function that blocks is a cancellation point of pthread_cancel(3) while it blocks; the others, such as
 * the _unref()s, are not. The call is cancelled, and may have taken effect; what the thread holds is released when it
 * ends, after its cleanup handlers. A batch that is cancelled ends the session at once.
 *
 * DESCRIPTORS of the library are never 0, 1 or 2, even where these are closed.
 *
 * WHEN THE DAEMON WAS RESTARTED, or has ended a session, the next call begins a new session, which holds
 * nothing. A call takes effect at most once: it is sent again only if it cannot have arrived.
 * A call that was under way gets -ECONNRESET; only its caller can find out whether it took effect.
 *
 * ERRORS THAT EVERY CALL MAY HAVE
 *
 *     -ECONNREFUSED, -ENOENT  no daemon listens there (the message names the path)
 *     -ECONNRESET             the daemon ended during the call, which may have taken effect
 *     -EACCES                 this user may not use the socket or the object
 *     -ENOENT                 the object does not exist
 *     -EPROTOTYPE             the object is of another type
 *     -EINVAL                 an argument is wrong
 *     -EDQUOT, -EMSGSIZE      a bound of the daemon was reached
 *     -EINTR                  the call was given up: see shmgr_manager_set_interrupt()
 *     -EBUSY                  the function of shmgr_manager_set_interrupt() made the call
 *     -ENOMEM                 memory ran out, in the process or the daemon
 *
 * They are not listed again below. shmgr_manager_error() returns the message.
 *
 * TIMEOUTS are milliseconds; 0 does not wait (-EAGAIN where it would have to), SHMGR_FOREVER
 * waits without a bound, and a timeout that expires is -ETIMEDOUT. Other negative ones are -EINVAL. */
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

/* Functions whose result must be checked: a program that continues after they failed does so without the lock, or waits
 * for a callback in vain. */
#ifdef __GNUC__
#define SHMGR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SHMGR_MUST_CHECK
#endif

/* ---- The manager: where the daemon is ---------------------------------------------------- */

typedef struct shmgr_manager shmgr_manager;

/* Makes a manager for the daemon at this socket. NULL stands for $SHMGR_SOCKET, otherwise
 * $XDG_RUNTIME_DIR/shmgrd.sock (/run/user/UID/shmgrd.sock if that variable is not set) if it exists, otherwise
 * /run/shmgrd/shmgrd.sock. The first call of each thread
 * connects. -ENOMEM; -ENAMETOOLONG: the path is too long for a socket. */
int shmgr_manager_open(const char *socket_path, shmgr_manager **ret_manager) SHMGR_MUST_CHECK;
shmgr_manager *shmgr_manager_ref(shmgr_manager *manager);
/* Releasing the last reference closes the sessions that all threads of this process have with it; no call of another
 * thread may be under way. Proxies, batches and loops hold a reference of their own. */
shmgr_manager *shmgr_manager_unref(shmgr_manager *manager);
void shmgr_manager_unrefp(shmgr_manager **manager);

/* The message of the last call of this thread that failed, in English; "" if none did. Valid until the next call of
 * this thread; owned by the manager. */
const char *shmgr_manager_error(shmgr_manager *manager);
/* The members of data of that error, such as the cycle of a deadlock; NULL if there are none. Borrowed, and
 * valid until the next call of this thread. */
struct json_object *shmgr_manager_error_data(shmgr_manager *manager);

/* By default a call continues after a signal. This sets a function that returns non-zero to give the call up. It is
 * called when a call begins to wait for its answer, after each signal whose handler ran in its thread while it waits,
 * and at least once a second (so a signal just after the function looked at its flag is noticed late, and not lost).
 * It runs with the signal mask of its thread. A call that it makes itself is -EBUSY, unless it belongs to another
 * manager.
 *
 * When it returns non-zero, the call is cancelled. One that was waiting, such as for a lock, returns -EINTR; one
 * that the daemon has served by then returns its result. So a flag that a handler sets and nothing clears ends all
 * waits, and does not keep a program from releasing its locks. No later call gets the answer of this one. If the
 * daemon does not answer the cancellation either, the next signal ends the session, with all that this thread holds.
 * Set it before threads use the manager. NULL removes it. */
void shmgr_manager_set_interrupt(shmgr_manager *manager, int (*is_interrupted)(void *userdata),
                                 void *userdata);

/* When a session with the daemon ends in another way than by its thread (the daemon ended or was restarted, or it cut
 * the session off), its locks, owned permits and reserved items are lost; other sessions may have them by now. Then
 *
 *   - the next call of this thread, or the one that met the end, fails once with -ECONNRESET; its message and
 *     "lost" in its data name the lost objects. The calls after it use a new session.
 *   - the function that is set here is called at once, by the call that meets the end, in its thread; for the session of a
 *     loop by shmgr_loop_process(). names is an array of strings, borrowed; NULL when memory ran out. The function
 *     cannot call the same manager (-EBUSY). A thread that makes no call meets no end: within long work under a lock it
 *     calls shmgr_ping() now and then, or waits for shmgr_manager_get_fd() too.
 *
 * The library knows the objects that were acquired through proxies, shmgr_call(), batches and loops; permits of
 * semaphores only through proxies. Set it before threads use the manager. NULL removes it. */
typedef void (*shmgr_lost)(struct json_object *names, void *userdata);
void shmgr_manager_on_lost(shmgr_manager *manager, shmgr_lost on_lost, void *userdata);

/* The descriptor of the session that this thread has: poll(2) it for POLLIN with the others that the thread waits for
 * while it holds something. When it is ready between two calls, the session may have ended: shmgr_ping() finds out. The
 * descriptor is the library's, which alone reads, writes and closes it, and changes with the session. -ENOTCONN while
 * there is no session. */
int shmgr_manager_get_fd(shmgr_manager *manager);

/* Calls any method of the daemon by its name ("dict.get"). params is an array, an object, or NULL for none.
 * ret_result may be NULL. Returns the errors of the method; -ENOSYS: the method does not exist. */
int shmgr_call(shmgr_manager *manager, const char *method, struct json_object *params,
               struct json_object **ret_result);

/* server.ping: 0 when the daemon answers. */
int shmgr_ping(shmgr_manager *manager);
/* object.delete: calls that wait for the object get -EIDRM. Also -EACCES. */
int shmgr_delete(shmgr_manager *manager, const char *name);
/* object.stat: the owner, the holders and the waiting calls of an object, with times in milliseconds. */
int shmgr_stat(shmgr_manager *manager, const char *name, struct json_object **ret_stat);
/* object.chmod, object.chown: set the permission bits, 0 to 0777, and the owner and the group; a negative uid or gid
 * stays as it is. (The options mode and group of an open set those of a new object: shmgr(7).) -EACCES: the caller is
 * neither the owner nor root. */
int shmgr_chmod(shmgr_manager *manager, const char *name, unsigned mode);
int shmgr_chown(shmgr_manager *manager, const char *name, int64_t uid, int64_t gid);
/* object.limit: sets the number of bytes up to which users other than the owner and root may fill the object (above it
 * they get -EDQUOT); negative: the daemon's default. -EACCES: the caller is neither the owner nor root. */
int shmgr_limit(shmgr_manager *manager, const char *name, int64_t max_bytes);
/* object.scan, to its end: all objects whose name matches a shell pattern (at most 255 bytes; NULL for all), as an
 * array that is the caller's. -EINVAL: the pattern is too long. For very many objects shmgr_scan_objects() takes less
 * memory. */
int shmgr_list_objects(shmgr_manager *manager, const char *pattern, struct json_object **ret_array);
/* object.scan: at most count objects (the daemon returns 500 at most) whose name matches the pattern and that are of
 * the type; NULL for all. *cursor is NULL at the beginning and the end; otherwise it is a string that the call
 * replaces, and that the caller frees with free(3) if the scan ends early. The array is the caller's, and may be
 * empty before the end. An object that exists throughout comes exactly once. After an error *cursor is as it was, and
 * the same page can be asked for again. -EINVAL: count is less than 1, the pattern is too long, or the cursor is from
 * before a restart of the daemon. */
int shmgr_scan_objects(shmgr_manager *manager, char **cursor, int64_t count, const char *pattern,
                       const char *type, struct json_object **ret_array);

/* ---- Opening: the same for all types ----------------------------------------------------- */

enum {
        SHMGR_CREATE = 1,     /* make a missing object; without it that is -ENOENT */
        SHMGR_EXCLUSIVE = 2,  /* with SHMGR_CREATE: -EEXIST if the object exists */
        SHMGR_EPHEMERAL = 4,  /* a new object is deleted with the last session that opened it */
        SHMGR_PERSISTENT = 8, /* a new object stays until it is deleted, also without a name */
        /* 16 is SHMGR_DUPLEX */
        SHMGR_UNCHECKED = 32 /* use an existing object as it is, whatever the options say */
};

/* Each type has
 *
 *     int shmgr_TYPE_open(manager, name, flags, options, ret_proxy)   TYPE.open
 *
 * which finds or makes the object in one atomic step. name NULL makes an anonymous one, which is ephemeral by
 * default. options is a JSON object with the other parameters of TYPE.open (value, mode, ...), or NULL. It returns 1
 * when the object was made, and 0 when it was found. -EEXIST.
 *
 * group is a number, or a string: the name of a group, which these functions look up in this process (getgrnam(3)), or
 * digits. -EINVAL: the group does not exist. The daemon takes only numbers, so for shmgr_call(), batches and loops the
 * caller looks the name up.
 *
 * Options that define an object (parties, maxsize, order, type, length, a semaphore's value, bounded and owned,
 * minimum and maximum, on_owner_death, a condition's lock, duplex, the lifetime) must not contradict an existing object:
 * -EINVAL, and the message and the data name the option, the value asked for and the value of the object.
 * SHMGR_UNCHECKED uses the object as it is. Initial values (value elsewhere, mode, group, max_bytes) are ignored for an
 * existing object, and an option that is left out asks for nothing.
 *
 * A proxy that was opened with SHMGR_CREATE and a name makes its object again, as it was made at first, when the
 * first call of a session finds none, as after a restart of the daemon. An object that is deleted in the course of a
 * session stays -ENOENT.
 *
 * An ephemeral object lives as long as one session has it open. A thread or child that uses a proxy opens it for its
 * own session with the first call; until then the object depends on the sessions that have it open. (Calls by name,
 * of shmgr_call(), a batch or a loop, open nothing: keep a proxy.) The last unref gives back what the proxy opened:
 * in this thread at once, in the others with their next call or when they end. A child has references of its own.
 *
 *     TYPE_ref, TYPE_unref, TYPE_unrefp     the last unref gives back what the proxy opened (object.close)
 *     const char *TYPE_name(proxy)          the object's name, valid as long as the proxy
 *     TYPE_reference(proxy)                 a value that refers to the object, and keeps it alive where it is
 *                                           stored; NULL when memory ran out
 *     int TYPE_open_reference(manager, value, ret_proxy)
 *                                           the object that such a value refers to: 0; -EINVAL: it refers to none.
 *                                           TYPE.open
 * / */
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

/* Returns a value that refers to another object, and keeps it alive where it is stored: {"$object": name}. NULL if
 * memory ran out. The caller owns it.
 *
 * A value that a call takes out of its object (list.pop, queue.get) may have held the last reference. Then the object
 * stays until this thread's next call is over, which is to be the TYPE_open_reference(). */
struct json_object *shmgr_reference_new(const char *name);
/* Returns the name that such a value refers to, or NULL if it is another value. Borrowed from the value. */
const char *shmgr_reference_name(struct json_object *value);

/* ---- list: values in order --------------------------------------------------------------- */

SHMGR_DECLARE_PROXY(list); /* options: value (an array) */

/* list.get, list.set. Negative indices count from the end. -ERANGE: no such element. */
int shmgr_list_get(shmgr_list *list, int64_t index, struct json_object **ret_value);
int shmgr_list_set(shmgr_list *list, int64_t index, struct json_object *value);
/* list.get, list.set, for values of one kind: -EINVAL if the element is of another kind (or a string with U+0000). The
 * caller frees strings. -ERANGE. */
int shmgr_list_get_int64(shmgr_list *list, int64_t index, int64_t *ret_value);
int shmgr_list_get_double(shmgr_list *list, int64_t index, double *ret_value);
int shmgr_list_get_bool(shmgr_list *list, int64_t index, int *ret_value);
int shmgr_list_get_string(shmgr_list *list, int64_t index, char **ret_value);
int shmgr_list_set_int64(shmgr_list *list, int64_t index, int64_t value);
int shmgr_list_set_double(shmgr_list *list, int64_t index, double value);
int shmgr_list_set_bool(shmgr_list *list, int64_t index, int value);
int shmgr_list_set_string(shmgr_list *list, int64_t index, const char *value);
/* list.append, list.extend (an array; all or none), list.insert (before an element). Errors: -EDQUOT. */
int shmgr_list_append(shmgr_list *list, struct json_object *value);
int shmgr_list_append_int64(shmgr_list *list, int64_t value);
int shmgr_list_append_double(shmgr_list *list, double value);
int shmgr_list_append_bool(shmgr_list *list, int value);
int shmgr_list_append_string(shmgr_list *list, const char *value);
int shmgr_list_extend(shmgr_list *list, struct json_object *values);
int shmgr_list_insert(shmgr_list *list, int64_t index, struct json_object *value);
/* list.pop: removes an element, -1 being the last, and returns it. -ENODATA: the list is empty. -ERANGE. */
int shmgr_list_pop(shmgr_list *list, int64_t index, struct json_object **ret_value);
/* list.remove: removes the first element that equals value. list.index: its index; shmgr_list_index_within() searches
 * only the elements from start to before stop (SHMGR_NONE: from the beginning, to the end). -ENODATA: no element
 * equals. Also -EDQUOT. */
int shmgr_list_remove(shmgr_list *list, struct json_object *value);
int shmgr_list_index(shmgr_list *list, struct json_object *value, int64_t *ret_index);
int shmgr_list_index_within(shmgr_list *list, struct json_object *value, int64_t start,
                            int64_t stop, int64_t *ret_index);
/* list.count, list.contains (0 or 1), list.length. Errors: -EDQUOT. */
int shmgr_list_count(shmgr_list *list, struct json_object *value, int64_t *ret_count);
int shmgr_list_contains(shmgr_list *list, struct json_object *value, int *ret_contains);
int shmgr_list_length(shmgr_list *list, int64_t *ret_length);
/* list.slice, list.set_slice, list.delete_slice: a slice [start:stop:step] as in Python; SHMGR_NONE stands for a number
 * that is left out. -EINVAL: step is 0, or the number of values is not that of a slice with a step. Also -EDQUOT,
 * -EMSGSIZE. */
#define SHMGR_NONE INT64_MIN
int shmgr_list_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step,
                     struct json_object **ret_array);
int shmgr_list_set_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step,
                         struct json_object *values);
int shmgr_list_delete_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step);
/* list.delete: removes an element. -ERANGE. */
int shmgr_list_delete(shmgr_list *list, int64_t index);
/* list.reverse, list.sort (-EINVAL: two values have no order), list.repeat, list.clear, list.copy. Also -EDQUOT,
 * -EMSGSIZE. */
int shmgr_list_reverse(shmgr_list *list);
int shmgr_list_sort(shmgr_list *list, int descending);
int shmgr_list_repeat(shmgr_list *list, int64_t n);
int shmgr_list_clear(shmgr_list *list);
int shmgr_list_copy(shmgr_list *list, struct json_object **ret_array);
/* list.add: adds to a number and returns the sum, in one step. -ERANGE: the sum does not fit; -EINVAL: the sum is a
 * double, which the second form returns; then nothing has changed. ret_sum may be NULL. */
int shmgr_list_add(shmgr_list *list, int64_t index, int64_t delta, int64_t *ret_sum);
int shmgr_list_add_double(shmgr_list *list, int64_t index, double delta, double *ret_sum);
/* list.cas: sets an element if it equals expected: returns 1 if it did, otherwise 0. Errors: -ERANGE. */
int shmgr_list_cas(shmgr_list *list, int64_t index, struct json_object *expected,
                   struct json_object *value);

/* ---- dict: keys to values ---------------------------------------------------------------- */

SHMGR_DECLARE_PROXY(dict); /* options: value (an object) */

/* dict.get (-ENODATA: the key is missing), dict.set. -EINVAL: key is NULL, longer than 1,024 bytes or not UTF-8. */
int shmgr_dict_get(shmgr_dict *dict, const char *key, struct json_object **ret_value);
int shmgr_dict_set(shmgr_dict *dict, const char *key, struct json_object *value);
/* dict.get, dict.set, for values of one kind: -EINVAL if the value is of another kind (or a string with U+0000). The
 * caller frees strings. -ENODATA. */
int shmgr_dict_get_int64(shmgr_dict *dict, const char *key, int64_t *ret_value);
int shmgr_dict_get_double(shmgr_dict *dict, const char *key, double *ret_value);
int shmgr_dict_get_bool(shmgr_dict *dict, const char *key, int *ret_value);
int shmgr_dict_get_string(shmgr_dict *dict, const char *key, char **ret_value);
int shmgr_dict_set_int64(shmgr_dict *dict, const char *key, int64_t value);
int shmgr_dict_set_double(shmgr_dict *dict, const char *key, double value);
int shmgr_dict_set_bool(shmgr_dict *dict, const char *key, int value);
int shmgr_dict_set_string(shmgr_dict *dict, const char *key, const char *value);
/* dict.delete (-ENODATA), dict.contains (0 or 1), dict.length. Also -EINVAL. */
int shmgr_dict_delete(shmgr_dict *dict, const char *key);
int shmgr_dict_contains(shmgr_dict *dict, const char *key, int *ret_contains);
int shmgr_dict_length(shmgr_dict *dict, int64_t *ret_length);
/* dict.keys, dict.values, dict.items (pairs): arrays, in the order of insertion. dict.copy: an object.
 * -EMSGSIZE: larger than a message may be; use shmgr_dict_scan(). */
int shmgr_dict_keys(shmgr_dict *dict, struct json_object **ret_array);
int shmgr_dict_values(shmgr_dict *dict, struct json_object **ret_array);
int shmgr_dict_items(shmgr_dict *dict, struct json_object **ret_array);
int shmgr_dict_copy(shmgr_dict *dict, struct json_object **ret_object);
/* dict.scan: up to count pairs from a cursor on, which is 0 at the beginning and again at the end. Keys that exist
 * during the whole scan are returned once each. Errors: -EINVAL, -EMSGSIZE. */
int shmgr_dict_scan(shmgr_dict *dict, int64_t *cursor, int64_t count,
                    struct json_object **ret_array);
/* dict.clear; dict.pop (-ENODATA); dict.popitem: removes the most recently added key and returns [key, value]
 * (-ENODATA: the dict is empty). Also -EINVAL. */
int shmgr_dict_clear(shmgr_dict *dict);
int shmgr_dict_pop(shmgr_dict *dict, const char *key, struct json_object **ret_value);
int shmgr_dict_popitem(shmgr_dict *dict, struct json_object **ret_pair);
/* dict.setdefault: returns the value of the key; a missing key is set to this one first. dict.update: sets all keys of
 * an object, or none. Errors: -EINVAL. */
int shmgr_dict_setdefault(shmgr_dict *dict, const char *key, struct json_object *value,
                          struct json_object **ret_value);
int shmgr_dict_update(shmgr_dict *dict, struct json_object *items);
/* dict.add: adds to a number and returns the sum, in one step. -ENODATA; -ERANGE. For doubles as for a list's. ret_sum
 * may be NULL. Also -EINVAL. */
int shmgr_dict_add(shmgr_dict *dict, const char *key, int64_t delta, int64_t *ret_sum);
int shmgr_dict_add_double(shmgr_dict *dict, const char *key, double delta, double *ret_sum);
/* dict.add with a default: a missing key is set to first + delta. No -ENODATA. Also -ERANGE, -EINVAL. */
int shmgr_dict_add_default(shmgr_dict *dict, const char *key, int64_t delta, int64_t first,
                           int64_t *ret_sum);
int shmgr_dict_add_default_double(shmgr_dict *dict, const char *key, double delta, double first,
                                  double *ret_sum);
/* dict.cas: sets the key if its value equals expected: returns 1 if it did, otherwise 0. -ENODATA. Also -EINVAL. */
int shmgr_dict_cas(shmgr_dict *dict, const char *key, struct json_object *expected,
                   struct json_object *value);
int shmgr_dict_cas_int64(shmgr_dict *dict, const char *key, int64_t expected, int64_t value);

/* ---- counter: a 64-bit integer ----------------------------------------------------------- */

SHMGR_DECLARE_PROXY(counter); /* options: value, minimum, maximum */

/* counter.get, counter.set, counter.add (returns the new value; ret_value may be NULL). -ERANGE: the result is beyond
 * the bounds or 64 bits. */
int shmgr_counter_get(shmgr_counter *counter, int64_t *ret_value);
int shmgr_counter_set(shmgr_counter *counter, int64_t value);
int shmgr_counter_add(shmgr_counter *counter, int64_t delta, int64_t *ret_value);
/* counter.cas: sets the counter if it is expected: returns 1 if it was, otherwise 0. Errors: -ERANGE. */
int shmgr_counter_cas(shmgr_counter *counter, int64_t expected, int64_t value);
/* counter.wait: waits until the counter is ">=", "<=" or "==" a value; ret_value (may be NULL) receives the counter.
 * -EAGAIN, -ETIMEDOUT; -EIDRM: the counter was deleted meanwhile; -EINVAL: op is another string. */
int shmgr_counter_wait(shmgr_counter *counter, const char *op, int64_t value, int64_t timeout_ms,
                       int64_t *ret_value) SHMGR_MUST_CHECK;

/* ---- lock: mutual exclusion -------------------------------------------------------------- */

/* options: on_owner_death ("release", "poison" or "keep"), owned (true; false: like Python's Lock, it stays locked when the
 * session that acquired it ends, and any session may release it) */
SHMGR_DECLARE_PROXY(lock);

/* The details of a grant. */
typedef struct shmgr_grant {
        uint64_t token; /* greater than that of every earlier grant of this object */
        int owner_died; /* the previous owner died without releasing; the rest identifies it */
        pid_t pid;
        uid_t uid;
        int64_t ms_ago; /* milliseconds since it died */
        char comm[64];  /* the name of its command */
} shmgr_grant;

/* lock.acquire: waits for the lock, in the order of calls, and takes it. The owner is this thread. ret_grant may be
 * NULL. -EAGAIN, -ETIMEDOUT; -EDEADLK: the wait would never end (error data "cycle"); -ENOTRECOVERABLE: its owner
 * died, policy poison, see shmgr_lock_recover(); -EIDRM. */
int shmgr_lock_acquire(shmgr_lock *lock, int64_t timeout_ms,
                       shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* lock.acquire with timeout 0: -EAGAIN if any thread owns the lock, this one included. Also -ENOTRECOVERABLE. */
int shmgr_lock_try_acquire(shmgr_lock *lock, shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* lock.release. -EPERM: this thread does not own it. */
int shmgr_lock_release(shmgr_lock *lock);
/* lock.locked: 0 or 1. */
int shmgr_lock_locked(shmgr_lock *lock, int *ret_locked);
/* lock.owner: {pid, uid, comm, session, token, held_ms}, or NULL when it is free. */
int shmgr_lock_owner(shmgr_lock *lock, struct json_object **ret_owner);
/* lock.recover: makes a poisoned lock usable again. -EINVAL: it is not poisoned. */
int shmgr_lock_recover(shmgr_lock *lock);

/* A lock that is released when a variable goes out of scope:
 *
 *     __attribute__((cleanup(shmgr_lock_guardp))) shmgr_lock *guard = shmgr_lock_guard(lock);
 *     if (!guard)
 *             return -1;   (shmgr_manager_error() tells why)
 *
 * shmgr_lock_guard() is lock.acquire without a timeout, and returns the lock, or NULL if that failed;
 * shmgr_lock_guardp() is lock.release.
 * Errors: -EIDRM, -EDEADLK, -ENOTRECOVERABLE. */
shmgr_lock *shmgr_lock_guard(shmgr_lock *lock) SHMGR_MUST_CHECK;
void shmgr_lock_guardp(shmgr_lock **guard);

/* ---- Many calls at once ------------------------------------------------------------------ */

typedef struct shmgr_batch shmgr_batch;

enum {
        SHMGR_BATCH_ATOMIC =
                0, /* one JSON-RPC batch: no other session's call comes in between; nothing waits */
        SHMGR_BATCH_PIPELINE =
                1 /* calls of their own, sent together: they may wait, and others come between */
};

/* Makes an empty batch. The caller owns it. -ENOMEM; -EINVAL: mode is not one of the above. */
int shmgr_batch_new(shmgr_manager *manager, int mode, shmgr_batch **ret_batch);
shmgr_batch *shmgr_batch_unref(shmgr_batch *batch);
void shmgr_batch_unrefp(shmgr_batch **batch);
/* Adds a call, as for shmgr_call(), and returns its number, from 0. Sends nothing. -EINVAL: params is neither an array
 * nor an object; -EALREADY: the batch was run. Also -EMSGSIZE. */
int shmgr_batch_add(shmgr_batch *batch, const char *method, struct json_object *params);
/* Sends all calls and waits for all replies: returns 0 even if calls failed, or an error of the session, after which no
 * call has a result. If it is interrupted (see shmgr_manager_set_interrupt()), the waiting calls of a pipeline have
 * -ECANCELED as their result. -EALREADY: it was called before. */
int shmgr_batch_run(shmgr_batch *batch);
/* The outcome of call i, counted from 0: 0 with its result (a new reference; ret_result may be NULL), or its error.
 * Errors: -EINVAL. */
int shmgr_batch_result(shmgr_batch *batch, int i, struct json_object **ret_result);

/* ---- For event loops --------------------------------------------------------------------- */

/* A session of its own, which never blocks: wait with poll(2), or any event loop, until the descriptor has
 * one of the events, then call shmgr_loop_process(). */
typedef struct shmgr_loop shmgr_loop;

/* error is 0 and result the call's (borrowed), or a negative errno with its text and data (may be NULL). */
typedef void (*shmgr_callback)(shmgr_loop *loop, int error, struct json_object *result,
                               const char *text, void *userdata);

/* A message that answers no call: what server.monitor asked for. method is "monitor.call" or "monitor.lost", and
 * params is borrowed. */
typedef void (*shmgr_notification)(shmgr_loop *loop, const char *method, struct json_object *params,
                                   void *userdata);

/* Makes a loop, which connects with its first call. The caller owns it. -ENOMEM. */
int shmgr_loop_new(shmgr_manager *manager, shmgr_loop **ret_loop);
/* Calls that are under way are dropped without a callback. From a callback: as soon as that has returned. */
shmgr_loop *shmgr_loop_unref(shmgr_loop *loop);
void shmgr_loop_unrefp(shmgr_loop **loop);
/* The descriptor, which changes when the daemon was restarted. -ENOTCONN while there is none: before the first
 * submit, and when the daemon has no room for connections (the timeout tells when to process()). */
int shmgr_loop_get_fd(shmgr_loop *loop);
/* The events to wait for: POLLIN, and POLLOUT while something is unsent. */
int shmgr_loop_get_events(shmgr_loop *loop);
/* The milliseconds after which process() must be called at the latest; -1 for never. */
int shmgr_loop_get_timeout(shmgr_loop *loop);
/* Sends and receives as much as it can, runs callbacks, and returns their number. When the daemon is lost, each call
 * that may have reached it gets -ECONNRESET; the others are sent to the next one. -ECHILD: as for submit; -EBUSY:
 * from a callback. */
int shmgr_loop_process(shmgr_loop *loop) SHMGR_MUST_CHECK;
/* Begins a call. process() runs the callback (may be NULL) once, also if submit itself fails (except for -ECHILD, and
 * for -ENOMEM if the callback cannot be stored: then it runs at once). ret_id (may be NULL) is for cancel(). -ECHILD:
 * this is not the process that made the loop. Also -EINVAL. */
int shmgr_loop_submit(shmgr_loop *loop, const char *method, struct json_object *params,
                      shmgr_callback callback, void *userdata, uint64_t *ret_id) SHMGR_MUST_CHECK;
/* Sets the function that process() calls for each notification; NULL, the default, for none. A subscription belongs to
 * one session, and ends when the daemon is lost: then shmgr_loop_get_fd() returns another descriptor. */
void shmgr_loop_set_notification(shmgr_loop *loop, shmgr_notification callback, void *userdata);
/* session.cancel: a call that still waits gets -ECANCELED; one that was served keeps its result. -ENOENT: no
 * such call is under way. */
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
