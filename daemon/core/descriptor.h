/* Descriptors that the core keeps. It passes them to clients and closes them, but never reads or
 * writes. The shell provides the interface to the kernel. */
#pragma once

#include <stdbool.h>

#include "base/list.h"

typedef struct Account Account;
typedef struct Core Core;

typedef struct DescriptorSource {
        /* Makes a pipe, its reading end first, or a pair of sockets. Returns 0 or a negative
         * errno. */
        int (*make_pair)(void *userdata, bool duplex, int ret_fds[2]);
        void (*close)(void *userdata, int fd);
        /* Returns whether any process still has the other end. */
        bool (*has_peer)(void *userdata, int fd);
        void *userdata;
} DescriptorSource;

/* Closed with the last reference. */
typedef struct Descriptor {
        Core *core;
        Account *account; /* the account that is charged */
        int fd;
        unsigned n_refs;
        bool is_loaded; /* core_load() holds one of the references, until core_end_load() */
        ListLink in_core;
} Descriptor;

/* Makes both ends of a new pair, with a reference each. Returns 0; -EDQUOT (a bound of this
 * account, or of all); -ENOMEM; an error of the kernel, such as -EMFILE; or -ENOSYS without a
 * source. */
int descriptor_make_pair(Core *core, Account *account, bool duplex, Descriptor *ret[2]);
Descriptor *descriptor_ref(Descriptor *descriptor);
/* Takes NULL. */
Descriptor *descriptor_unref(Descriptor *descriptor);
bool descriptor_has_peer(const Descriptor *descriptor);
/* For snapshots: makes a Descriptor for an open one, with a reference. Returns 0 or -ENOMEM. */
int descriptor_restore(Core *core, Account *account, int fd, Descriptor **ret);
