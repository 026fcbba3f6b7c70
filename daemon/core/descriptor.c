/* Makes, counts and closes descriptors. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "base/macros.h"
#include "core-state.h"
#include "descriptor.h"

static int check_bounds(const Core *core, const Account *account) {
        const Limits *limits = &core->limits;

        if (core->n_descriptors + 2 > limits->descriptors)
                return -EDQUOT;
        if (account->uid != 0 && account->n_descriptors + 2 > limits->descriptors_per_uid)
                return -EDQUOT;
        return 0;
}

static void descriptor_init(Descriptor *descriptor, Core *core, Account *account, int fd) {
        *descriptor = (Descriptor){.core = core, .account = account, .fd = fd, .n_refs = 1};
        list_init(&descriptor->in_core);
        list_append(&core->descriptors, &descriptor->in_core);
        core->n_descriptors++;
        account->n_descriptors++;
}

int descriptor_restore(Core *core, Account *account, int fd, Descriptor **ret) {
        Descriptor *descriptor = malloc(sizeof(*descriptor));

        if (!descriptor)
                return -ENOMEM;
        descriptor_init(descriptor, core, account, fd);
        descriptor->is_loaded = true;
        *ret = descriptor;
        return 0;
}

int descriptor_make_pair(Core *core, Account *account, bool duplex, Descriptor *ret[2]) {
        const DescriptorSource *source = core->source;
        CLEANUP(freep) Descriptor *first = malloc(sizeof(*first));
        CLEANUP(freep) Descriptor *second = malloc(sizeof(*second));
        int fds[2];

        int r = check_bounds(core, account);
        if (r < 0)
                return r;
        if (!first || !second)
                return -ENOMEM;
        r = source ? source->make_pair(source->userdata, duplex, fds) : -ENOSYS;
        if (r < 0)
                return r;
        descriptor_init(first, core, account, fds[0]);
        descriptor_init(second, core, account, fds[1]);
        ret[0] = TAKE_PTR(first);
        ret[1] = TAKE_PTR(second);
        return 0;
}

Descriptor *descriptor_ref(Descriptor *descriptor) {
        descriptor->n_refs++;
        return descriptor;
}

Descriptor *descriptor_unref(Descriptor *descriptor) {
        if (!descriptor || --descriptor->n_refs > 0)
                return NULL;
        Core *core = descriptor->core;
        core->source->close(core->source->userdata, descriptor->fd);
        list_unlink(&descriptor->in_core);
        core->n_descriptors--;
        descriptor->account->n_descriptors--;
        free(descriptor);
        return NULL;
}

bool descriptor_has_peer(const Descriptor *descriptor) {
        const DescriptorSource *source = descriptor->core->source;

        return source->has_peer(source->userdata, descriptor->fd);
}
