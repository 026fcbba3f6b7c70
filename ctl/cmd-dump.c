/* shmgrctl dump: writes objects as the calls that make them again, one a line.
 *
 * The calls make all objects before any gets its contents, since values may refer to other objects. Contents are read page by page,
 * so a large object blocks neither the daemon nor this process. A page is consistent, the dump of an object as a whole is not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "dump-types.h"
#include "json/json-util.h"
#include "scan.h"
#include "status.h"

enum { TYPE };
enum { PAGE = 500 };

static const Option dump_options[] = {
        [TYPE] = {.name = "type",
                  .letter = 't',
                  .kind = OPTION_TEXT,
                  .value = "TYPE",
                  .completes = COMPLETE_TYPES,
                  .help = "only this type"},
        {0},
};

typedef struct Dump {
        Ctl *ctl;
        struct json_object *params; /* of object.scan */
        bool has_store;             /* the daemon has a state directory */
        size_t n_objects;
        int status; /* the first failure */
} Dump;

static const char *text_of(struct json_object *object, const char *key) {
        const char *text = json_object_get_string(json_object_object_get(object, key));

        return text ? text : "";
}

static void fail(Dump *dump, int status) {
        if (dump->status == STATUS_OK)
                dump->status = status;
}

static void leave_out(Dump *dump, struct json_object *entry, const char *why) {
        status_note("dump: left out: %s: %s", text_of(entry, "name"), why);
}

/* Returns the type of an object that a restore can make, or NULL. The first pass prints the reason. */
static const DumpType *type_of(Dump *dump, struct json_object *entry, bool is_first) {
        const DumpType *type = dump_type_find(text_of(entry, "type"));
        const char *why = NULL;

        if (!type)
                why = "a pipe is between processes";
        else if (strcmp(text_of(entry, "lifetime"), "persistent") != 0)
                why = "it is ephemeral";
        else if (!json_object_get_boolean(json_object_object_get(entry, "readable")))
                why = "it may not be read";
        if (why && is_first)
                leave_out(dump, entry, why);
        return why ? NULL : type;
}

static struct json_object *get_stat(Dump *dump, struct json_object *entry, int *ret_status) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        struct json_object *stat = NULL;
        int r = params ? json_put(params, "name",
                                  json_object_get(json_object_object_get(entry, "name")))
                       : -ENOMEM;

        if (r == 0)
                r = ctl_try(dump->ctl, "object.stat", params, &stat);
        /* The object was deleted meanwhile, or a new object has its name: neither is in this dump. */
        if (r == -ENOENT ||
            (r == 0 && strcmp(text_of(stat, "type"), text_of(entry, "type")) != 0)) {
                json_object_put(stat);
                *ret_status = STATUS_OK;
                return NULL;
        }
        *ret_status = r < 0 ? ctl_explain(dump->ctl, "object.stat", r) : STATUS_OK;
        return stat;
}

static int put_owner(struct json_object *stat) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        for (int i = 0; i < 3; i++) {
                static const char *const keys[] = {"name", "uid", "gid"};
                if (!params || json_put(params, keys[i],
                                        json_object_get(json_object_object_get(stat, keys[i]))) < 0)
                        return -ENOMEM;
        }
        return dump_put_call("object.chown", TAKE_PTR(params));
}

static int put_object(Dump *dump, struct json_object *entry, bool is_first) {
        const DumpType *type = type_of(dump, entry, is_first);
        int status = STATUS_OK;

        if (!type)
                return status;
        CLEANUP(json_putp) struct json_object *stat = get_stat(dump, entry, &status);
        if (!stat)
                return status;
        if (is_first) {
                dump->n_objects++;
                int r = dump_put_open(type, stat, dump->has_store);
                return r < 0 ? status_failure("dump", r) : STATUS_OK;
        }
        status = dump_put_contents(dump->ctl, type, stat);
        int r = status == STATUS_OK ? put_owner(stat) : 0;
        return r < 0 ? status_failure("dump", r) : status;
}

/* A failure of one object does not end the dump, unless the daemon is gone. */
static int put_all(Dump *dump, bool is_first) {
        Scan scan = {.method = "object.scan", .params = dump->params};

        json_object_object_del(dump->params, "cursor");
        while (!scan.is_over) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                int r = scan_next(dump->ctl, &scan, &page);
                if (r < 0)
                        return ctl_explain(dump->ctl, scan.method, r);
                struct json_object *objects = json_object_object_get(page, "objects");
                size_t n = objects ? json_object_array_length(objects) : 0;
                for (size_t i = 0; i < n; i++) {
                        int status =
                                put_object(dump, json_object_array_get_idx(objects, i), is_first);
                        fail(dump, status);
                        if (status == STATUS_NO_DAEMON)
                                return status;
                }
        }
        return STATUS_OK;
}

static void dump_all(Dump *dump) {
        printf("{\"shmgr_dump\":1,\"version\":\"" PACKAGE_VERSION "\"}\n");
        int status = put_all(dump, true);
        if (status == STATUS_OK)
                status = put_all(dump, false);
        if (status == STATUS_OK)
                printf("{\"end\":{\"objects\":%zu}}\n", dump->n_objects);
        fail(dump, status);
        if (fflush(stdout) != 0 || ferror(stdout))
                fail(dump, status_failure("dump", -errno));
}

static int dump_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Dump dump = {.ctl = ctl, .params = params};
        Arguments arguments;
        int status = arguments_read(ctl, &command_dump, argc, argv, &arguments);
        int r = params ? json_put_int(params, "count", PAGE) : -ENOMEM;

        if (status != STATUS_OK)
                return status;
        if (r == 0 && arguments.given[TYPE])
                r = json_put_string(params, "type", arguments.given[TYPE]);
        if (r == 0 && arguments.n_words > 0)
                r = json_put_string(params, "pattern", arguments.words[0]);
        if (r < 0)
                return status_failure("dump", r);
        status = ctl_begin(ctl);
        if (status == STATUS_OK)
                status = dump_begin(ctl, true, &dump.has_store);
        if (status != STATUS_OK)
                return status;
        dump_all(&dump);
        /* Later commands of a shell are uses again. */
        if (ctl->is_shell && dump.status != STATUS_NO_DAEMON)
                fail(&dump, dump_begin(ctl, false, &dump.has_store));
        return dump.status;
}

const Command command_dump = {
        .name = "dump",
        .arguments = "[--type=TYPE] [PATTERN]",
        .help = "write objects with their contents, for shmgrctl restore",
        .options = dump_options,
        .max_words = 1,
        .completes = COMPLETE_OBJECTS,
        .details = "One JSON object a line: the calls that make the objects again. Pipes and "
                   "ephemeral objects\n"
                   "are left out. shmgrctl restore makes these calls.\n",
        .run = dump_run,
};
