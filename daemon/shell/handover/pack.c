/* Packing descriptors.
 *
 * A message in a socketpair holds its descriptors open, and stays there while any process has the
 * reading end of the pair. The writing end is closed when the pair is full, so the reader sees end
 * of file behind the last message.
 *
 * The buffer of the socket bounds the messages in a pair, to some 80 of 250 descriptors; a message
 * that does not fit begins the next pair. The kernel also bounds the descriptors that a user has in
 * flight, by RLIMIT_NOFILE of the sender.
 *
 * Must never happen: a part of a pack is taken for the whole. So each message has the number of
 * descriptors of the whole pack, and an empty pack has one message. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handover/pack.h"

static const char magic[8] = "shmgrfd1";

typedef struct Head {
        char magic[sizeof(magic)];
        uint64_t id;
        uint32_t total; /* number of descriptors of the pack */
        uint32_t n;     /* number of descriptors of this message */
} Head;

typedef union Control {
        char bytes[CMSG_SPACE(PACK_PER_MESSAGE * sizeof(int))];
        struct cmsghdr align;
} Control;

/* Sends one message: the head, the numbers of the descriptors, and the descriptors themselves. */
static int send_message(int to, const Head *head, const int *fds) {
        int numbers[PACK_PER_MESSAGE];
        struct iovec bytes[] = {
                {.iov_base = (void *)head, .iov_len = sizeof(*head)},
                {.iov_base = numbers, .iov_len = head->n * sizeof(int)},
        };
        Control control = {.bytes = ""};
        struct msghdr message = {.msg_iov = bytes, .msg_iovlen = 2};

        if (head->n > 0) {
                memcpy(numbers, fds, head->n * sizeof(int));
                message.msg_control = control.bytes;
                message.msg_controllen = CMSG_SPACE(head->n * sizeof(int));
                struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
                rights->cmsg_level = SOL_SOCKET;
                rights->cmsg_type = SCM_RIGHTS;
                rights->cmsg_len = CMSG_LEN(head->n * sizeof(int));
                memcpy(CMSG_DATA(rights), fds, head->n * sizeof(int));
        }
        return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* Opens the next pair: returns its writing end, or negative errno. */
static int open_pair(Pack *pack) {
        int ends[2];

        if (pack->n_pairs == PACK_PAIRS_MAX)
                return -E2BIG;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        pack->pairs[pack->n_pairs++] = ends[0];
        return ends[1];
}

/* Sends descriptors until the pair is full. Returns the number of descriptors sent, or negative
 * errno. */
static ssize_t fill_pair(int to, Head *head, const int *fds, size_t n, size_t per_message) {
        size_t done = 0;

        do {
                head->n = (uint32_t)(n - done < per_message ? n - done : per_message);
                int r = send_message(to, head, fds + done);
                if (r == -EAGAIN && done > 0)
                        break;
                if (r < 0)
                        return r;
                done += head->n;
        } while (done < n);
        return (ssize_t)done;
}

int pack_make(Pack *pack, uint64_t id, const int *fds, size_t n, size_t per_message) {
        Head head = {.id = id, .total = (uint32_t)n};
        ssize_t sent = 0;
        size_t done = 0;

        *pack = (Pack){.n_pairs = 0};
        memcpy(head.magic, magic, sizeof(magic));
        do {
                int to = open_pair(pack);
                sent = to < 0 ? to : fill_pair(to, &head, fds + done, n - done, per_message);
                done += sent > 0 ? (size_t)sent : 0;
                if (to >= 0)
                        close(to);
        } while (sent >= 0 && done < n);
        if (sent < 0)
                pack_close(pack);
        return sent < 0 ? (int)sent : 0;
}

void pack_close(Pack *pack) {
        while (pack->n_pairs > 0)
                close(pack->pairs[--pack->n_pairs]);
}

/* ---- Unpacking */

/* A message as it was received. It is checked only when its descriptors are in the list, so none
 * leaks if it is wrong. */
typedef struct Received {
        Head head;
        int numbers[PACK_PER_MESSAGE];
        size_t n_bytes;
        bool is_cut; /* the kernel dropped descriptors, since the table was full */
} Received;

static int add(UnpackedList *list, const int *fds, size_t n) {
        Unpacked *items = realloc(list->items, (list->n + n) * sizeof(*items));

        for (size_t i = 0; !items && i < n; i++)
                close(fds[i]);
        if (!items)
                return -ENOMEM;
        list->items = items;
        for (size_t i = 0; i < n; i++)
                items[list->n++] = (Unpacked){.fd = fds[i], .number = -1};
        return 0;
}

static int add_rights(UnpackedList *list, struct msghdr *message) {
        int fds[PACK_PER_MESSAGE], r = 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                memcpy(fds, CMSG_DATA(c), n * sizeof(int));
                if (n > 0 && r == 0)
                        r = add(list, fds, n);
        }
        return r;
}

/* Receives one message. Returns 1, 0 at the end of the messages, or negative errno. */
static int receive_message(int from, UnpackedList *list, Received *ret) {
        struct iovec bytes[] = {
                {.iov_base = &ret->head, .iov_len = sizeof(ret->head)},
                {.iov_base = ret->numbers, .iov_len = sizeof(ret->numbers)},
        };
        Control control;
        struct msghdr message = {.msg_iov = bytes,
                                 .msg_iovlen = 2,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        ssize_t n = recvmsg(from, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        if (n <= 0)
                return n < 0 ? -errno : 0;
        ret->n_bytes = (size_t)n;
        ret->is_cut = message.msg_flags & (MSG_CTRUNC | MSG_TRUNC);
        int r = add_rights(list, &message);
        return r < 0 ? r : 1;
}

/* Checks a message, and notes the numbers of its descriptors: those of the list from `before`
 * on. */
static int note_numbers(UnpackedList *list, size_t before, const Received *m, uint32_t *total) {
        const Head *head = &m->head;
        size_t n = list->n - before;
        bool is_first = before == 0;

        if (m->is_cut)
                return -EMFILE;
        if (m->n_bytes < sizeof(*head) || memcmp(head->magic, magic, sizeof(magic)) != 0 ||
            head->n != n || m->n_bytes != sizeof(*head) + n * sizeof(int) ||
            (!is_first && (head->id != list->id || head->total != *total)))
                return -EBADMSG;
        list->id = head->id;
        *total = head->total;
        for (size_t i = 0; i < n; i++) {
                if (m->numbers[i] <= STDERR_FILENO || m->numbers[i] > PACK_NUMBER_MAX)
                        return -EBADMSG;
                list->items[before + i].number = m->numbers[i];
        }
        return list->n <= *total && *total <= PACK_TOTAL_MAX ? 0 : -EBADMSG;
}

static int read_pair(int pair, UnpackedList *list, uint32_t *total, size_t *n_messages) {
        Received message;
        int r;

        for (size_t before; before = list->n, (r = receive_message(pair, list, &message)) > 0;) {
                r = note_numbers(list, before, &message, total);
                if (r < 0)
                        return r;
                (*n_messages)++;
        }
        return r;
}

int pack_read(const Pack *pack, UnpackedList *ret) {
        size_t n_messages = 0;
        uint32_t total = 0;
        int r = 0;

        *ret = (UnpackedList){.n = 0};
        for (size_t i = 0; r == 0 && i < pack->n_pairs; i++)
                r = read_pair(pack->pairs[i], ret, &total, &n_messages);
        return r == 0 && (n_messages == 0 || ret->n != total) ? -EBADMSG : r;
}

void unpacked_deinit(UnpackedList *list) {
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].fd >= 0)
                        close(list->items[i].fd);
        free(list->items);
        *list = (UnpackedList){.n = 0};
}
