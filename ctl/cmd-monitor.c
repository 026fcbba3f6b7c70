/* shmgrctl monitor: prints the calls of other sessions as they are carried out. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "arguments.h"
#include "color.h"
#include "command.h"
#include "commands.h"
#include "duration.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "print.h"
#include "reconnect.h"
#include "shown.h"
#include "status.h"

enum { TYPE, NAME, METHOD, PID, VALUES, COUNT };

typedef struct Watch {
        Ctl *ctl;
        const Arguments *arguments;
        bool is_on;
        int64_t n_left; /* less than 0 for no end */
        int status;
} Watch;

static const Option monitor_options[] = {
        [TYPE] = {.name = "type",
                  .letter = 't',
                  .kind = OPTION_TEXT,
                  .value = "TYPE",
                  .completes = COMPLETE_TYPES,
                  .help = "only calls of this type of object, or family of\nmethods"},
        [NAME] = {.name = "name",
                  .letter = 'n',
                  .kind = OPTION_TEXT,
                  .value = "PATTERN",
                  .completes = COMPLETE_OBJECTS,
                  .help = "only calls on objects whose names match"},
        [METHOD] = {.name = "method",
                    .letter = 'm',
                    .kind = OPTION_TEXT,
                    .value = "PATTERN",
                    .completes = COMPLETE_METHODS,
                    .help = "only calls of methods that match: '*.acquire*'"},
        [PID] = {.name = "pid",
                 .letter = 'p',
                 .kind = OPTION_COUNT,
                 .value = "PID",
                 .help = "only calls of this process"},
        [VALUES] = {.name = "values",
                    .letter = 'V',
                    .help = "also print the arguments of each call"},
        [COUNT] = {.name = "count",
                   .letter = 'c',
                   .kind = OPTION_COUNT,
                   .value = "N",
                   .help = "exit after this many calls"},
        {0},
};

static struct json_object *get(struct json_object *o, const char *key) {
        return json_object_object_get(o, key);
}

static int append_time(Buffer *b, struct json_object *call) {
        int64_t at_ms = json_object_get_int64(get(call, "at_ms"));
        time_t at = (time_t)(at_ms / 1000);
        struct tm tm;
        char text[16] = "";

        if (localtime_r(&at, &tm))
                strftime(text, sizeof(text), "%H:%M:%S", &tm);
        return buffer_append_format(b, "%s%s.%03d%s ", color_begin(stdout, COLOR_FAINT), text,
                                    (int)(at_ms % 1000), color_end(stdout, COLOR_FAINT));
}

/* Appends a field, padded to at least this many characters. */
static int append_padded(Buffer *b, struct json_object *value, int width, Color color) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        int r = value ? shown_append_value(&text, value) : 0;
        int n = (int)buffer_size(&text);

        if (r < 0)
                return r;
        return buffer_append_format(b, "%s%.*s%s%*s ", color_begin(stdout, color), n,
                                    n ? buffer_bytes(&text) : "", color_end(stdout, color),
                                    n < width ? width - n : 0, "");
}

static int append_outcome(Buffer *b, struct json_object *call) {
        const char *event = json_object_get_string(get(call, "event"));
        const char *error = json_object_get_string(get(call, "errno"));
        Color color = error ? COLOR_BAD : COLOR_GOOD;
        int r = 0;

        if (event && strcmp(event, "wait") == 0)
                return buffer_append_format(b, "%swaits%s", color_begin(stdout, COLOR_HEAD),
                                            color_end(stdout, COLOR_HEAD));
        r = buffer_append_format(b, "%s%s%s", color_begin(stdout, color), error ? error : "ok",
                                 color_end(stdout, color));
        if (r == 0 && get(call, "waited_ms"))
                r = buffer_append_string(b, " after ");
        if (r == 0 && get(call, "waited_ms"))
                r = duration_append(b, json_object_get_int64(get(call, "waited_ms")) * 1000);
        return r;
}

static bool is_long(struct json_object *call, const char *name) {
        struct json_object *names = get(call, "long");

        for (size_t i = 0; names && i < json_object_array_length(names); i++)
                if (json_is_text(json_object_array_get_idx(names, i), name))
                        return true;
        return false;
}

/* "  value=5 timeout_ms=10"; the key has its own column. */
static int append_args(Buffer *b, struct json_object *call) {
        int r = 0;

        json_object_object_foreach (get(call, "args"), name, value) {
                CLEANUP(buffer_deinit) Buffer text = {0};
                if (r < 0 || strcmp(name, "key") == 0 || strcmp(name, "index") == 0)
                        continue;
                r = buffer_append_format(b, "  %s=", name);
                if (r == 0)
                        r = is_long(call, name) ? buffer_append_string(&text, "...")
                                                : json_write(&text, value);
                if (r == 0)
                        r = shown_append(b, buffer_bytes(&text), buffer_size(&text), "");
        }
        return r;
}

static int print_call(struct json_object *call) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = append_time(&b, call);

        if (r == 0)
                r = append_padded(&b, get(call, "pid"), 7, COLOR_NONE);
        if (r == 0)
                r = append_padded(&b, get(call, get(call, "client") ? "client" : "comm"), 15,
                                  COLOR_NONE);
        if (r == 0)
                r = append_padded(&b, get(call, "method"), 20, COLOR_TYPE);
        if (r == 0)
                r = append_padded(&b, get(call, "name"), 16, COLOR_HEAD);
        if (r == 0 && get(call, "key"))
                r = append_padded(&b, get(call, "key"), 8, COLOR_NONE);
        if (r == 0)
                r = append_outcome(&b, call);
        if (r == 0 && get(call, "args"))
                r = append_args(&b, call);
        if (r == 0)
                r = buffer_append(&b, "\n", 1);
        if (r == 0)
                shown_put(&b);
        return r;
}

static int print_lost(const Watch *w, struct json_object *params) {
        if (w->ctl->is_json) {
                CLEANUP(json_putp) struct json_object *o = json_object_new_object();
                if (!o || json_put_string(o, "event", "lost") < 0 ||
                    json_put(o, "n", json_object_get(get(params, "n"))) < 0)
                        return -ENOMEM;
                return print_json(o);
        }
        printf("%s... %lld calls are missing: the output is not read fast enough%s\n",
               color_begin(stdout, COLOR_BAD), (long long)json_object_get_int64(get(params, "n")),
               color_end(stdout, COLOR_BAD));
        return 0;
}

static void on_notification(shmgr_loop *loop, const char *method, struct json_object *params,
                            void *userdata) {
        Watch *w = userdata;
        int r = 0;

        if (w->n_left == 0 || w->status != STATUS_OK)
                return;
        if (strcmp(method, "monitor.lost") == 0)
                r = print_lost(w, params);
        else if (strcmp(method, "monitor.call") == 0) {
                r = w->ctl->is_json ? print_json(params) : print_call(params);
                w->n_left--;
        }
        if (r < 0)
                w->status = status_failure("monitor", r);
}

/* Appends the options that choose calls, as they were given. */
static int append_choice(Buffer *b, const Arguments *arguments) {
        static const int chosen[] = {TYPE, NAME, METHOD, PID};
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(chosen) && r == 0; i++)
                if (arguments->given[chosen[i]])
                        r = buffer_append_format(b, "%s--%s=%s", buffer_size(b) ? " " : "",
                                                 monitor_options[chosen[i]].name,
                                                 arguments->given[chosen[i]]);
        return r;
}

static void tell_watch(const Watch *w, bool sees_all) {
        CLEANUP(buffer_deinit) Buffer choice = {0};
        const char *which = sees_all ? "" : " on objects that you may read or own";
        int r = append_choice(&choice, w->arguments);

        if (r < 0 || buffer_size(&choice) == 0)
                status_note("watching %scalls%s", sees_all ? "all " : "", which);
        else
                status_note("watching calls%s that match %.*s", which, (int)buffer_size(&choice),
                            buffer_bytes(&choice));
}

static void on_answer(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                      void *userdata) {
        Watch *w = userdata;

        if (error < 0) {
                w->status = status_refused(status_of_error(error, NULL), "server.monitor", error,
                                           text, NULL);
                return;
        }
        w->is_on = true;
        tell_watch(w, json_object_get_boolean(get(result, "all")));
}

static int run_loop(Watch *w, shmgr_loop *loop) {
        while (w->status == STATUS_OK && w->n_left != 0 && !ctl_is_interrupted(w->ctl)) {
                struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                                   .events = (short)shmgr_loop_get_events(loop)};
                if (p.fd < 0 && w->is_on)
                        return STATUS_NO_DAEMON;
                poll(&p, 1, shmgr_loop_get_timeout(loop));
                int r = shmgr_loop_process(loop);
                if (r < 0)
                        return status_failure("monitor", r);
                if (fflush(stdout) != 0)
                        return status_failure("standard output", -errno);
        }
        return w->status;
}

static int make_params(const Arguments *arguments, struct json_object *params) {
        static const int texts[] = {TYPE, NAME, METHOD};
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(texts) && r == 0; i++)
                if (arguments->given[texts[i]])
                        r = json_put_string(params, monitor_options[texts[i]].name,
                                            arguments->given[texts[i]]);
        if (r == 0 && arguments->given[PID])
                r = json_put_int(params, "pid", arguments_count(arguments, PID, 0));
        if (r == 0 && arguments->given[VALUES])
                r = json_put_bool(params, "args", true);
        return r;
}

/* Returns STATUS_NO_DAEMON without a message if the daemon ended. */
static int watch_once(Watch *w, struct json_object *params) {
        shmgr_loop *loop __attribute__((cleanup(shmgr_loop_unrefp))) = NULL;
        int r = shmgr_loop_new(w->ctl->manager, &loop);

        if (r < 0)
                return status_failure("monitor", r);
        w->is_on = false;
        shmgr_loop_set_notification(loop, on_notification, w);
        r = shmgr_loop_submit(loop, "server.monitor", params, on_answer, w, NULL);
        return r < 0 ? ctl_explain(w->ctl, "monitor", r) : run_loop(w, loop);
}

/* Monitors one daemon after the other; calls cannot be missed in between, since no daemon served any. */
static int watch(Ctl *ctl, const Arguments *arguments) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Watch w = {.ctl = ctl,
                   .arguments = arguments,
                   .n_left = arguments_count(arguments, COUNT, -1)};
        int r = params ? make_params(arguments, params) : -ENOMEM;
        int status = r < 0 ? status_failure("monitor", r) : watch_once(&w, params);

        while (status == STATUS_NO_DAEMON) {
                status = reconnect(ctl, "monitor", NULL, NULL);
                if (status != STATUS_OK)
                        return status;
                status = watch_once(&w, params);
        }
        return status;
}

static int monitor_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *pong = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_monitor, argc, argv, &arguments);

        /* Connects first, so that an unreachable daemon is an error: only a lost connection is waited for. */
        if (status == STATUS_OK)
                status = ctl_call(ctl, "server.ping", NULL, &pong);
        return status == STATUS_OK ? watch(ctl, &arguments) : status;
}

const Command command_monitor = {
        .name = "monitor",
        .arguments = "[OPTION...]",
        .help = "show the calls of others as they are carried out",
        .options = monitor_options,
        .details =
                "Root and the user who runs the daemon see all calls, other users those on\n"
                "objects that they may read or own. Each line has the time, the pid and the\n"
                "command's name, the method, its object and key, and the outcome: ok or an error.\n"
                "A call that blocks has a line with 'waits', and a second one with its outcome\n"
                "and how long it waited. The key and, with --values, the arguments are printed\n"
                "only if the mode bits let you read the object. Patterns are those of a shell. If\n"
                "the output is not read fast enough, a line counts the calls that are missing.\n",
        .run = monitor_run,
};
