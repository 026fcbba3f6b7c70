/* Attachments: descriptors in transit to a client. Each is sent with the first byte of the line
 * that it belongs to, so a client that has read the line has the descriptor.
 *
 * An attachment is made before anything is changed, and attaching it cannot fail. */
#pragma once

#include <stddef.h>

#include "base/list.h"

typedef struct Descriptor Descriptor;
typedef struct SnapshotReader SnapshotReader;
typedef struct SnapshotWriter SnapshotWriter;

typedef struct Attachment {
        Descriptor *descriptor; /* owned reference */
        size_t offset;          /* of its line in the output */
        ListLink in_attachments;
} Attachment;

/* The attachments of one output, in order. */
typedef struct Attachments {
        List list; /* Attachment.in_attachments */
        size_t n;
} Attachments;

enum { ATTACHMENTS_PER_LINE = 253 }; /* the kernel's SCM_MAX_FD */

/* Returns NULL if memory ran out. Takes its own reference. */
Attachment *attachment_new(Descriptor *descriptor);
/* Frees an attachment that is not attached. Takes NULL. */
Attachment *attachment_free(Attachment *attachment);

void attachments_init(Attachments *a);
/* Takes ownership of the attachment. Offsets never decrease. */
void attachments_add(Attachments *a, Attachment *attachment, size_t offset);
/* Moves all attachments to the end of another output, where their offsets are greater by `by`. */
void attachments_move(Attachments *to, Attachments *from, size_t by);
/* Frees the attachments of n bytes that were sent or dropped. */
void attachments_consume(Attachments *a, size_t n);
void attachments_clear(Attachments *a);

/* Returns the number of descriptors that are sent with the first byte, and writes them to fds. */
size_t attachments_first(const Attachments *a, int fds[ATTACHMENTS_PER_LINE]);
/* Returns the offset of the next attachments behind the first byte; SIZE_MAX if none follow. */
size_t attachments_next_offset(const Attachments *a);

/* Writes them as the member "attachments" of the record, and reads them, in an output of n_output bytes. A fault is the reader's. */
void attachments_save(const Attachments *a, SnapshotWriter *w);
void attachments_load(Attachments *a, size_t n_output, SnapshotReader *r);
