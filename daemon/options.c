/* The table of options, and the one reader of it. */
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "macros.h"
#include "options.h"

#define SYSTEM_SOCKET "/run/shmgrd/shmgrd.sock"

typedef enum OptionKind {
        OPTION_TEXT,
        OPTION_MODE,
        OPTION_LEVEL,
        OPTION_FD,
        OPTION_COUNT, /* a number, or one of bytes or milliseconds: the help says */
} OptionKind;

typedef struct Option {
        const char *name;
        OptionKind kind;
        size_t offset; /* within Options */
        uint64_t minimum, maximum;
        const char *value; /* how the help calls it */
        const char *help;
} Option;

#define LIMIT(name_, member_, minimum_, maximum_, help_)                                           \
        {                                                                                          \
                .name = name_, .kind = OPTION_COUNT, .offset = offsetof(Options, limits.member_),  \
                .minimum = minimum_, .maximum = maximum_, .value = "N", .help = help_              \
        }

static const Option options[] = {
        {.name = "socket",
         .kind = OPTION_TEXT,
         .offset = offsetof(Options, socket),
         .value = "PATH",
         .help = "where to listen (root: " SYSTEM_SOCKET "; others: $XDG_RUNTIME_DIR/shmgrd.sock)"},
        {.name = "mode",
         .kind = OPTION_MODE,
         .offset = offsetof(Options, mode),
         .value = "MODE",
         .help = "permission bits of the socket, octal (0600)"},
        {.name = "group",
         .kind = OPTION_TEXT,
         .offset = offsetof(Options, group),
         .value = "GROUP",
         .help = "group of the socket, a name or a number"},
        {.name = "log-level",
         .kind = OPTION_LEVEL,
         .offset = offsetof(Options, log_level),
         .value = "LEVEL",
         .help = "error, warning, notice, info or debug (info)"},
        {.name = "ready-fd",
         .kind = OPTION_FD,
         .offset = offsetof(Options, ready_fd),
         .maximum = 1 << 20,
         .value = "FD",
         .help = "write a newline to this descriptor once the socket listens, and close it"},
        LIMIT("max-frame", frame_bytes, 1024, 1 << 30, "bytes of one message"),
        LIMIT("max-depth", frame_depth, 2, 1000, "nesting of containers in a message"),
        LIMIT("max-members", frame_members, 16, 1 << 24, "members and elements in a message"),
        LIMIT("max-batch", batch_calls, 1, 1 << 20, "calls in a batch"),
        LIMIT("max-sessions", sessions, 1, 1 << 20, "sessions in all"),
        LIMIT("max-sessions-per-uid", sessions_per_uid, 1, 1 << 20,
              "sessions of one user (not root)"),
        LIMIT("max-objects-per-uid", objects_per_uid, 1, 1 << 30, "objects of one user (not root)"),
        LIMIT("max-bytes", bytes, 1024, INT64_MAX, "bytes of stored values in all"),
        LIMIT("max-bytes-per-uid", bytes_per_uid, 1024, INT64_MAX,
              "bytes of stored values of one user (not root)"),
        LIMIT("max-waits", waits_per_session, 1, 1 << 20, "waiting calls of one session"),
        LIMIT("max-waits-per-uid", waits_per_uid, 1, 1 << 24,
              "waiting calls of one user (not root)"),
        LIMIT("max-handles", handles_per_session, 1, 1 << 24, "objects that a session has open"),
        LIMIT("max-holds", holds_per_session, 1, 1 << 24, "objects that a session holds"),
        LIMIT("max-output", output_bytes, 1024, 1 << 30,
              "bytes that a session has not read, at which it is cut off"),
        LIMIT("soft-output", output_soft_bytes, 1024, 1 << 30,
              "the same, when it lasts longer than soft-output-time"),
        LIMIT("soft-output-time", output_soft_ms, 1, 1 << 30, "in milliseconds"),
        LIMIT("turn-calls", turn_calls, 1, 1 << 20,
              "calls of one session before others have their turn"),
        LIMIT("turn-output", turn_output_bytes, 1024, 1 << 30,
              "bytes to one session before others have their turn"),
        LIMIT("max-bad-frames", bad_frames, 1, 1 << 20,
              "messages in a row that are not JSON, after which a session is closed"),
        LIMIT("frame-time", frame_ms, 1, 1 << 30, "milliseconds that a message may take to arrive"),
};

enum { N_OPTIONS = ELEMENTSOF(options), VAL_HELP = 1000, VAL_VERSION };

static void print_help(void) {
        printf("Usage: shmgrd [OPTION]...\n"
               "Keep named shared objects for the programs of this machine.\n\n");
        for (size_t i = 0; i < N_OPTIONS; i++) {
                char left[64];
                snprintf(left, sizeof(left), "--%s=%s", options[i].name, options[i].value);
                printf("  %-28s %s", left, options[i].help);
                if (options[i].kind == OPTION_COUNT)
                        printf(" (%llu)", (unsigned long long)*(
                                                  const uint64_t *)((const char *)&limits_default +
                                                                    (options[i].offset -
                                                                     offsetof(Options, limits))));
                printf("\n");
        }
        printf("  %-28s %s\n  %-28s %s\n", "--help", "show this", "--version", "show the version");
}

static int set_text(char **field, const char *text) {
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

static int set_level(LogLevel *field, const char *text) {
        for (int i = 0; log_level_names[i]; i++)
                if (strcmp(text, log_level_names[i]) == 0) {
                        *field = LOG_LEVEL_ERROR + i;
                        return 0;
                }
        return -EINVAL;
}

static int read_number(const char *text, int base, uint64_t minimum, uint64_t maximum,
                       uint64_t *ret) {
        char *end;

        errno = 0;
        unsigned long long n = strtoull(text, &end, base);
        if (errno || *end || text[0] < '0' || text[0] > '9')
                return -EINVAL;
        if (n < minimum || n > maximum)
                return -ERANGE;
        *ret = n;
        return 0;
}

static int option_set(Options *o, const Option *option, const char *text) {
        void *field = (char *)o + option->offset;
        uint64_t n = 0;
        int r;

        switch (option->kind) {
        case OPTION_TEXT:
                return *text ? set_text(field, text) : -EINVAL;
        case OPTION_LEVEL:
                return set_level(field, text);
        case OPTION_MODE:
                r = read_number(text, 8, 0, 0777, &n);
                if (r == 0)
                        *(mode_t *)field = n;
                return r;
        case OPTION_FD:
                r = read_number(text, 10, 0, option->maximum, &n);
                if (r == 0)
                        *(int *)field = n;
                return r;
        case OPTION_COUNT:
                return read_number(text, 10, option->minimum, option->maximum, field);
        }
        return -EINVAL;
}

static void complain(const Option *option, const char *text, int r) {
        if (r == -ERANGE)
                fprintf(stderr, "shmgrd: --%s: '%s' is not within %llu and %llu\n", option->name,
                        text, (unsigned long long)option->minimum,
                        (unsigned long long)option->maximum);
        else if (r == -ENOMEM)
                fprintf(stderr, "shmgrd: there is no memory\n");
        else
                fprintf(stderr, "shmgrd: --%s: '%s' is no %s; see shmgrd --help\n", option->name,
                        text,
                        option->kind == OPTION_LEVEL  ? "level"
                        : option->kind == OPTION_TEXT ? "value"
                                                      : "number");
}

/* Where to listen when nothing was said. */
static int set_default_socket(Options *o) {
        const char *directory = getenv("XDG_RUNTIME_DIR");
        char *path;

        if (o->socket)
                return 0;
        if (geteuid() == 0)
                return set_text(&o->socket, SYSTEM_SOCKET);
        if (!directory || !*directory) {
                fprintf(stderr, "shmgrd: --socket is needed, since $XDG_RUNTIME_DIR is not set\n");
                return -EINVAL;
        }
        if (asprintf(&path, "%s/shmgrd.sock", directory) < 0)
                return -ENOMEM;
        o->socket = path;
        return 0;
}

OptionsResult options_parse(Options *ret, int argc, char **argv) {
        struct option longs[N_OPTIONS + 3] = {0};
        int val;

        *ret = (Options){.mode = 0600,
                         .log_level = LOG_LEVEL_INFO,
                         .ready_fd = -1,
                         .limits = limits_default};
        for (size_t i = 0; i < N_OPTIONS; i++)
                longs[i] = (struct option){options[i].name, required_argument, NULL, (int)i + 1};
        longs[N_OPTIONS] = (struct option){"help", no_argument, NULL, VAL_HELP};
        longs[N_OPTIONS + 1] = (struct option){"version", no_argument, NULL, VAL_VERSION};

        while ((val = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
                if (val == VAL_HELP) {
                        print_help();
                        return OPTIONS_EXIT;
                }
                if (val == VAL_VERSION) {
                        printf("shmgrd %s\n", PACKAGE_VERSION);
                        return OPTIONS_EXIT;
                }
                if (val == '?')
                        return OPTIONS_WRONG;
                int r = option_set(ret, &options[val - 1], optarg);
                if (r < 0) {
                        complain(&options[val - 1], optarg, r);
                        return OPTIONS_WRONG;
                }
        }
        if (optind < argc) {
                fprintf(stderr,
                        "shmgrd: '%s' is too much: there are only options; see shmgrd --help\n",
                        argv[optind]);
                return OPTIONS_WRONG;
        }
        return set_default_socket(ret) < 0 ? OPTIONS_WRONG : OPTIONS_RUN;
}

void options_deinit(Options *o) {
        free(o->socket);
        free(o->group);
        *o = (Options){0};
}
