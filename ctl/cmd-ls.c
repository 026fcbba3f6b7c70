/* shmgrctl ls: lists the objects.
 *
 * The daemon returns them page by page. Up to SORTED_MOST objects are gathered and sorted by name. More are printed in the order in
 * which they were made, so that the memory of this process is bounded. */
#include <errno.h>
#include <grp.h>
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

enum { LONG, TYPE };

enum { PAGE = 500, SORTED_MOST = 10000 };

static const Option ls_options[] = {
        [LONG] = {.name = "long",
                  .letter = 'l',
                  .help = "print a table with type, owner, mode, size and more"},
        [TYPE] = {.name = "type",
                  .letter = 't',
                  .kind = OPTION_TEXT,
                  .value = "TYPE",
                  .completes = COMPLETE_TYPES,
                  .help = "list only objects of this type"},
        {0},
};

static const char *name_of(struct json_object *object) {
        const char *name = json_object_get_string(json_object_object_get(object, "name"));

        return name ? name : "";
}

static int by_name(const void *a, const void *b) {
        return strcmp(name_of(*(struct json_object *const *)a),
                      name_of(*(struct json_object *const *)b));
}

static int print_names(struct json_object *objects) {
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                int r = print_line(json_object_object_get(object, "name"));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Adds the name of a uid or a gid, or its number if it has no name. */
static int add_owner(TextTable *table, struct json_object *object, const char *key) {
        struct json_object *number = json_object_object_get(object, key);
        unsigned id = (unsigned)json_object_get_int64(number);
        const struct passwd *user = strcmp(key, "uid") == 0 ? getpwuid(id) : NULL;
        const struct group *group = user ? NULL : strcmp(key, "gid") == 0 ? getgrgid(id) : NULL;
        const char *name = user ? user->pw_name : group ? group->gr_name : NULL;

        return text_table_add(table, name ? name : json_object_get_string(number));
}

static int add_member(TextTable *table, struct json_object *object, const char *key) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        struct json_object *value = json_object_object_get(object, key);
        int r = 0;

        if (value)
                r = strcmp(key, "used_ms") == 0
                            ? duration_append_date(&b, json_object_get_int64(value))
                            : shown_append_value(&b, value);
        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int print_table(struct json_object *objects, bool has_head) {
        static const char *const keys[] = {"name",     "type",    "uid",     "gid",    "mode",
                                           "lifetime", "durable", "used_ms", "length", "bytes"};
        static const char *const heads[] = {"NAME",     "TYPE",    "OWNER", "GROUP",  "MODE",
                                            "LIFETIME", "DURABLE", "USED",  "LENGTH", "BYTES"};
        static const Color colors[ELEMENTSOF(keys)] = {[1] = COLOR_TYPE};
        CLEANUP(text_table_deinit)
        TextTable table = {.n_columns = ELEMENTSOF(keys), .has_head = has_head, .colors = colors};
        int r = 0;

        for (size_t k = 0; has_head && k < ELEMENTSOF(keys) && r == 0; k++)
                r = text_table_add(&table, heads[k]);
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                for (size_t k = 0; k < ELEMENTSOF(keys) && r == 0; k++)
                        r = strcmp(keys[k] + 1, "id") == 0 ? add_owner(&table, object, keys[k])
                                                           : add_member(&table, object, keys[k]);
        }
        if (r == 0 && json_object_array_length(objects) > 0)
                text_table_print(&table);
        return r;
}

typedef struct Listing {
        Ctl *ctl;
        bool is_long;
        struct json_object *objects; /* not printed yet; owned */
        size_t n_printed;
} Listing;

/* Prints one array in several pieces. */
static int print_elements(const Listing *listing, bool is_last) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        size_t n = json_object_array_length(listing->objects);
        int r = listing->n_printed == 0 ? buffer_append_string(&b, "[") : 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                if (listing->n_printed + i > 0)
                        r = buffer_append_string(&b, ",");
                if (r == 0)
                        r = json_write(&b, json_object_array_get_idx(listing->objects, i));
        }
        if (r == 0 && is_last)
                r = buffer_append_string(&b, "]\n");
        if (r == 0)
                shown_put(&b);
        return r;
}

static int print_objects(Listing *listing, bool is_last) {
        size_t n = json_object_array_length(listing->objects);
        int r = 0;

        if (listing->ctl->is_json && !listing->ctl->is_quiet)
                r = print_elements(listing, is_last);
        else if (!listing->ctl->is_quiet)
                r = listing->is_long ? print_table(listing->objects, listing->n_printed == 0)
                                     : print_names(listing->objects);
        listing->n_printed += n;
        return r < 0 || n == 0 ? r : json_object_array_del_idx(listing->objects, 0, n);
}

static int gather(Listing *listing, struct json_object *page) {
        struct json_object *objects = NULL;
        int r = 0;

        if (!json_object_object_get_ex(page, "objects", &objects) ||
            !json_object_is_type(objects, json_type_array))
                return -EBADMSG;
        for (size_t i = 0; r == 0 && i < json_object_array_length(objects); i++)
                r = json_push(listing->objects,
                              json_object_get(json_object_array_get_idx(objects, i)));
        if (r == 0 &&
            (listing->n_printed > 0 || json_object_array_length(listing->objects) > SORTED_MOST))
                r = print_objects(listing, false);
        return r;
}

static int list_all(Listing *listing, struct json_object *params) {
        Scan scan = {.method = "object.scan", .params = params};
        int r = 0;

        while (r == 0 && !scan.is_over) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                r = scan_next(listing->ctl, &scan, &page);
                if (r < 0)
                        return ctl_explain(listing->ctl, scan.method, r);
                r = gather(listing, page);
        }
        if (r == 0 && listing->n_printed == 0)
                json_object_array_sort(listing->objects, by_name);
        if (r == 0)
                r = print_objects(listing, true);
        return r < 0 ? status_failure("ls", r) : STATUS_OK;
}

static int ls(Ctl *ctl, struct json_object *params, bool is_long) {
        Listing listing = {.ctl = ctl, .is_long = is_long};
        int status = ctl_begin(ctl);

        if (status != STATUS_OK)
                return status;
        listing.objects = json_object_new_array();
        if (!listing.objects || json_put_int(params, "count", PAGE) < 0)
                status = status_failure("ls", -ENOMEM);
        else
                status = list_all(&listing, params);
        json_object_put(listing.objects);
        return status;
}

static int ls_run(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Arguments arguments;
        int status = arguments_read(ctl, &command_ls, argc, argv, &arguments);
        int r = params ? 0 : -ENOMEM;

        if (status != STATUS_OK)
                return status;
        if (r == 0 && arguments.given[TYPE])
                r = json_put_string(params, "type", arguments.given[TYPE]);
        if (r == 0 && arguments.n_words > 0)
                r = json_put_string(params, "pattern", arguments.words[0]);
        return r < 0 ? status_failure("ls", r) : ls(ctl, params, arguments.given[LONG]);
}

const Command command_ls = {
        .name = "ls",
        .arguments = "[-l] [--type=TYPE] [PATTERN]",
        .help = "list the objects by name, one a line",
        .options = ls_options,
        .max_words = 1,
        .completes = COMPLETE_OBJECTS,
        .details =
                "PATTERN is a pattern of the shell: * ? [a-z]. Up to 10000 objects are sorted by "
                "name;\n"
                "more are listed in the order in which they were made.\n",
        .run = ls_run,
};
