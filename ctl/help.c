/* Help about methods, made from their table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "command.h"
#include "help.h"
#include "json/json-text.h"
#include "status.h"
#include "text-table.h"

static const char *verb_of(const MethodInfo *method) {
        return method->name + method->n_family + 1;
}

/* The number of bytes of a name that the help shows: without _ms, since the command line takes a
 * time in any unit. */
static int name_width(const ParamInfo *param) {
        return (int)strlen(param->name) - (discover_is_time(param) ? 3 : 0);
}

/* Appends the parameters; optional ones only if they are few. */
static int append_synopsis(Buffer *b, const MethodInfo *method) {
        size_t n_optional = 0;
        ParamInfo param;
        int r = buffer_append_string(b, verb_of(method));

        for (size_t i = 0; i < discover_n_params(method) && r == 0; i++) {
                discover_param(method, i, &param);
                if (param.is_required)
                        r = buffer_append_format(b, " %.*s", name_width(&param), param.name);
                else if (n_optional++ < 3)
                        r = buffer_append_format(b, " [%.*s]", name_width(&param), param.name);
        }
        return r == 0 && n_optional > 3 ? buffer_append_string(b, " ...") : r;
}

static int add_row(TextTable *table, Buffer *left, const char *help) {
        int r = text_table_add_bytes(table, buffer_bytes(left), buffer_size(left));

        return r < 0 ? r : text_table_add(table, help);
}

static int add_method(TextTable *table, const MethodInfo *method) {
        CLEANUP(buffer_deinit) Buffer left = {0};
        int r = append_synopsis(&left, method);

        return r < 0 ? r : add_row(table, &left, method->help);
}

static int add_command(TextTable *table, const Command *command) {
        CLEANUP(buffer_deinit) Buffer left = {0};
        int r = buffer_append_format(&left, "%s %s", command->verb, command->arguments);

        return r < 0 ? r : add_row(table, &left, command->help);
}

/* Fills the table with the methods of a family, and the commands among them. A method with the name
 * of a command is left out, since the command is run. */
static int fill_family(TextTable *table, struct json_object *methods, const char *family) {
        MethodInfo method;
        int r = 0;

        for (size_t i = 0; i < json_object_array_length(methods) && r == 0; i++)
                if (discover_method(methods, i, &method) &&
                    discover_is_of_family(&method, family) &&
                    !command_find(family, verb_of(&method)))
                        r = add_method(table, &method);
        for (const Command *const *c = commands; *c && r == 0; c++)
                if ((*c)->verb && strcmp((*c)->name, family) == 0)
                        r = add_command(table, *c);
        return r;
}

static int print_verbs(struct json_object *methods, const char *family) {
        CLEANUP(text_table_deinit) TextTable table = {.n_columns = 2, .indent = 2};
        int r = fill_family(&table, methods, family);

        if (r == 0)
                text_table_print(&table);
        return r;
}

/* Returns the text of a family. If a type and a service share a name, as lock does with
 * acquire_many, it is that of the type. */
static const char *family_help(struct json_object *methods, const char *family) {
        const char *of_service = "";
        MethodInfo method;

        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                if (!discover_method(methods, i, &method) ||
                    !discover_is_of_family(&method, family))
                        continue;
                if (method.is_of_type)
                        return method.family_help;
                of_service = method.family_help;
        }
        return of_service;
}

int help_print_family(struct json_object *methods, const char *family) {
        printf("Usage: shmgrctl [OPTION...] %s VERB [ARG...]\n%s: %s.\n\n", family, family,
               family_help(methods, family));
        int r = print_verbs(methods, family);
        printf("\nshmgrctl %s VERB --help tells more about one.\n", family);
        return r;
}

int help_print_methods(struct json_object *methods) {
        MethodInfo method;
        size_t n_previous = 0;
        const char *previous = NULL;

        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                if (!discover_method(methods, i, &method))
                        continue;
                if (previous && method.n_family == n_previous &&
                    memcmp(previous, method.name, n_previous) == 0)
                        continue;
                CLEANUP(freep) char *family = strndup(method.name, method.n_family);
                if (!family)
                        return -ENOMEM;
                printf("%s%s: %s\n", previous ? "\n" : "", family, family_help(methods, family));
                int r = print_verbs(methods, family);
                if (r < 0)
                        return r;
                previous = method.name;
                n_previous = method.n_family;
        }
        return 0;
}

static int append_choices(Buffer *b, struct json_object *choices) {
        size_t n = json_object_array_length(choices);
        int r = buffer_append_string(b, "; one of ");

        for (size_t i = 0; i < n && r == 0; i++)
                r = buffer_append_format(
                        b, "%s%s",
                        i == 0      ? ""
                        : i + 1 < n ? ", "
                                    : " or ",
                        json_object_get_string(json_object_array_get_idx(choices, i)));
        return r;
}

static int append_fallback(Buffer *b, struct json_object *fallback) {
        int r = buffer_append_string(b, " (default: ");

        if (r == 0)
                r = json_write(b, fallback);
        return r < 0 ? r : buffer_append_string(b, ")");
}

static int add_param(TextTable *table, const ParamInfo *param) {
        CLEANUP(buffer_deinit) Buffer help = {0};
        int r = buffer_append_string(&help, param->help);

        if (r == 0 && param->choices)
                r = append_choices(&help, param->choices);
        if (r == 0 && param->fallback)
                r = append_fallback(&help, param->fallback);
        if (r == 0)
                r = text_table_add_bytes(table, param->name, (size_t)name_width(param));
        if (r == 0)
                r = text_table_add(table,
                                   discover_is_time(param) ? "time" : param_kind_name(param->kind));
        if (r == 0)
                r = text_table_add_bytes(table, buffer_bytes(&help), buffer_size(&help));
        return r;
}

int help_print_method(const MethodInfo *method) {
        CLEANUP(text_table_deinit) TextTable table = {.n_columns = 3, .indent = 2};
        CLEANUP(buffer_deinit) Buffer synopsis = {0};
        ParamInfo param;
        int r = append_synopsis(&synopsis, method);

        for (size_t i = 0; i < discover_n_params(method) && r == 0; i++) {
                discover_param(method, i, &param);
                r = add_param(&table, &param);
        }
        if (r < 0)
                return r;
        printf("Usage: shmgrctl [OPTION...] %.*s %.*s\n%s.\n", (int)method->n_family, method->name,
               (int)buffer_size(&synopsis), buffer_bytes(&synopsis), method->help);
        if (discover_n_params(method) > 0)
                printf("\nArguments, in this order or as --NAME=VALUE:\n");
        text_table_print(&table);
        return 0;
}

void help_hint(const char *method) {
        if (strcmp(method, "lock.acquire") == 0)
                status_note(
                        "the lock is free again: a session releases what it holds when it ends; "
                        "see 'shmgrctl lock run --help'");
}
