/* Opens an end of a pipe, and copies bytes. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "account-name.h"
#include "arguments.h"
#include "json/json-util.h"
#include "pipe-end.h"
#include "status.h"

const Option pipe_end_options[] = {
        [PIPE_NO_CREATE] = {.name = "no-create",
                            .letter = 'n',
                            .help = "exit with 66 if the pipe does not exist"},
        [PIPE_MODE] = {.name = "mode",
                       .letter = 'm',
                       .kind = OPTION_TEXT,
                       .value = "MODE",
                       .help = "permission bits of a new pipe, octal (0600): a\n"
                               "reader needs read bits, a writer write bits"},
        [PIPE_GROUP] = GROUP_OPTION,
        {0},
};

int pipe_end_read_options(const Arguments *arguments, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *options = json_object_new_object();

        if (!options)
                return status_failure("pipe", -ENOMEM);
        int status = account_put_options("pipe", arguments->given[PIPE_MODE],
                                         arguments->given[PIPE_GROUP], options);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(options);
        return status;
}

int pipe_end_open(Ctl *ctl, const Arguments *arguments, struct json_object *options,
                  const char *end, int *ret_fd) {
        int status = ctl_begin(ctl);

        if (status != STATUS_OK)
                return status;
        int r = shmgr_pipe_open_fd(ctl->manager, arguments->words[0],
                                   arguments->given[PIPE_NO_CREATE] ? 0 : SHMGR_CREATE, end,
                                   options, ret_fd, NULL);
        return r < 0 ? ctl_explain(ctl, "pipe.open", r) : STATUS_OK;
}

/* The descriptor may be non-blocking: O_NONBLOCK is shared with all processes that have this end,
 * and one of them may have set it. */
static int wait_for(int fd, short events) {
        struct pollfd p = {.fd = fd, .events = events};

        return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int write_waiting(int fd, const char *data, size_t n) {
        while (n > 0) {
                ssize_t n_written = write(fd, data, n);
                int r = n_written >= 0 || errno == EINTR ? 0
                        : errno == EAGAIN                ? wait_for(fd, POLLOUT)
                                                         : -errno;
                if (r < 0)
                        return r;
                if (n_written > 0) {
                        data += n_written;
                        n -= (size_t)n_written;
                }
        }
        return 0;
}

int pipe_end_copy(int from, int to, bool *ret_in_write, int64_t *n_copied) {
        static char data[65536];
        int r = 0;

        *ret_in_write = false;
        while (r == 0) {
                ssize_t n = read(from, data, sizeof(data));
                if (n == 0)
                        return 0;
                if (n > 0) {
                        *n_copied += n;
                        r = write_waiting(to, data, (size_t)n);
                        *ret_in_write = r < 0;
                } else if (errno != EINTR)
                        r = errno == EAGAIN ? wait_for(from, POLLIN) : -errno;
        }
        return r;
}
