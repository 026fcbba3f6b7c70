/* All bounds that a client can run into. Each is an option of shmgrd; core-limits.c has the
 * defaults. */
#pragma once

#include <stdint.h>

typedef struct Limits {
        uint64_t frame_bytes;      /* of a message in either direction, without its newline */
        uint64_t frame_depth;      /* nesting of containers */
        uint64_t frame_members;    /* members and elements in one message */
        uint64_t batch_calls;      /* calls in one batch */
        uint64_t call_work;        /* steps of a call, or of a whole batch: see work.h */
        uint64_t sessions;         /* in all */
        uint64_t sessions_of_root; /* of these, reserved for root; at most an eighth */
        uint64_t sessions_per_uid; /* root is exempt */
        uint64_t objects_per_uid;  /* root is exempt, as from all bounds "per uid" */
        uint64_t bytes;            /* stored values, in all */
        uint64_t bytes_of_root;    /* of these, reserved for root; at most an eighth */
        uint64_t bytes_per_uid;    /* stored values */
        uint64_t durable_objects_per_uid; /* part of objects_per_uid */
        uint64_t durable_bytes_per_uid;   /* part of bytes_per_uid */
        uint64_t buffer_bytes;            /* messages in transit, in or out, in all */
        uint64_t buffer_bytes_per_uid;
        uint64_t waits_per_session; /* parked calls */
        uint64_t waits_per_uid;     /* parked calls, counted by their places: see account.h */
        uint64_t handles_per_session;
        uint64_t handles_per_uid;
        uint64_t holds_per_session;
        uint64_t holds_per_uid;
        uint64_t descriptors;         /* that the daemon keeps for pipes, in all */
        uint64_t descriptors_per_uid; /* of pipes that the user made */
        uint64_t unsent_descriptors;  /* in transit to one session */
        uint64_t output_bytes;        /* unsent output at which a session is cut off */
        uint64_t output_soft_bytes;   /* unsent output that may last output_soft_ms */
        uint64_t output_soft_ms;
        uint64_t monitors; /* in all, without those of root */
        uint64_t monitors_per_uid;
        uint64_t monitor_bytes;     /* unsent output at which a monitor loses events */
        uint64_t turn_calls;        /* of one session in one turn of the loop */
        uint64_t turn_output_bytes; /* to one session in one turn of the loop */
        uint64_t bad_frames;        /* in a row, after which a session is closed */
        uint64_t frame_ms;          /* time for a message from its first byte to its last */
} Limits;

extern const Limits limits_default;
