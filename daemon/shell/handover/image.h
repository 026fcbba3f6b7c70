/* The image of a daemon: its snapshot in a sealed memfd. No process can change or shorten it, so it can be read in place. */
#pragma once

#include <stddef.h>

typedef struct Buffer Buffer;

/* Makes a sealed memfd with the first text and then the second, with FD_CLOEXEC: returns the descriptor, or negative errno. */
int image_new(const Buffer *first, const Buffer *second);

/* An image that is mapped into memory. */
typedef struct Image {
        const char *text;
        size_t n;
} Image;

/* Maps an image: 0, or negative errno: -EPERM for a descriptor that is not sealed. */
int image_map(int fd, Image *ret);
/* The same for any file, sealed or not. */
int image_read(int fd, Image *ret);
void image_unmap(Image *image);
