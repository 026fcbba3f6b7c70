/* Every bound that a client can run into. All are options of shmgrd; the
 * defaults stand in limits.c. */
#pragma once

#include <stdint.h>

typedef struct Limits {
        uint64_t frame_bytes;      /* of one message, in either direction, newline excluded */
        uint64_t frame_depth;      /* containers within containers */
        uint64_t frame_members;    /* members and elements in one message */
        uint64_t batch_calls;      /* calls in one batch */
        uint64_t call_work;        /* steps of a call, and of a batch as a whole: work.h */
        uint64_t sessions;         /* in all */
        uint64_t sessions_of_root; /* of these, for root alone; an eighth of them at most */
        uint64_t sessions_per_uid; /* root is exempt */
        uint64_t objects_per_uid;  /* root is exempt, as for all that follow "per uid" */
        uint64_t bytes;            /* stored values, in all */
        uint64_t bytes_of_root;    /* of these, for what root stores; an eighth of them at most */
        uint64_t bytes_per_uid;    /* stored values */
        uint64_t durable_objects_per_uid; /* of objects_per_uid, those that are durable */
        uint64_t durable_bytes_per_uid;   /* of bytes_per_uid, those of durable objects */
        uint64_t buffer_bytes;            /* messages on their way in or out, in all */
        uint64_t buffer_bytes_per_uid;
        uint64_t waits_per_session; /* parked calls */
        uint64_t waits_per_uid;     /* parked calls, by their places: account.h */
        uint64_t handles_per_session;
        uint64_t handles_per_uid;
        uint64_t holds_per_session;
        uint64_t holds_per_uid;
        uint64_t descriptors;         /* that the daemon keeps for pipes, in all */
        uint64_t descriptors_per_uid; /* those of pipes that it made */
        uint64_t unsent_descriptors;  /* on their way to one session */
        uint64_t output_bytes;        /* unsent output at which a session is cut off */
        uint64_t output_soft_bytes;   /* the same, after output_soft_ms over it */
        uint64_t output_soft_ms;
        uint64_t monitors; /* in all, but root's */
        uint64_t monitors_per_uid;
        uint64_t monitor_bytes;     /* unsent output at which a monitor loses events */
        uint64_t turn_calls;        /* of one session in one turn of the loop */
        uint64_t turn_output_bytes; /* to one session in one turn of the loop */
        uint64_t bad_frames;        /* in a row, after which a session is closed */
        uint64_t frame_ms;          /* from the first byte of a message to its last */
} Limits;

extern const Limits limits_default;
