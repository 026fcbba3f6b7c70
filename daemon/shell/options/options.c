/* The table of options. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attachment.h"
#include "base/macros.h"
#include "options/options.h"

enum { TIME_MAX_MS = 7 * 24 * 3600 * 1000, BYTES_MAX_SHIFT = 60 };

#define FLAG(name_, member_, help_)                                                                \
        {                                                                                          \
                .name = name_, .kind = OPTION_FLAG, .flags = OPTION_COMMAND_LINE,                  \
                .offset = offsetof(Options, member_), .help = help_                                \
        }

#define LIMIT(name_, kind_, member_, minimum_, maximum_, value_, help_, ...)                       \
        {                                                                                          \
                .name = name_, .kind = kind_, .offset = offsetof(Options, limits.member_),         \
                .minimum = minimum_, .maximum = maximum_, .value = value_, .help = help_,          \
                __VA_ARGS__                                                                        \
        }
#define COUNT(name_, member_, minimum_, maximum_, ...)                                             \
        LIMIT(name_, OPTION_COUNT, member_, minimum_, maximum_, "N", __VA_ARGS__)
#define BYTES(name_, member_, maximum_, ...)                                                       \
        LIMIT(name_, OPTION_BYTES, member_, 1024, maximum_, "BYTES", __VA_ARGS__)
#define TIME(name_, member_, ...)                                                                  \
        LIMIT(name_, OPTION_TIME, member_, 1, TIME_MAX_MS, "TIME", __VA_ARGS__)

const Option options_table[] = {
        {.name = "help",
         .letter = 'h',
         .kind = OPTION_FLAG,
         .flags = OPTION_COMMAND_LINE,
         .offset = offsetof(Options, help),
         .help = "show this help"},
        FLAG("version", version, "show the version"),
        {.name = "config",
         .kind = OPTION_TEXT,
         .flags = OPTION_COMMAND_LINE,
         .offset = offsetof(Options, config),
         .value = "FILE",
         .help = "read options from this file",
         .more = "The command line overrides the file. A file that is named "
                 "must be there; /dev/null stands for none.",
         .fallback = "the system's for root, otherwise the user's, if it exists"},
        FLAG("check-config", check_config,
             "check the file, report an error if it has one, and exit"),
        {.name = "check-snapshot",
         .kind = OPTION_FD,
         .flags = OPTION_COMMAND_LINE,
         .offset = offsetof(Options, check_snapshot),
         .maximum = 1 << 20,
         .value = "FD",
         .help = "read a snapshot from this descriptor, say whether it can be loaded, and exit",
         .more = "The daemon calls the program of a planned restart with it first. By hand: "
                 "--check-snapshot=0 <FILE.",
         .fallback = "none"},
        {.name = "print",
         .kind = OPTION_TEXT,
         .flags = OPTION_COMMAND_LINE | OPTION_HIDDEN,
         .offset = offsetof(Options, print),
         .value = "WHAT",
         .help = "print man, man-conf or conf: the options for the manual, or a file of them"},
        {.name = "socket",
         .kind = OPTION_TEXT,
         .flags = OPTION_FIXED,
         .offset = offsetof(Options, socket),
         .value = "PATH",
         .help = "where to listen",
         .more = "A file PATH.lock beside it keeps a second daemon out, and is not removed. "
                 "Sockets "
                 "that a service manager passes override this, with their mode and group.",
         .fallback = "root: " SYSTEM_SOCKET "; others: $XDG_RUNTIME_DIR/shmgrd.sock"},
        {.name = "mode",
         .kind = OPTION_MODE,
         .flags = OPTION_FIXED,
         .offset = offsetof(Options, mode),
         .maximum = 0777,
         .value = "MODE",
         .help = "permission bits of the socket, in octal",
         .more = "With 0600 only root and the user who runs the daemon may connect."},
        {.name = "group",
         .kind = OPTION_TEXT,
         .flags = OPTION_FIXED,
         .offset = offsetof(Options, group),
         .value = "GROUP",
         .help = "group of the socket, by name or number",
         .more = "With mode 0660 its members may connect.",
         .fallback = "the daemon's own"},
        {.name = "ready-fd",
         .kind = OPTION_FD,
         .flags = OPTION_COMMAND_LINE,
         .offset = offsetof(Options, ready_fd),
         .maximum = 1 << 20,
         .value = "FD",
         .help = "write a newline to this descriptor once the socket listens, and close it",
         .fallback = "none"},
        {.name = "dumpable",
         .kind = OPTION_BOOL,
         .flags = OPTION_FIXED,
         .offset = offsetof(Options, dumpable),
         .value = "yes|no",
         .help = "leave a core dump after a crash, and let debuggers attach",
         .more = "A dump holds the values of all clients."},
        {.name = "unmapped-users",
         .kind = OPTION_BOOL,
         .offset = offsetof(Options, unmapped_users),
         .value = "yes|no",
         .help = "let users connect who are not mapped into the daemon's user namespace",
         .more = "A daemon in a container sees all of them as one user, nobody (65534): each of "
                 "them "
                 "can read, change and delete the objects of the others. With no, their "
                 "connections are refused (EACCES). Outside of user namespaces every user is "
                 "mapped, including nobody."},
        {.name = "state",
         .kind = OPTION_TEXT,
         .flags = OPTION_FIXED | OPTION_CAN_BE_EMPTY,
         .offset = offsetof(Options, state),
         .value = "DIRECTORY",
         .help = "keep durable objects in this directory",
         .more = "A missing directory is created. It must belong to the user who runs the daemon, "
                 "with mode "
                 "0700, and one daemon at a time uses it. Objects in it are there again after a "
                 "crash or a reboot. An empty value keeps objects in memory alone.",
         .fallback = "$STATE_DIRECTORY of the service, or none"},
        {.name = "sync-interval",
         .kind = OPTION_TIME,
         .offset = offsetof(Options, sync_interval_ms),
         .minimum = 1,
         .maximum = TIME_MAX_MS,
         .value = "TIME",
         .help = "the time after which a change of an async durable object is on the disk"},
        {.name = "log-file",
         .kind = OPTION_TEXT,
         .offset = offsetof(Options, log_file),
         .value = "FILE",
         .help = "append the log to this file",
         .more = "A missing file is created, with mode 0640 and the umask. SIGHUP reopens the "
                 "file, "
                 "for logrotate.",
         .fallback = "standard error"},
        {.name = "log-level",
         .kind = OPTION_LEVEL,
         .offset = offsetof(Options, log_level),
         .value = "LEVEL",
         .help = "the least urgent messages that are logged: error, warning, notice, info or "
                 "debug"},
        {.name = "log-burst",
         .kind = OPTION_COUNT,
         .offset = offsetof(Options, log_burst),
         .maximum = 1 << 20,
         .value = "N",
         .help = "lines of one kind about one user that are logged within log-interval",
         .more = "Lines above it are counted, and the count is logged: no client can fill the "
                 "disk."},
        {.name = "log-interval",
         .kind = OPTION_TIME,
         .offset = offsetof(Options, log_interval_ms),
         .minimum = 1000,
         .maximum = TIME_MAX_MS,
         .value = "TIME",
         .help = "the interval of log-burst"},
        {.name = "slow-call",
         .kind = OPTION_TIME,
         .offset = offsetof(Options, slow_call_ms),
         .maximum = TIME_MAX_MS,
         .value = "TIME",
         .help = "log calls that run as long as this; 0 for none",
         .more = "All other calls wait while one runs; the time that a call itself waits does not "
                 "count."},
        {.name = "restart-time",
         .kind = OPTION_TIME,
         .offset = offsetof(Options, restart_ms),
         .minimum = 100,
         .maximum = TIME_MAX_MS,
         .value = "TIME",
         .help = "the time that a program has to show that it can take over in a planned restart",
         .more = "The daemon serves its clients meanwhile, and goes on if the program fails."},
        {.name = "spin",
         .kind = OPTION_AUTO,
         .offset = offsetof(Options, spin),
         .value = "auto|off",
         .help = "look for the next call for at most 20 us before sleeping",
         .more = "A client that calls again at once is answered some 20 us sooner, since no "
                 "processor "
                 "has to wake. The daemon spins only after it had work, while recent spins were "
                 "answered, and at most 2 % of a second without an answer; never where it may use "
                 "one "
                 "processor alone or a control group bounds its processor time. server.stats "
                 "counts spins."},
        BYTES("max-frame", frame_bytes, 1 << 30, "bytes of one message, in either direction"),
        COUNT("max-depth", frame_depth, 2, 1000, "nesting of containers in a message"),
        COUNT("max-members", frame_members, 16, 1 << 24, "members and elements in a message"),
        COUNT("max-batch", batch_calls, 1, 1 << 20, "calls in a batch"),
        COUNT("max-call-work", call_work, 1000, 1000000000000,
              "steps of work of a call, or of a batch as a whole",
              .more = "A step is at most 100 ns: an element that is visited, compared or moved. A "
                      "call that may take more is refused (EDQUOT) before anything is done. For "
                      "root, and for the user who runs the daemon, the bound is at least "
                      "200000000, "
                      "so a daemon for one user needs no other value."),
        COUNT("max-sessions", sessions, 1, 1 << 20, "sessions in all",
              .more = "The limit of open files may lower this: each session needs a descriptor, "
                      "and each process that has sessions one more."),
        COUNT("root-sessions", sessions_of_root, 0, 1 << 20, "sessions that only root may have",
              .more = "They are part of max-sessions, at most an eighth of it: root can still "
                      "connect "
                      "when all others are taken."),
        COUNT("max-sessions-per-uid", sessions_per_uid, 1, 1 << 20, "sessions of one user",
              .more = "Root is exempt from this, and from all bounds per uid."),
        COUNT("max-objects-per-uid", objects_per_uid, 1, 1 << 30, "objects of one user"),
        BYTES("max-bytes", bytes, 1ULL << BYTES_MAX_SHIFT, "bytes that count for the users, in all",
              .more = "These are stored values, and the memory of sessions, objects, handles, "
                      "holds "
                      "and waiting calls. At the bound nothing more is stored (EDQUOT)."),
        LIMIT("root-bytes", OPTION_BYTES, bytes_of_root, 0, 1ULL << BYTES_MAX_SHIFT, "BYTES",
              "bytes of max-bytes that only root may use",
              .more = "At most an eighth of max-bytes: root can still store something when the "
                      "others "
                      "have filled theirs. A daemon that only its user may reach keeps none."),
        BYTES("max-bytes-per-uid", bytes_per_uid, 1ULL << BYTES_MAX_SHIFT,
              "bytes that count for one user, as for max-bytes",
              .more = "Users other than the owner fill an object up to a sixteenth of this, or to "
                      "its "
                      "max_bytes; above that they get EDQUOT."),
        COUNT("max-stored-objects-per-uid", durable_objects_per_uid, 0, 1 << 30,
              "durable objects of one user",
              .more = "They count for max-objects-per-uid, too. Above the bound a durable object "
                      "is refused (EDQUOT); one with 'durable' no is not. Root has no bound."),
        BYTES("max-stored-bytes-per-uid", durable_bytes_per_uid, 1ULL << BYTES_MAX_SHIFT,
              "bytes of the values of one user's durable objects",
              .more = "They count for max-bytes-per-uid, too. The database takes about as much of "
                      "the disk, and its log as much again while many values change. Root has no "
                      "bound: its objects may fill the disk."),
        BYTES("max-buffers", buffer_bytes, 1ULL << BYTES_MAX_SHIFT,
              "bytes of unread input and unsent output, in all",
              .more = "The first 64K of a session are not counted. A session that would exceed the "
                      "bound is cut off."),
        BYTES("max-buffers-per-uid", buffer_bytes_per_uid, 1ULL << BYTES_MAX_SHIFT,
              "bytes of unread input and unsent output of one user"),
        COUNT("max-waits", waits_per_session, 1, 1 << 20, "waiting calls of one session"),
        COUNT("max-waits-per-uid", waits_per_uid, 1, 1 << 24, "waiting calls of one user",
              .more = "A call that waits for several objects counts once for each, and twice "
                      "more."),
        COUNT("max-handles", handles_per_session, 1, 1 << 24, "objects that a session has open"),
        COUNT("max-handles-per-uid", handles_per_uid, 1, 1 << 30,
              "objects that the sessions of one user have open"),
        COUNT("max-holds", holds_per_session, 1, 1 << 24, "objects that a session holds"),
        COUNT("max-holds-per-uid", holds_per_uid, 1, 1 << 30,
              "objects that the sessions of one user hold"),
        COUNT("max-descriptors", descriptors, 0, 1 << 20, "descriptors kept for pipes in all",
              .more = "A pipe needs two. The limit of open files may lower this: "
                      "pipes have a quarter of it at most."),
        COUNT("max-descriptors-per-uid", descriptors_per_uid, 0, 1 << 20,
              "descriptors kept for the pipes of one user"),
        COUNT("max-unsent-descriptors", unsent_descriptors, 1, ATTACHMENTS_PER_LINE,
              "descriptors on their way to a session"),
        BYTES("max-output", output_bytes, 1 << 30,
              "bytes of unsent output at which a session is cut off"),
        BYTES("soft-output", output_soft_bytes, 1 << 30,
              "bytes of unsent output at which a session is cut off after soft-output-time"),
        TIME("soft-output-time", output_soft_ms, "the time that a session may exceed soft-output"),
        COUNT("max-monitors", monitors, 1, 1 << 20,
              "sessions that monitor calls, without those of root"),
        COUNT("max-monitors-per-uid", monitors_per_uid, 1, 1 << 20,
              "sessions of one user that monitor calls"),
        BYTES("max-monitor-output", monitor_bytes, 1 << 30,
              "bytes of unsent output at which a monitor loses events"),
        COUNT("turn-calls", turn_calls, 1, 1 << 20,
              "calls of one session in one turn of the event loop"),
        BYTES("turn-output", turn_output_bytes, 1 << 30,
              "bytes sent to one session in one turn of the event loop",
              .more = "Up to 32 times as many while no other session has anything to do."),
        COUNT("max-bad-frames", bad_frames, 1, 1 << 20,
              "lines in a row that are not requests, after which a session is closed"),
        TIME("frame-time", frame_ms,
             "the time that a message may take from its first byte to its last"),
};

const size_t n_options = ELEMENTSOF(options_table);

const Option *options_find(const char *name) {
        for (size_t i = 0; i < n_options; i++)
                if (strcmp(options_table[i].name, name) == 0)
                        return &options_table[i];
        return NULL;
}

void options_suggest(const char *word, const char *dashes, bool in_file, Suggestion *ret) {
        char name[SUGGEST_MAX];

        suggest_begin(ret, word);
        for (size_t i = 0; i < n_options; i++) {
                if (in_file && options_table[i].flags & OPTION_COMMAND_LINE)
                        continue;
                snprintf(name, sizeof(name), "%s%s", dashes, options_table[i].name);
                suggest_consider(ret, name);
        }
}

void options_init(Options *o) {
        *o = (Options){.mode = 0600,
                       .ready_fd = -1,
                       .check_snapshot = -1,
                       .restart_ms = 30000,
                       .sync_interval_ms = 100,
                       .log_level = LOG_LEVEL_INFO,
                       .log_burst = 10,
                       .log_interval_ms = 60000,
                       .slow_call_ms = 100,
                       .spin = true,
                       .limits = limits_default};
}

void options_deinit(Options *o) {
        char **texts[] = {&o->print, &o->config, &o->socket, &o->group, &o->state, &o->log_file};

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                free(*texts[i]);
                *texts[i] = NULL;
        }
}
