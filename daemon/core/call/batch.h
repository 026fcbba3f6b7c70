/* The batch that is being run: its replies are gathered, and become one line when it is over. */
#pragma once

#include "attachment.h"
#include "base/buffer.h"

typedef struct Session Session;

typedef struct Batch {
        Buffer replies;          /* the array so far */
        Attachments attachments; /* what goes with it */
        Session *session;        /* whose batch that is; NULL while none runs */
} Batch;
