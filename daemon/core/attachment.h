/* Attachments: descriptors on their way to a client. Each leaves with the first
 * byte of the line that it belongs to, so that a client that has read the line has the descriptor.
 *
 * An attachment is made before anything is changed, and attaching it cannot fail. */
#pragma once

#include <stddef.h>

#include "base/list.h"

typedef struct Descriptor Descriptor;

typedef struct Attachment {
        Descriptor *descriptor; /* a reference */
        size_t offset;          /* of its line, in the output that it is attached to */
        ListLink in_attachments;
} Attachment;

/* Those of one output, in order. */
typedef struct Attachments {
        List list; /* Attachment.in_attachments */
        size_t n;
} Attachments;

enum { ATTACHMENTS_PER_LINE = 253 }; /* the kernel's SCM_MAX_FD */

/* NULL when memory ran out. Takes a reference of its own. */
Attachment *attachment_new(Descriptor *descriptor);
/* Frees an attachment that is not attached. Takes NULL. */
Attachment *attachment_free(Attachment *attachment);

void attachments_init(Attachments *a);
/* Takes the attachment over. Offsets never decrease. */
void attachments_add(Attachments *a, Attachment *attachment, size_t offset);
/* Moves all of them to the end of another output, their offsets being `by` more there. */
void attachments_move(Attachments *to, Attachments *from, size_t by);
/* n bytes were sent or dropped: frees the attachments that belong to them. */
void attachments_consume(Attachments *a, size_t n);
void attachments_clear(Attachments *a);

/* The descriptors that leave with the first byte: how many of them are in fds. */
size_t attachments_first(const Attachments *a, int fds[ATTACHMENTS_PER_LINE]);
/* The offset of the next attachments behind the first byte; SIZE_MAX if there are none. */
size_t attachments_next_offset(const Attachments *a);
