/* shmgrctl sessions: lists the connections of programs, page by page. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "duration.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "print.h"
#include "scan.h"
#include "shown.h"
#include "status.h"
#include "text-table.h"

enum { PAGE = 500 };

static struct json_object *get(struct json_object *o, const char *key) {
        struct json_object *value = NULL;

        json_object_object_get_ex(o, key, &value);
        return value;
}

static int add_text(TextTable *table, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = value ? shown_append_value(&b, value) : 0;

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_user(TextTable *table, struct json_object *uid) {
        const struct passwd *user = getpwuid((uid_t)json_object_get_int64(uid));

        return user ? text_table_add(table, user->pw_name) : add_text(table, uid);
}

static int add_age(TextTable *table, struct json_object *ms) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = duration_append(&b, json_object_get_int64(ms) * 1000);

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

/* Prefers the name that the session chose for itself to the name of its program. */
static int add_session(TextTable *table, struct json_object *session) {
        struct json_object *client = get(session, "client");
        int r = add_text(table, get(session, "session"));

        if (r == 0)
                r = add_text(table, get(session, "pid"));
        if (r == 0)
                r = add_user(table, get(session, "uid"));
        if (r == 0)
                r = add_text(table, client ? client : get(session, "comm"));
        if (r == 0)
                r = add_age(table, get(session, "connected_ms"));
        if (r == 0)
                r = add_text(table, get(session, "holds"));
        if (r == 0)
                r = add_text(table, get(session, "reserved"));
        if (r == 0)
                r = add_text(table, get(session, "waits"));
        if (r == 0)
                r = add_text(table, get(session, "opened"));
        return r == 0 ? add_text(table, get(session, "note")) : r;
}

static int print_table(struct json_object *sessions, bool has_head) {
        static const char *const heads[] = {"SESSION", "PID",      "USER",  "COMMAND", "CONNECTED",
                                            "HOLDS",   "RESERVED", "WAITS", "OPENED",  "NOTE"};
        CLEANUP(text_table_deinit)
        TextTable table = {.n_columns = ELEMENTSOF(heads), .has_head = has_head};
        int r = 0;

        for (size_t i = 0; has_head && r == 0 && i < ELEMENTSOF(heads); i++)
                r = text_table_add(&table, heads[i]);
        for (size_t i = 0; r == 0 && i < json_object_array_length(sessions); i++)
                r = add_session(&table, json_object_array_get_idx(sessions, i));
        if (r == 0)
                text_table_print(&table);
        return r;
}

/* Prints the elements of one page. All pages together form one JSON array. */
static int print_elements(struct json_object *sessions, bool is_first) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < json_object_array_length(sessions); i++) {
                CLEANUP(buffer_deinit) Buffer b = {0};
                r = json_write(&b, json_object_array_get_idx(sessions, i));
                if (r < 0)
                        break;
                fputs(is_first && i == 0 ? "[" : ",", stdout);
                shown_put(&b);
        }
        return r;
}

static int print_page(const Ctl *ctl, struct json_object *page, size_t n_printed) {
        struct json_object *sessions = get(page, "sessions");

        if (!json_object_is_type(sessions, json_type_array))
                return -EBADMSG;
        if (ctl->is_quiet || json_object_array_length(sessions) == 0)
                return 0;
        return ctl->is_json ? print_elements(sessions, n_printed == 0)
                            : print_table(sessions, n_printed == 0);
}

static int print_all(Ctl *ctl, struct json_object *params) {
        Scan scan = {.method = "server.sessions", .params = params};
        size_t n_printed = 0;

        while (!scan.is_over) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                int r = scan_next(ctl, &scan, &page);
                if (r < 0)
                        return ctl_finish(ctl, scan.method, r);
                r = print_page(ctl, page, n_printed);
                if (r < 0)
                        return status_failure("sessions", r);
                n_printed += json_object_array_length(get(page, "sessions"));
        }
        if (ctl->is_json && !ctl->is_quiet)
                puts(n_printed > 0 ? "]" : "[]");
        return STATUS_OK;
}

static int sessions_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Arguments arguments;
        int status = arguments_read(ctl, &command_sessions, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        if (!params || json_put_int(params, "count", PAGE) < 0)
                return status_failure("sessions", -ENOMEM);
        return print_all(ctl, params);
}

const Command command_sessions = {
        .name = "sessions",
        .arguments = "",
        .help = "list the sessions: one for each connection of a program",
        .details =
                "SESSION is the number of the session; COMMAND the name that the session gave\n"
                "itself, as the command of lock run, or that of its process; CONNECTED the time\n"
                "since it connected. HOLDS, RESERVED, WAITS and OPENED count the objects that it\n"
                "holds, its reserved items of queues, its calls that wait, and the objects that "
                "it\n"
                "has open.\n"
                "Root and the user who runs the daemon see all, other users their own.\n"
                "'shmgrctl session kill NUMBER' ends one: its waiting calls are cancelled, and it\n"
                "releases what it holds, as if its process had died.\n",
        .run = sessions_run,
};
