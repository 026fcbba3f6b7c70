/* shmgrctl dict keys, values, items and dump, list dump, set dump: contents of any size, page by page, so that no more than a
 * page is in memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "base/buffer.h"
#include "command.h"
#include "commands.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "print.h"
#include "shown.h"
#include "status.h"

enum { PAGE = 500 };

typedef enum Part {
        PART_KEYS,
        PART_VALUES,
        PART_ITEMS,
        PART_ALL, /* as one JSON value */
} Part;

typedef struct Dump {
        Ctl *ctl;
        const char *type, *name;
        Part part;
        size_t n_done;
        int64_t at;    /* the cursor of a scan, or the next index of a list */
        int64_t count; /* of the next page */
        bool is_over;
} Dump;

static bool is_list(const Dump *d) {
        return strcmp(d->type, "list") == 0;
}

static bool is_dict(const Dump *d) {
        return strcmp(d->type, "dict") == 0;
}

static int fetch(Dump *d, const char *method, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params || json_put_string(params, "name", d->name) < 0 ||
            json_put_int(params, is_list(d) ? "start" : "cursor", d->at) < 0 ||
            json_put_int(params, is_list(d) ? "stop" : "count",
                         is_list(d) ? d->at + d->count : d->count) < 0)
                return -ENOMEM;
        return ctl_try(d->ctl, method, params, ret);
}

/* Reads a page of elements, or of items of a dict. Returns 0 and a new array, or a negative errno. */
static int next_page(Dump *d, const char *method, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *page = NULL;
        struct json_object *cursor = NULL, *items = NULL;
        int r;

        /* The elements are too large for one message: ask for fewer. */
        while (((r = fetch(d, method, &page)) == -EMSGSIZE || r == -EDQUOT) && d->count > 1)
                d->count /= 2;
        if (r < 0)
                return r;
        if (is_list(d)) {
                items = page;
                d->at += d->count;
                d->is_over = json_object_array_length(page) < (size_t)d->count;
        } else if (json_object_object_get_ex(page, "cursor", &cursor) &&
                   json_object_object_get_ex(page, "items", &items)) {
                d->at = json_object_get_int64(cursor);
                d->is_over = d->at == 0;
        }
        *ret = json_object_get(items);
        return items ? 0 : -EBADMSG;
}

static struct json_object *part_of(const Dump *d, struct json_object *item) {
        return d->part == PART_KEYS || d->part == PART_VALUES
                       ? json_object_array_get_idx(item, d->part == PART_VALUES)
                       : item;
}

/* "key": value, or a value. */
static int append_member(const Dump *d, Buffer *b, struct json_object *item) {
        if (!is_dict(d) || d->part != PART_ALL)
                return json_write(b, part_of(d, item));
        int r = json_write(b, json_object_array_get_idx(item, 0));
        if (r == 0)
                r = buffer_append_string(b, d->ctl->is_json ? ":" : ": ");
        return r == 0 ? json_write(b, json_object_array_get_idx(item, 1)) : r;
}

static bool is_one_value(const Dump *d) {
        return d->ctl->is_json || d->part == PART_ALL;
}

static const char *bracket(const Dump *d, bool is_end) {
        bool is_object = is_dict(d) && d->part == PART_ALL;

        return is_object ? (is_end ? "}" : "{") : is_end ? "]" : "[";
}

static int put_as_value(const Dump *d, struct json_object *item) {
        const char *line = d->ctl->is_json ? "" : "\n";
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = d->n_done > 0 ? buffer_append_format(&b, ",%s", line) : 0;

        if (r == 0)
                r = append_member(d, &b, item);
        if (r == 0)
                shown_put(&b);
        return r;
}

static int put_item(const Dump *d, struct json_object *item) {
        if (d->ctl->is_quiet)
                return 0;
        return is_one_value(d) ? put_as_value(d, item) : print_line(part_of(d, item));
}

static int put_page(Dump *d, struct json_object *items) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < json_object_array_length(items); i++, d->n_done++)
                r = put_item(d, json_object_array_get_idx(items, i));
        if (r == 0 && ferror(stdout))
                r = -EIO;
        return r;
}

static void put_bracket(const Dump *d, bool is_end) {
        const char *line = d->ctl->is_json ? "" : "\n";

        if (!is_one_value(d) || d->ctl->is_quiet)
                return;
        if (is_end)
                printf("%s%s\n", d->n_done > 0 ? line : "", bracket(d, true));
        else
                printf("%s%s", bracket(d, false), line);
}

static int dump(Dump *d) {
        const char *method = is_list(d) ? "list.slice" : is_dict(d) ? "dict.scan" : "set.scan";
        bool has_begun = false;

        while (!d->is_over) {
                CLEANUP(json_putp) struct json_object *items = NULL;
                int r = next_page(d, method, &items);
                if (r < 0)
                        return ctl_finish(d->ctl, method, r);
                if (!has_begun)
                        put_bracket(d, false);
                has_begun = true;
                r = put_page(d, items);
                if (r < 0)
                        return status_failure("standard output", r);
        }
        put_bracket(d, true);
        return STATUS_OK;
}

static int run(Ctl *ctl, const Command *command, Part part, int argc, char **argv) {
        Arguments arguments;
        int status = arguments_read(ctl, command, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        return dump(&(Dump){.ctl = ctl,
                            .type = command->name,
                            .name = arguments.words[0],
                            .part = part,
                            .count = PAGE});
}

static int dict_keys_run(Ctl *ctl, int argc, char **argv) {
        return run(ctl, &command_dict_keys, PART_KEYS, argc, argv);
}

static int dict_values_run(Ctl *ctl, int argc, char **argv) {
        return run(ctl, &command_dict_values, PART_VALUES, argc, argv);
}

static int dict_items_run(Ctl *ctl, int argc, char **argv) {
        return run(ctl, &command_dict_items, PART_ITEMS, argc, argv);
}

static int dict_dump_run(Ctl *ctl, int argc, char **argv) {
        return run(ctl, &command_dict_dump, PART_ALL, argc, argv);
}

static int list_dump_run(Ctl *ctl, int argc, char **argv) {
        return run(ctl, &command_list_dump, PART_ALL, argc, argv);
}

static int set_dump_run(Ctl *ctl, int argc, char **argv) {
        return run(ctl, &command_set_dump, PART_ALL, argc, argv);
}

#define COMMON(type_, verb_)                                                                       \
        .name = #type_, .verb = #verb_, .arguments = "[--] NAME", .min_words = 1, .max_words = 1,  \
        .completes = COMPLETE_OBJECTS, .types = #type_, .run = type_##_##verb_##_run

const Command command_dict_keys = {COMMON(dict, keys), .help = "print the keys, one a line"};
const Command command_dict_values = {COMMON(dict, values), .help = "print the values, one a line"};
const Command command_dict_items = {COMMON(dict, items),
                                    .help = "print the pairs of key and value, one a line"};
const Command command_dict_dump = {
        COMMON(dict, dump),
        .help = "print the contents as a JSON object, a member a line",
        .details =
                "'dict open NAME --create --value=@FILE' makes a dict of it. The dict may be of\n"
                "any size; keys that others add or remove meanwhile may be missing.\n",
};
const Command command_list_dump = {
        COMMON(list, dump),
        .help = "print the contents as a JSON array, an element a line",
        .details =
                "'list open NAME --create --value=@FILE' makes a list of it. The list may be of\n"
                "any size; if others insert or remove elements meanwhile, some may be missing or\n"
                "come twice.\n",
};
const Command command_set_dump = {
        COMMON(set, dump),
        .help = "print the contents as a JSON array, an element a line",
        .details =
                "'set open NAME --create --value=@FILE' makes a set of it. The set may be of any\n"
                "size; elements that others add or remove meanwhile may be missing.\n",
};
