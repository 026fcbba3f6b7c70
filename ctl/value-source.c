/* Reads values from standard input or a file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "value-source.h"

enum { PIECE = 65536 };

bool value_source_is(const char *text) {
        return strcmp(text, "-") == 0 || (text[0] == '@' && text[1]);
}

static int read_all(int fd, Buffer *b) {
        ssize_t n;

        do {
                if (buffer_reserve(b, PIECE) < 0)
                        return -ENOMEM;
                n = read(fd, b->data + b->end, PIECE);
                if (n > 0)
                        b->end += (size_t)n;
        } while (n > 0 || (n < 0 && errno == EINTR));
        return n < 0 ? -errno : 0;
}

static int read_file(const char *path, Buffer *b) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        int r = read_all(fd, b);
        close(fd);
        return r;
}

int value_source_read(const char *text, Buffer *ret) {
        int r = strcmp(text, "-") == 0 ? read_all(STDIN_FILENO, ret)
                : text[1] == '@'       ? buffer_append_string(ret, text + 1)
                                       : read_file(text + 1, ret);
        size_t n = buffer_size(ret);

        if (r < 0)
                return r;
        if (n > 0 && memchr(buffer_bytes(ret), 0, n))
                return -EILSEQ;
        if (n > 0 && text[1] != '@' && buffer_bytes(ret)[n - 1] == '\n')
                buffer_truncate(ret, n - 1);
        return buffer_append(ret, "", 1);
}
