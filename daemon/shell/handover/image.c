/* Images.
 *
 * The seals protect the reader: if another process shortened the file, reading the mapping would raise SIGBUS. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "crash-point.h"
#include "handover/image.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, PIECE = 1 << 30 };

static int write_all(int fd, const Buffer *text) {
        size_t n = buffer_size(text);

        for (size_t done = 0; done < n;) {
                size_t piece = n - done < PIECE ? n - done : PIECE;
                ssize_t written = write(fd, buffer_bytes(text) + done, piece);
                if (written < 0 && errno != EINTR)
                        return -errno;
                done += written > 0 ? (size_t)written : 0;
        }
        return 0;
}

/* Newer kernels log a warning without MFD_NOEXEC_SEAL; older ones reject it with EINVAL. */
static int make_memfd(void) {
        const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
        int fd = memfd_create("shmgrd-snapshot", flags | MFD_NOEXEC_SEAL);

        if (fd < 0 && errno == EINVAL)
                fd = memfd_create("shmgrd-snapshot", flags);
        return fd < 0 ? -errno : fd;
}

int image_new(const Buffer *first, const Buffer *second) {
        int fd = make_memfd();

        if (fd < 0)
                return fd;
        crash_point("image-made");
        int r = write_all(fd, first);
        crash_point("image-shell-written");
        if (r == 0)
                r = write_all(fd, second);
        crash_point("image-written");
        if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
                r = -errno;
        crash_point("image-sealed");
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

int image_read(int fd, Image *ret) {
        struct stat st;

        *ret = (Image){.text = ""};
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size == 0)
                return 0;
        void *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (text == MAP_FAILED)
                return -errno;
        *ret = (Image){.text = text, .n = (size_t)st.st_size};
        return 0;
}

int image_map(int fd, Image *ret) {
        int seals = fcntl(fd, F_GET_SEALS);

        if (seals < 0)
                return -errno;
        return (seals & SEALS) == SEALS ? image_read(fd, ret) : -EPERM;
}

void image_unmap(Image *image) {
        if (image->n)
                munmap((void *)image->text, image->n);
        *image = (Image){.text = ""};
}
