/* Images.
 *
 * The seals protect the reader: if another process shortened the file, reading the mapping would
 * raise SIGBUS. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"
#include "crash-point.h"
#include "handover/image.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, PIECE = 1 << 30 };

/* Newer kernels log a warning without MFD_NOEXEC_SEAL; older ones reject it with EINVAL. */
int image_begin(void) {
        const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
        int fd = memfd_create("shmgrd-snapshot", flags | MFD_NOEXEC_SEAL);

        if (fd < 0 && errno == EINVAL)
                fd = memfd_create("shmgrd-snapshot", flags);
        if (fd < 0)
                return -errno;
        crash_point("image-made");
        return fd;
}

/* Writes at this offset, or at the end for -1. */
static int write_all(int fd, off_t at, const char *text, size_t n) {
        for (size_t done = 0; done < n;) {
                size_t piece = n - done < PIECE ? n - done : PIECE;
                ssize_t written = at < 0 ? write(fd, text + done, piece)
                                         : pwrite(fd, text + done, piece, at + (off_t)done);
                if (written < 0 && errno != EINTR)
                        return -errno;
                done += written > 0 ? (size_t)written : 0;
        }
        return 0;
}

int image_append(int fd, const char *text, size_t n) {
        return write_all(fd, -1, text, n);
}

int image_replace(int fd, off_t at, const char *text, size_t n) {
        return write_all(fd, at, text, n);
}

int image_seal(int fd) {
        crash_point("image-written");
        if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
                return -errno;
        crash_point("image-sealed");
        return 0;
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
