/* The image of a daemon: its snapshot in a sealed memfd. No process can change or shorten it, so it can be read in place. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Begins an image: its descriptor, which has FD_CLOEXEC, or negative errno. */
int image_begin(void);
/* Writes all of the text behind what was written before: 0 or negative errno. */
int image_append(int fd, const char *text, size_t n);
/* Writes the text over what is there. */
int image_replace(int fd, off_t at, const char *text, size_t n);
/* Seals the image, which no process can change then: 0 or negative errno. */
int image_seal(int fd);

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
