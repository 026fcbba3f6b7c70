/* A build without SQLite: store_lock() fails, so no other function is called. */
#include <errno.h>
#include <stdio.h>

#include "store/store.h"

int store_lock(const char *directory, int passed_fd, char fault[STORE_FAULT_MAX]) {
        snprintf(fault, STORE_FAULT_MAX,
                 "state directory %s: this shmgrd was built without SQLite, and can keep no state "
                 "on a disk",
                 directory);
        return -ENOTSUP;
}

int store_open(const char *directory, bool is_first, Store **ret, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}

Store *store_close(Store *store) {
        return NULL;
}

int store_reopen(Store *store, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}

int store_read(Store *store, StoreReader *read, void *userdata, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}

int store_read_tokens(Store *store, uint64_t *ret, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}

int store_extend_log(Store *store, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}

int store_move_log(Store *store, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}

int store_write(Store *store, const Buffer *rows, uint64_t tokens, char fault[STORE_FAULT_MAX]) {
        return -ENOTSUP;
}
