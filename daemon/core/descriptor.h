/* Descriptors that the core keeps. It passes them to clients and closes them, but does not read or write. The shell
 * provides the interface to the kernel. */
#pragma once

#include <stdbool.h>

#include "base/list.h"

typedef struct Account Account;
typedef struct Core Core;

typedef struct DescriptorSource {
        /* Makes a pipe, the reading end first, or a pair of sockets: 0, or negative errno. */
        int (*make_pair)(void *userdata, bool duplex, int ret_fds[2]);
        void (*close)(void *userdata, int fd);
        /* Whether any process still has the other end of this one. */
        bool (*has_peer)(void *userdata, int fd);
        void *userdata;
} DescriptorSource;

/* Closed with its last reference. */
typedef struct Descriptor {
        Core *core;
        Account *account; /* that it counts for */
        int fd;
        unsigned n_refs;
        bool is_loaded; /* one of the references is that of core_load(), until core_end_load() */
        ListLink in_core;
} Descriptor;

/* Both ends of something new, with a reference each: 0; -EDQUOT (a bound of this account, or of all);
 * -ENOMEM; what the kernel says, such as -EMFILE; -ENOSYS without a source. */
int descriptor_make_pair(Core *core, Account *account, bool duplex, Descriptor *ret[2]);
Descriptor *descriptor_ref(Descriptor *descriptor);
/* Takes NULL. */
Descriptor *descriptor_unref(Descriptor *descriptor);
bool descriptor_has_peer(const Descriptor *descriptor);
/* For snapshots: one that is there already, with a reference: 0 or -ENOMEM. */
int descriptor_restore(Core *core, Account *account, int fd, Descriptor **ret);
