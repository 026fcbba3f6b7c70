/* Output that is received in pieces: see fuzz-unread.h. */
#include "core.h"
#include "fuzz/fuzz-unread.h"
#include "fuzz/fuzz-world.h"
#include "send.h"

void unread_init(Unread *unread) {
        *unread = (Unread){0};
        attachments_init(&unread->attachments);
}

void unread_deinit(Unread *unread) {
        attachments_clear(&unread->attachments);
        lent_clear(&unread->lent);
        buffer_deinit(&unread->output);
        buffer_deinit(&unread->received);
}

void unread_take(Unread *unread, Session *session) {
        WORLD_EXPECT(core_session_take_output(session, &unread->output, &unread->attachments,
                                              &unread->lent) == 0);
}

size_t unread_size(const Unread *unread) {
        return buffer_size(&unread->output) + unread->lent.n_bytes;
}

static bool is_at_line(const Buffer *received) {
        size_t n = buffer_size(received);

        return n == 0 || buffer_bytes(received)[n - 1] == '\n';
}

/* Receives what one sendmsg(2) takes. Returns the number of bytes. */
static size_t receive_message(Unread *unread, size_t most) {
        int fds[ATTACHMENTS_PER_LINE];
        struct iovec parts[SEND_PARTS_MAX];
        unsigned n_parts;
        size_t n = send_parts(&unread->output, &unread->lent,
                              attachments_next_offset(&unread->attachments), most, parts, &n_parts);

        WORLD_EXPECT(n > 0 && n <= most && n_parts <= SEND_PARTS_MAX);
        WORLD_EXPECT(attachments_first(&unread->attachments, fds) == 0 ||
                     is_at_line(&unread->received));
        for (unsigned i = 0; i < n_parts; i++)
                WORLD_EXPECT(
                        buffer_append(&unread->received, parts[i].iov_base, parts[i].iov_len) == 0);
        send_drop(&unread->output, &unread->attachments, &unread->lent, n);
        return n;
}

void unread_receive(Unread *unread, size_t n) {
        while (n > 0)
                n -= receive_message(unread, n);
}
