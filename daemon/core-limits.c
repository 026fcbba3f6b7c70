/* The default bounds. */
#include "core-limits.h"

const Limits limits_default = {
        .frame_bytes = 16 << 20,
        .frame_depth = 32,
        .frame_members = 65536,
        .batch_calls = 1000,
        .sessions = 10000,
        .sessions_per_uid = 1024,
        .objects_per_uid = 100000,
        .bytes = 4ULL << 30,
        .bytes_per_uid = 1ULL << 30,
        .waits_per_session = 1024,
        .waits_per_uid = 8192,
        .handles_per_session = 16384,
        .holds_per_session = 16384,
        .descriptors = 8192,
        .descriptors_per_uid = 1024,
        .unsent_descriptors = 64,
        .output_bytes = 8 << 20,
        .output_soft_bytes = 1 << 20,
        .output_soft_ms = 10000,
        .turn_calls = 32,
        .turn_output_bytes = 64 << 10,
        .bad_frames = 10,
        .frame_ms = 30000,
};
