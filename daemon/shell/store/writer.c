/* The thread that writes. writer.h has its states. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "clock.h"
#include "crash-point.h"
#include "store/writer.h"

static void work(Writer *w) {
        int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);

        crash_point("writer-begin");
        w->result = w->reopens ? store_reopen(w->store, w->fault) : 0;
        if (w->result == 0)
                w->result = store_write(w->store, &w->rows, w->tokens, w->fault);
        crash_point("writer-done");
        w->took_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
}

static void tell_done(Writer *w) {
        w->state = WRITER_DONE;
        pthread_cond_broadcast(&w->changed);
        if (eventfd_write(w->event_fd, 1) < 0)
                w->result = w->result ? w->result : -errno;
}

static void *run(void *userdata) {
        Writer *w = userdata;

        pthread_mutex_lock(&w->mutex);
        while (!w->is_ending || w->state == WRITER_WORKING) {
                if (w->state != WRITER_WORKING) {
                        pthread_cond_wait(&w->changed, &w->mutex);
                        continue;
                }
                pthread_mutex_unlock(&w->mutex);
                work(w);
                pthread_mutex_lock(&w->mutex);
                tell_done(w);
        }
        pthread_mutex_unlock(&w->mutex);
        return NULL;
}

/* Starts the thread with all signals blocked: the main thread handles them. */
static int start(Writer *w) {
        sigset_t all, before;

        sigfillset(&all);
        int error = pthread_sigmask(SIG_SETMASK, &all, &before);
        if (error)
                return -error;
        error = pthread_create(&w->thread, NULL, run, w);
        w->is_running = error == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -error;
}

static int init_condition(Writer *w) {
        pthread_condattr_t attributes;
        int error = pthread_condattr_init(&attributes);

        if (error)
                return -error;
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        error = pthread_cond_init(&w->changed, &attributes);
        pthread_condattr_destroy(&attributes);
        return -error;
}

int writer_init(Writer *w, Store *store) {
        *w = (Writer){.store = store, .event_fd = -1};
        int r = -pthread_mutex_init(&w->mutex, NULL);
        if (r == 0)
                r = init_condition(w);
        if (r < 0)
                return r;
        w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return w->event_fd < 0 ? -errno : start(w);
}

void writer_deinit(Writer *w) {
        if (!w->is_running)
                return;
        pthread_mutex_lock(&w->mutex);
        w->is_ending = true;
        pthread_cond_broadcast(&w->changed);
        pthread_mutex_unlock(&w->mutex);
        pthread_join(w->thread, NULL);
        w->is_running = false;
        pthread_cond_destroy(&w->changed);
        pthread_mutex_destroy(&w->mutex);
        close(w->event_fd);
        buffer_deinit(&w->rows);
}

void writer_submit(Writer *w, Buffer *rows, uint64_t tokens, bool reopens) {
        pthread_mutex_lock(&w->mutex);
        w->rows = *rows;
        *rows = (Buffer){0};
        w->tokens = tokens;
        w->reopens = reopens;
        w->state = WRITER_WORKING;
        pthread_cond_broadcast(&w->changed);
        pthread_mutex_unlock(&w->mutex);
}

bool writer_take(Writer *w, int *ret_result, Buffer *rows) {
        eventfd_t n;

        pthread_mutex_lock(&w->mutex);
        bool is_done = w->state == WRITER_DONE;
        pthread_mutex_unlock(&w->mutex);
        if (!is_done)
                return false;
        eventfd_read(w->event_fd, &n);
        *ret_result = w->result;
        if (w->result == 0)
                buffer_consume(&w->rows, buffer_size(&w->rows));
        *rows = w->rows;
        w->rows = (Buffer){0};
        w->state = WRITER_IDLE;
        return true;
}

bool writer_wait(Writer *w, int64_t most_ms) {
        int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + most_ms * 1000000;
        struct timespec end = {.tv_sec = end_ns / 1000000000, .tv_nsec = end_ns % 1000000000};
        int error = 0;

        pthread_mutex_lock(&w->mutex);
        while (w->state == WRITER_WORKING && error == 0)
                error = pthread_cond_timedwait(&w->changed, &w->mutex, &end);
        pthread_mutex_unlock(&w->mutex);
        return error == 0;
}
