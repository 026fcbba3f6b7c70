/* A program of another project: it uses the installed header, pkg-config, and a daemon at
 * $SHMGR_SOCKET. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static int fail(shmgr_manager *manager, const char *what, int error) {
        fprintf(stderr, "%s: %s (%s)\n", what, strerror(-error),
                manager ? shmgr_manager_error(manager) : "");
        return EXIT_FAILURE;
}

static int fail_text(const char *what) {
        fprintf(stderr, "%s\n", what);
        return EXIT_FAILURE;
}

/* A value stored in the dict is returned unchanged; a missing key has an error of its own. */
static int use_dict(shmgr_manager *manager) {
        CLEANUP(shmgr_dict_unrefp) shmgr_dict *dict = NULL;
        int r = shmgr_dict_open(manager, "consumer", SHMGR_CREATE | SHMGR_EXCLUSIVE, NULL, &dict);
        if (r != 1)
                return fail(manager, "dict.open", r);

        struct json_object *value = json_tokener_parse("{\"list\": [1, 2.5, null, \"text\"]}");
        r = shmgr_dict_set(dict, "key", value);
        if (r < 0)
                return fail(manager, "dict.set", r);
        struct json_object *copy = NULL;
        r = shmgr_dict_get(dict, "key", &copy);
        if (r < 0)
                return fail(manager, "dict.get", r);
        int is_equal = json_object_equal(value, copy);
        json_object_put(value);
        json_object_put(copy);
        if (!is_equal)
                return fail_text("dict.get: another value came back");

        r = shmgr_dict_get(dict, "no such key", &copy);
        return r == -ENODATA ? EXIT_SUCCESS : fail(manager, "dict.get of no key", r);
}

/* A lock is held between acquire and release, and no second caller gets it. */
static int use_lock(shmgr_manager *manager) {
        CLEANUP(shmgr_lock_unrefp) shmgr_lock *lock = NULL;
        int r = shmgr_lock_open(manager, NULL, SHMGR_CREATE, NULL, &lock);
        if (r != 1)
                return fail(manager, "lock.open", r);
        r = shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL);
        if (r < 0)
                return fail(manager, "lock.acquire", r);
        r = shmgr_lock_acquire(lock, 0, NULL);
        if (r != -EAGAIN)
                return fail(manager, "lock.acquire once more", r);
        r = shmgr_lock_release(lock);
        return r >= 0 ? EXIT_SUCCESS : fail(manager, "lock.release", r);
}

int main(void) {
        CLEANUP(shmgr_manager_unrefp) shmgr_manager *manager = NULL;
        int r = shmgr_manager_open(NULL, &manager);
        if (r < 0)
                return fail(NULL, "shmgr_manager_open", r);
        r = shmgr_ping(manager);
        if (r < 0)
                return fail(manager, "server.ping", r);
        int status = use_dict(manager);
        return status == EXIT_SUCCESS ? use_lock(manager) : status;
}
