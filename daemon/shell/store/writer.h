/* The thread that writes transactions, so that no call waits for the disk but those that asked for it.
 *
 *   state    who moves it on
 *   idle     writer_submit(), of the main thread: working
 *   working  the thread, when the transaction is on the disk or has failed: done; it makes the event descriptor readable
 *   done     writer_take(), of the main thread: idle
 *
 * The store and the rows belong to the thread while it is working, and otherwise to the main thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "store/store.h"

typedef enum WriterState { WRITER_IDLE, WRITER_WORKING, WRITER_DONE } WriterState;

typedef struct Writer {
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool is_running, is_ending;
        WriterState state;
        int event_fd;
        Store *store; /* not owned */
        Buffer rows;
        uint64_t tokens; /* to be stored with them; 0 for none */
        bool reopens;    /* the database is opened anew first */
        int64_t took_ns; /* the last transaction */
        int result;
        char fault[STORE_FAULT_MAX];
} Writer;

/* 0 or a negative errno; writer_deinit() may follow in any case. */
int writer_init(Writer *writer, Store *store);
/* Ends the thread after what it is working at. */
void writer_deinit(Writer *writer);
/* An idle one takes the rows over. */
void writer_submit(Writer *writer, Buffer *rows, uint64_t tokens, bool reopens);
/* Whether it was done: then its result, and after a failure the rows again. */
bool writer_take(Writer *writer, int *ret_result, Buffer *rows);
/* Waits until it is not working, at most so long: false if it still is. */
bool writer_wait(Writer *writer, int64_t most_ms);
