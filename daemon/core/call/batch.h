/* The running batch: its replies are collected, and become one line at its end. */
#pragma once

#include "attachment.h"
#include "base/buffer.h"

typedef struct Session Session;

typedef struct Batch {
        Buffer replies;          /* the array so far */
        Attachments attachments; /* descriptors that belong to the replies */
        Session *session;        /* of the batch; NULL: none runs */
} Batch;
