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
#include "poll-through.h"
#include "store/writer.h"

/* Returns the result of the last move of the log. */
static int take_move(Writer *w) {
        if (w->moved < 0)
                memcpy(w->fault, w->move_fault, sizeof(w->fault));
        return w->moved;
}

static void work(Writer *w) {
        int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);

        crash_point("writer-begin");
        w->result = w->reopens ? store_reopen(w->store, w->fault) : take_move(w);
        if (w->result == 0)
                w->result = store_extend_log(w->store, w->fault);
        if (w->result == 0)
                w->result = store_write(w->store, &w->rows, w->tokens, w->fault);
        crash_point("writer-done");
        w->took_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
}

static WriterState state_of(Writer *w) {
        return atomic_load_explicit(&w->state, memory_order_acquire);
}

static void set_state(Writer *w, WriterState state) {
        atomic_store_explicit(&w->state, state, memory_order_release);
}

/* The main thread may take the result before the event, which then wakes it once more. */
static void *run(void *userdata) {
        Writer *w = userdata;

        for (;;) {
                while (sem_wait(&w->is_wanted) < 0) {
                }
                if (state_of(w) != WRITER_WORKING)
                        return NULL;
                work(w);
                set_state(w, WRITER_DONE);
                eventfd_write(w->event_fd, 1);
                if (w->result == 0)
                        w->moved = store_move_log(w->store, w->move_fault);
        }
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

int writer_init(Writer *w, Store *store) {
        *w = (Writer){.store = store, .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (w->event_fd < 0 || sem_init(&w->is_wanted, 0, 0) < 0)
                return -errno;
        return start(w);
}

/* The thread takes the semaphore once for each transaction, and at last without one. */
void writer_deinit(Writer *w) {
        if (w->is_running) {
                sem_post(&w->is_wanted);
                pthread_join(w->thread, NULL);
                sem_destroy(&w->is_wanted);
        }
        if (w->event_fd >= 0)
                close(w->event_fd);
        buffer_deinit(&w->rows);
        *w = (Writer){.event_fd = -1};
}

void writer_submit(Writer *w, Buffer *rows, uint64_t tokens, bool reopens) {
        w->rows = *rows;
        *rows = (Buffer){0};
        w->tokens = tokens;
        w->reopens = reopens;
        set_state(w, WRITER_WORKING);
        sem_post(&w->is_wanted);
}

void writer_clear_event(Writer *w) {
        eventfd_t n;

        eventfd_read(w->event_fd, &n);
}

bool writer_take(Writer *w, int *ret_result, Buffer *rows) {
        if (state_of(w) != WRITER_DONE)
                return false;
        *ret_result = w->result;
        if (w->result == 0)
                buffer_consume(&w->rows, buffer_size(&w->rows));
        *rows = w->rows;
        w->rows = (Buffer){0};
        set_state(w, WRITER_IDLE);
        return true;
}

bool writer_wait(Writer *w, int64_t most_ms) {
        int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + most_ms * 1000000;
        struct pollfd done = {.fd = w->event_fd, .events = POLLIN};

        while (state_of(w) == WRITER_WORKING) {
                int64_t left_ns = end_ns - clock_ns(CLOCK_MONOTONIC);
                if (left_ns <= 0)
                        return false;
                poll_through(&done, 1, (int)(left_ns / 1000000) + 1);
                writer_clear_event(w);
        }
        return true;
}
