/* The symbolic names of the errors that the wire carries. */
#include <errno.h>
#include <string.h>

#include "base/errno-name.h"
#include "base/macros.h"

static const struct {
        int error;
        const char *name;
} names[] = {
#define NAME(e)                                                                                    \
        { e, #e }
        NAME(ENOENT),     NAME(ENODATA),      NAME(EEXIST),          NAME(EPROTOTYPE),
        NAME(EINVAL),     NAME(ERANGE),       NAME(EAGAIN),          NAME(ETIMEDOUT),
        NAME(EPERM),      NAME(EACCES),       NAME(EOVERFLOW),       NAME(EDEADLK),
        NAME(EOWNERDEAD), NAME(EPIPE),        NAME(ESHUTDOWN),       NAME(EIDRM),
        NAME(ECANCELED),  NAME(EDQUOT),       NAME(EMSGSIZE),        NAME(ECONNRESET),
        NAME(EBADMSG),    NAME(ENOSYS),       NAME(ENOTRECOVERABLE), NAME(ENOMEM),
        NAME(EIO),        NAME(ENAMETOOLONG), NAME(EMFILE),          NAME(ENFILE),
        NAME(EBUSY),      NAME(ENOSPC),       NAME(ENOEXEC),
#undef NAME
};

const char *errno_name(int error) {
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (names[i].error == error)
                        return names[i].name;
        return "EIO";
}

int errno_from_name(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(names[i].name, name) == 0)
                        return names[i].error;
        return EIO;
}
