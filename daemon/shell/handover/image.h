/* The image of a daemon: its snapshot in a sealed memfd. No process can change or shorten it, so it
 * can be read in place. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Makes an empty image. Returns its descriptor, which has FD_CLOEXEC, or a negative errno. */
int image_begin(void);
/* Appends all of the text. Returns 0 or a negative errno. */
int image_append(int fd, const char *text, size_t n);
/* Overwrites the bytes at this offset. Returns 0 or a negative errno. */
int image_replace(int fd, off_t at, const char *text, size_t n);
/* Seals the image, which no process can change afterwards. Returns 0 or a negative errno. */
int image_seal(int fd);

/* An image mapped into memory. */
typedef struct Image {
        const char *text;
        size_t n;
} Image;

/* Maps an image. Returns 0, or a negative errno: -EPERM if it is not sealed. */
int image_map(int fd, Image *ret);
/* Maps any file, sealed or not. Returns 0 or a negative errno. */
int image_read(int fd, Image *ret);
void image_unmap(Image *image);
