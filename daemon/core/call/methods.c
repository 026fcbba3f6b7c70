/* The methods by name, gathered from the tables of types and services. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "call/methods.h"
#include "core-state.h"
#include "object.h"
#include "open.h"

static const Arg name_args[] = {
        {.name = "name", .kind = ARG_NAME, .help = "the object's name"},
        {0},
};

static void ref_add_args(MethodRef *ref, const Arg *args) {
        for (; args && args->name; args++) {
                assert(ref->n_args < ARGS_MAX);
                if (!args->optional)
                        ref->required |= UINT32_C(1) << ref->n_args;
                ref->args[ref->n_args++] = args;
        }
}

/* For an open one of the bits is enough, and it checks that itself. The methods of a type without
 * holds that give back concern only entries of the session itself, found by their ids, so they need
 * no bits. */
static unsigned access_of(const Type *type, const Method *method) {
        if (!type || method->flags & METHOD_OPENS)
                return 0;
        if (method->flags & METHOD_GIVES_BACK && !type->owner_gone)
                return 0;
        if (!(method->flags & METHOD_WRITES))
                return ACCESS_READ;
        return method->flags & METHOD_READS ? ACCESS_READ | ACCESS_WRITE : ACCESS_WRITE;
}

static int method_register(Core *core, const Type *type, const Service *service,
                           const Method *method) {
        const char *family = type ? type->name : service->name;
        MethodRef *ref = calloc(1, sizeof(*ref));

        if (!ref)
                return -ENOMEM;
        *ref = (MethodRef){.method = method, .type = type, .service = service};
        ref->access = access_of(type, method);
        if (method->flags & METHOD_OPENS)
                ref_add_args(ref, method->args);
        else if (type)
                ref_add_args(ref, name_args);
        ref->n_leading = ref->n_args;
        ref_add_args(ref, method->flags & METHOD_OPENS ? type->open_args : method->args);
        if (method->flags & METHOD_OPENS)
                ref_add_args(ref, open_last_args);

        int n = asprintf(&ref->name, "%s.%s", family, method->name), r = -ENOMEM;
        if (n >= 0) {
                ref->n_name = (size_t)n;
                r = table_add(&core->methods, ref->name, ref->n_name, ref);
        }
        if (r < 0) {
                free(ref->name);
                free(ref);
        }
        return r;
}

int methods_init(Core *core) {
        int r = 0;

        for (const Service *const *service = services; *service && r == 0; service++)
                for (const Method *m = (*service)->methods; m->name && r == 0; m++)
                        r = method_register(core, NULL, *service, m);
        for (const Type *const *type = types; *type && r == 0; type++) {
                r = method_register(core, *type, NULL, &open_method);
                for (const Method *m = (*type)->methods; m->name && r == 0; m++)
                        r = method_register(core, *type, NULL, m);
        }
        return r;
}

void methods_deinit(Core *core) {
        TABLE_FOREACH (entry, &core->methods) {
                MethodRef *ref = entry->value;
                free(ref->name);
                free(ref);
        }
        table_deinit(&core->methods);
        core->known_methods = (Memo){0};
}

/* Names that JSON-RPC libraries send on their own when their caller cancels a call. They are not
 * described. */
static const struct {
        const char *name, *method;
} aliases[] = {
        {"$/cancelRequest", "session.cancel"}, /* of the Language Server Protocol */
};

static MethodRef *find_alias(Core *core, const char *name, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(aliases); i++)
                if (strlen(aliases[i].name) == n && memcmp(aliases[i].name, name, n) == 0)
                        return table_get(&core->methods, aliases[i].method,
                                         strlen(aliases[i].method));
        return NULL;
}

/* No family has a _ in its name, so the first _ ends the family. */
static MethodRef *find_identifier(Core *core, const char *name, size_t n) {
        char dotted[METHOD_NAME_MAX];
        const char *gap = memchr(name, '_', n);

        if (!gap || n > sizeof(dotted))
                return NULL;
        memcpy(dotted, name, n);
        dotted[gap - name] = '.';
        return table_get(&core->methods, dotted, n);
}

MethodRef *method_find(Core *core, const char *name, size_t n) {
        void **slot = memo_slot(&core->known_methods, name, n);
        MethodRef *ref = *slot;

        if (ref && ref->n_name == n && memcmp(ref->name, name, n) == 0)
                return ref;
        ref = table_get(&core->methods, name, n);
        if (ref)
                return *slot = ref;
        ref = find_alias(core, name, n);
        return ref ? ref : find_identifier(core, name, n);
}
