/* The image of a daemon: its snapshot in memory that no process can change any more, so that it can be read where it is. */
#pragma once

#include <stddef.h>

typedef struct Buffer Buffer;

/* A sealed memfd with these texts, one behind the other, which a program that is executed does not inherit: the descriptor,
 * or negative errno. */
int image_new(const Buffer *first, const Buffer *second);

/* An image that is mapped. */
typedef struct Image {
        const char *text;
        size_t n;
} Image;

/* Maps it: 0, or negative errno: -EPERM for a descriptor that is not sealed. */
int image_map(int fd, Image *ret);
/* The same for any file. */
int image_read(int fd, Image *ret);
void image_unmap(Image *image);
