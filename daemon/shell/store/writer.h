/* The thread that writes transactions, so that only replies about `sync` objects wait for the
 * disk.
 *
 *   state    next state
 *   idle     the main thread calls writer_submit(): working
 *   working  the transaction is on the disk or has failed: the thread makes the event descriptor readable; done
 *   done     the main thread calls writer_take(): idle
 *
 * The rows belong to the thread while it is working, and otherwise to the main thread. The state
 * passes them on; there is no lock, which a thread that has just been woken would find taken on a
 * single processor. The store belongs to the thread as long as that runs: when a transaction is
 * done, and its replies are sent, the thread may still move the log into the database. The next
 * transaction begins after that, and fails if that has failed. */
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "store/store.h"

typedef enum WriterState { WRITER_IDLE, WRITER_WORKING, WRITER_DONE } WriterState;

typedef struct Writer {
        pthread_t thread;
        bool is_running;
        sem_t is_wanted; /* posted for each transaction, and for the end of the thread */
        _Atomic WriterState state;
        int event_fd;
        Store *store; /* not owned */
        Buffer rows;
        uint64_t tokens; /* to store with the rows; 0: none */
        bool reopens;    /* reopen the database before writing */
        int64_t took_ns; /* duration of the last transaction */
        int result;
        char fault[STORE_FAULT_MAX];
        int moved; /* the result of the last move of the log; only the thread uses it */
        char move_fault[STORE_FAULT_MAX];
} Writer;

/* Starts the thread. Returns 0 or a negative errno; writer_deinit() may be called in either
 * case. */
int writer_init(Writer *writer, Store *store);
/* Ends the thread after its transaction. */
void writer_deinit(Writer *writer);
/* Gives the rows to an idle writer, which begins to write them, and empties `rows`. */
void writer_submit(Writer *writer, Buffer *rows, uint64_t tokens, bool reopens);
/* Called when the event descriptor is readable. */
void writer_clear_event(Writer *writer);
/* Returns whether the writer was done. If so, *ret_result receives the result, and `rows` the rows,
 * or an empty buffer after success. */
bool writer_take(Writer *writer, int *ret_result, Buffer *rows);
/* Waits up to most_ms until the writer is not working; returns false if it still is. */
bool writer_wait(Writer *writer, int64_t most_ms);
