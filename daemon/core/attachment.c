/* Attachments: which descriptor goes with which byte. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "attachment.h"
#include "base/macros.h"
#include "descriptor.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"

Attachment *attachment_new(Descriptor *descriptor) {
        Attachment *attachment = malloc(sizeof(*attachment));

        if (!attachment)
                return NULL;
        *attachment = (Attachment){.descriptor = descriptor_ref(descriptor)};
        list_init(&attachment->in_attachments);
        return attachment;
}

Attachment *attachment_free(Attachment *attachment) {
        if (!attachment)
                return NULL;
        assert(!list_is_linked(&attachment->in_attachments));
        descriptor_unref(attachment->descriptor);
        free(attachment);
        return NULL;
}

void attachments_init(Attachments *a) {
        list_init(&a->list);
        a->n = 0;
}

void attachments_add(Attachments *a, Attachment *attachment, size_t offset) {
        attachment->offset = offset;
        list_append(&a->list, &attachment->in_attachments);
        a->n++;
}

static void attachments_drop(Attachments *a, Attachment *attachment) {
        list_unlink(&attachment->in_attachments);
        a->n--;
        attachment_free(attachment);
}

void attachments_move(Attachments *to, Attachments *from, size_t by) {
        LIST_FOREACH (node, &from->list)
                LIST_ENTRY(node, Attachment, in_attachments)->offset += by;
        list_splice(&to->list, &from->list);
        to->n += from->n;
        from->n = 0;
}

void attachments_consume(Attachments *a, size_t n) {
        if (n == 0)
                return;
        for (List *node; (node = list_first(&a->list));) {
                Attachment *attachment = LIST_ENTRY(node, Attachment, in_attachments);
                if (attachment->offset >= n)
                        break;
                attachments_drop(a, attachment);
        }
        LIST_FOREACH (node, &a->list)
                LIST_ENTRY(node, Attachment, in_attachments)->offset -= n;
}

void attachments_clear(Attachments *a) {
        for (List *node; (node = list_first(&a->list));)
                attachments_drop(a, LIST_ENTRY(node, Attachment, in_attachments));
}

size_t attachments_first(const Attachments *a, int fds[ATTACHMENTS_PER_LINE]) {
        size_t n = 0;

        LIST_FOREACH (node, &a->list) {
                const Attachment *attachment = LIST_ENTRY(node, Attachment, in_attachments);
                if (attachment->offset > 0 || n == ATTACHMENTS_PER_LINE)
                        break;
                fds[n++] = attachment->descriptor->fd;
        }
        return n;
}

size_t attachments_next_offset(const Attachments *a) {
        LIST_FOREACH (node, &a->list) {
                size_t offset = LIST_ENTRY(node, Attachment, in_attachments)->offset;
                if (offset > 0)
                        return offset;
        }
        return SIZE_MAX;
}

/* ---- In a snapshot */

void attachments_save(const Attachments *a, SnapshotWriter *w) {
        snapshot_open_array(w, "attachments");
        LIST_FOREACH (node, &a->list) {
                const Attachment *attachment = LIST_ENTRY(node, Attachment, in_attachments);
                snapshot_open_array(w, NULL);
                snapshot_put_int(w, NULL, attachment->descriptor->fd);
                snapshot_put_uint(w, NULL, attachment->offset);
                snapshot_close_array(w);
        }
        snapshot_close_array(w);
}

void attachments_load(Attachments *a, size_t n_output, SnapshotReader *r) {
        JsonCursor cursor;
        JsonSpan element, parts[2];

        snapshot_get_array(&r->record, "attachments", &cursor);
        for (size_t last = 0; snapshot_next_element(r, &cursor, &element) &&
                              snapshot_read_tuple(r, &element, parts, ELEMENTSOF(parts));) {
                Descriptor *descriptor = snapshot_marked(r, SNAPSHOT_DESCRIPTOR,
                                                         (uint64_t)snapshot_read_int(r, &parts[0]));
                size_t offset = (size_t)snapshot_read_int(r, &parts[1]);
                if (!descriptor || offset < last || offset >= n_output) {
                        snapshot_fail(
                                r, -EBADMSG,
                                "a descriptor is missing, or its place in the output is wrong");
                        return;
                }
                Attachment *attachment = attachment_new(descriptor);
                if (!attachment) {
                        snapshot_fail(r, -ENOMEM, "memory ran out");
                        return;
                }
                attachments_add(a, attachment, offset);
                last = offset;
        }
}
