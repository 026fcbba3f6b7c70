/* Compares the options of an open with an existing object. */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "call/call.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "object.h"
#include "open-options.h"

static int present(struct json_object *value, struct json_object **ret) {
        *ret = value;
        return value ? 0 : -ENOMEM;
}

int present_int(int64_t value, struct json_object **ret) {
        return present(json_object_new_int64(value), ret);
}

int present_bool(bool value, struct json_object **ret) {
        return present(json_object_new_boolean(value), ret);
}

int present_string(const char *value, struct json_object **ret) {
        return present(json_object_new_string(value), ret);
}

/* For an array, returns its length. */
static int get_asked(const Call *call, unsigned i, struct json_object **ret) {
        if (value_is(&call->values[i], JSON_ARRAY))
                return present_int((int64_t)call_length(call, i - call->ref->n_leading), ret);
        return value_build(&call->values[i], ret);
}

/* Formats a value for a message. The text lives as long as one of call_quote(). */
static const char *show(struct json_object *value) {
        const char *text = value ? json_object_to_json_string(value) : NULL;

        if (json_object_is_type(value, json_type_string))
                text = json_object_get_string(value);
        return text ? call_quote(text, strlen(text)) : "none";
}

/* All users may see the lifetime; the other options need the read bit. */
static bool may_know(const Call *call, const Object *object, unsigned i) {
        return i < call->ref->n_leading || object_allows(object, call->session, ACCESS_READ);
}

static int refuse(Call *call, const Object *object, unsigned i, struct json_object *asked,
                  struct json_object *has) {
        const char *param = call->ref->args[i]->name;
        const char *name = call_quote(object->name, strlen(object->name));

        if (!may_know(call, object, i))
                return call_refuse_arg(call, param,
                                       "%s: %s was asked for, but %s has another value; omit it, "
                                       "or pass 'check' false, to use the object as it is",
                                       param, show(asked), name);
        call_refuse_arg(call, param,
                        "%s: %s was asked for, but %s has %s; omit it, or pass 'check' false, to "
                        "use the object as it is",
                        param, show(asked), name, show(has));
        call_add_data(call, "asked", json_object_get(asked));
        if (has)
                call_add_data(call, "present", json_object_get(has));
        return OUTCOME_REFUSED;
}

static int check_option(Call *call, const Object *object, unsigned i) {
        CLEANUP(json_putp) struct json_object *asked = NULL;
        CLEANUP(json_putp) struct json_object *has = NULL;

        int r = get_asked(call, i, &asked);
        if (r == 0)
                r = call->ref->args[i]->get_present(object, &has);
        if (r < 0)
                return r;
        return has && json_object_equal(asked, has) ? OUTCOME_DONE
                                                    : refuse(call, object, i, asked, has);
}

int open_check_options(Call *call, const Object *object) {
        int r = OUTCOME_DONE;

        for (unsigned i = 0; i < call->ref->n_args && r == OUTCOME_DONE; i++) {
                const Arg *arg = call->ref->args[i];
                bool agrees = arg->agrees && value_is_text(&call->values[i], arg->agrees);
                if (arg->role == OPEN_FOR_GOOD && call->present & 1u << i && !agrees)
                        r = check_option(call, object, i);
        }
        return r;
}
