/* A listener that cannot accept, and then cannot be watched either. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "expect.h"
#include "listener.h"
#include "tap-main.h"

static struct event_base *base;
static unsigned n_accepted;

static void on_accept(void *userdata, int fd) {
        n_accepted++;
        close(fd);
}

static void on_time(evutil_socket_t fd, short events, void *userdata) {
        event_base_loopbreak(base);
}

/* Waits twice as long as a listener rests. */
static void let_it_retry(void) {
        const struct timeval time = {.tv_usec = 400000};
        struct event *timer = evtimer_new(base, on_time, NULL);

        EXPECT(timer && event_add(timer, &time) == 0);
        EXPECT(event_base_dispatch(base) == 0);
        event_free(timer);
}

static void connect_to(const struct sockaddr_un *address, socklen_t n) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        EXPECT(fd >= 0 && connect(fd, (const struct sockaddr *)address, n) == 0);
        close(fd);
}

static int make_socket(struct sockaddr_un *ret, socklen_t *ret_n) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const struct sockaddr_un any = {.sun_family = AF_UNIX};

        /* The kernel chooses an abstract name. */
        EXPECT(fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)) == 0);
        EXPECT(listen(fd, 16) == 0);
        *ret_n = sizeof(*ret);
        EXPECT(getsockname(fd, (struct sockaddr *)ret, ret_n) == 0);
        return fd;
}

/* A regular file stands for the socket: accept4() and epoll_ctl() refuse it. */
START_TEST(it_accepts_again) {
        struct sockaddr_un address;
        socklen_t n;
        Listener listener;
        int fd = make_socket(&address, &n), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

        base = event_base_new();
        EXPECT(base && file >= 0);
        listener_adopt(&listener, fd);
        EXPECT(listener_start(&listener, base, on_accept, NULL) == 0);
        connect_to(&address, n);
        let_it_retry();
        ck_assert_uint_eq(n_accepted, 1);
        int other = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        connect_to(&address, n);
        EXPECT(other >= 0 && dup2(file, fd) == fd);
        let_it_retry();
        ck_assert_uint_eq(n_accepted, 1);
        EXPECT(dup2(other, fd) == fd);
        let_it_retry();
        ck_assert_uint_eq(n_accepted, 2);
        connect_to(&address, n);
        let_it_retry();
        ck_assert_uint_eq(n_accepted, 3);
        listener_close(&listener);
        event_base_free(base);
        close(other);
        close(file);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("listener");
        TCase *tcase = tcase_create("listener");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, it_accepts_again);
        suite_add_tcase(suite, tcase);
        return suite;
}
