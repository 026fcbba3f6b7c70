/* shmgrctl ls: the objects that there are. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "print.h"
#include "shown.h"
#include "status.h"
#include "text-table.h"

enum { LONG, TYPE };

static const Option ls_options[] = {
        [LONG] = {.name = "long", .letter = 'l', .help = "a table with type, owner, mode and size"},
        [TYPE] = {.name = "type",
                  .letter = 't',
                  .kind = OPTION_TEXT,
                  .value = "TYPE",
                  .completes = COMPLETE_TYPES,
                  .help = "only this type"},
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

/* The name that a uid or a gid has, or its number. */
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
        int r = value ? shown_append_value(&b, value) : 0;

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int print_table(struct json_object *objects) {
        static const char *const keys[] = {"name", "type",     "uid",    "gid",
                                           "mode", "lifetime", "length", "bytes"};
        static const char *const heads[] = {"NAME", "TYPE",     "OWNER",  "GROUP",
                                            "MODE", "LIFETIME", "LENGTH", "BYTES"};
        static const Color colors[ELEMENTSOF(keys)] = {[1] = COLOR_TYPE};
        CLEANUP(text_table_deinit)
        TextTable table = {.n_columns = ELEMENTSOF(keys), .has_head = true, .colors = colors};
        int r = 0;

        for (size_t k = 0; k < ELEMENTSOF(keys) && r == 0; k++)
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

static int ls(Ctl *ctl, struct json_object *params, bool is_long) {
        CLEANUP(json_putp) struct json_object *objects = NULL;
        int status = ctl_call(ctl, "object.list", params, &objects);

        if (status != STATUS_OK)
                return status;
        if (!json_object_is_type(objects, json_type_array))
                return ctl_answer(ctl, objects, ANSWER_REPORT);
        json_object_array_sort(objects, by_name);
        if (ctl->is_json || ctl->is_quiet)
                return ctl_answer(ctl, objects, ANSWER_REPORT);
        int r = is_long ? print_table(objects) : print_names(objects);
        return r < 0 ? status_failure("ls", r) : STATUS_OK;
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
        .details = "A pattern is as in a shell: * ? [a-z]\n",
        .run = ls_run,
};
