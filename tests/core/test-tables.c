/* Rules for every type and method, checked on the tables themselves. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "call/call.h"
#include "call/methods.h"
#include "core/core-fixture.h"
#include "json/json-text.h"
#include "tap-main.h"

static const char *const samples[] = {
        "null", "true", "0",  "-1",   "1.5", "1e300",      "9223372036854775807",
        "''",   "'x'",  "[]", "[[]]", "{}",  "{'x':null}",
};

/* Returns whether a sample is of a kind; ranges and further rules are checked elsewhere. */
static bool may_be(ArgKind kind, const char *sample) {
        bool is_integer = strspn(sample, "-0123456789") == strlen(sample);
        bool is_number = is_integer || strspn(sample, "-.e0123456789") == strlen(sample);

        if (kind == ARG_ANY || strcmp(sample, "null") == 0)
                return true;
        switch (kind) {
        case ARG_BOOL:
                return strcmp(sample, "true") == 0;
        case ARG_INT:
                return is_integer;
        case ARG_NUMBER:
        case ARG_TIMEOUT:
                return is_number;
        case ARG_ARRAY:
                return sample[0] == '[';
        case ARG_OBJECT:
                return sample[0] == '{';
        case ARG_MODE:
        case ARG_ID:
                return is_integer || sample[0] == '\'';
        default:
                return sample[0] == '\'';
        }
}

/* Returns a value that the argument accepts, so that only the parameter under test is wrong. */
static const char *good_value(const Arg *arg) {
        switch (arg->kind) {
        case ARG_NAME:
                return "'o'";
        case ARG_ANY:
        case ARG_INT:
        case ARG_NUMBER:
        case ARG_TIMEOUT:
        case ARG_ID:
                return "1";
        case ARG_BOOL:
                return "false";
        case ARG_ARRAY:
                return "[]";
        case ARG_OBJECT:
                return "{}";
        case ARG_MODE:
                return "384";
        default:
                return "'x'";
        }
}

static int send_with(Session *session, const MethodRef *ref, unsigned wrong, const char *sample) {
        char params[4096];
        int n = snprintf(params, sizeof(params), "{");

        for (unsigned i = 0; i < ref->n_args; i++) {
                if (i != wrong && ref->args[i]->optional)
                        continue;
                n += snprintf(params + n, sizeof(params) - n, "%s'%s':%s", n > 1 ? "," : "",
                              ref->args[i]->name,
                              i == wrong                         ? sample
                              : ref->args[i]->kind == ARG_CHOICE ? "'?'"
                                                                 : good_value(ref->args[i]));
        }
        snprintf(params + n, sizeof(params) - n, "}");
        fixture_start(session, 1, ref->name, params);
        return 0;
}

static const char *param_at_fault(struct json_object *reply) {
        struct json_object *error, *data, *param;

        if (!json_object_object_get_ex(reply, "error", &error) ||
            !json_object_object_get_ex(error, "data", &data) ||
            !json_object_object_get_ex(data, "param", &param))
                return "";
        return json_object_get_string(param);
}

static bool has_word(const char *text, const char *word) {
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_'";
        size_t n = strlen(word);

        for (const char *at = text; (at = strstr(at, word)); at++)
                if ((at == text || !strchr(letters, at[-1])) && (!at[n] || !strchr(letters, at[n])))
                        return true;
        return false;
}

/* The help program appends the choices from the table to the text, so a text must not list them all
 * again. */
START_TEST(test_no_help_lists_the_choices) {
        unsigned n_checked = 0;
        Fixture f;

        fixture_init(&f, NULL);
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                for (unsigned i = 0; i < ref->n_args; i++) {
                        const Arg *arg = ref->args[i];
                        unsigned n = 0, n_named = 0;
                        for (; arg->choices && arg->choices[n]; n++)
                                n_named += has_word(arg->help, arg->choices[n]);
                        ck_assert_msg(n == 0 || n_named < n, "%s, %s: %s", ref->name, arg->name,
                                      arg->help);
                        n_checked += n > 0;
                }
        }
        ck_assert_uint_gt(n_checked, 10);
        fixture_deinit(&f);
}
END_TEST

/* Every parameter of every method gets every kind of value. A value of the wrong kind is rejected with the
 * parameter's name, before anything is read or changed. */
START_TEST(test_wrong_kinds_are_refused_by_name) {
        Fixture f;
        unsigned n_checked = 0;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                for (unsigned i = 0; i < ref->n_args; i++)
                        for (size_t k = 0; k < ELEMENTSOF(samples); k++) {
                                if (may_be(ref->args[i]->kind, samples[k]))
                                        continue;
                                send_with(session, ref, i, samples[k]);
                                struct json_object *reply = fixture_receive(session);
                                const char *param = param_at_fault(reply);
                                /* An earlier parameter with choices may be refused first. */
                                bool by_choice = false;
                                for (unsigned j = 0; j < i; j++)
                                        by_choice |= ref->args[j]->kind == ARG_CHOICE &&
                                                     strcmp(param, ref->args[j]->name) == 0;
                                ck_assert_msg(by_choice || strcmp(param, ref->args[i]->name) == 0,
                                              "%s, %s = %s: %s", ref->name, ref->args[i]->name,
                                              samples[k], json_object_to_json_string(reply));
                                json_object_put(reply);
                                n_checked++;
                        }
        }
        ck_assert_uint_gt(n_checked, 500);
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* Returns whether the daemon may use the text as a C string, which a U+0000 would cut short. */
static bool is_text(ArgKind kind) {
        return kind == ARG_NAME || kind == ARG_KEY || kind == ARG_STRING || kind == ARG_CHOICE ||
               kind == ARG_MODE;
}

static void expect_nul_refused(Session *session, const MethodRef *ref, unsigned i,
                               const char *text) {
        char sample[64];

        snprintf(sample, sizeof(sample), "'%s\\u0000%s'", text, text);
        send_with(session, ref, i, sample);
        struct json_object *reply = fixture_receive(session);
        ck_assert_msg(strcmp(param_at_fault(reply), ref->args[i]->name) == 0, "%s, %s = %s: %s",
                      ref->name, ref->args[i]->name, sample, json_object_to_json_string(reply));
        json_object_put(reply);
}

/* A valid text followed by U+0000 and more, in every parameter that takes a text. */
START_TEST(test_nul_in_a_text_is_refused_by_name) {
        Fixture f;
        unsigned n_choices = 0, n_modes = 0;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                for (unsigned i = 0; i < ref->n_args; i++) {
                        const Arg *arg = ref->args[i];
                        if (!is_text(arg->kind))
                                continue;
                        if (arg->kind != ARG_CHOICE)
                                expect_nul_refused(session, ref, i,
                                                   arg->kind == ARG_MODE ? "640" : "x");
                        else
                                for (unsigned k = 0; arg->choices[k]; k++, n_choices++)
                                        expect_nul_refused(session, ref, i, arg->choices[k]);
                        n_modes += arg->kind == ARG_MODE;
                }
        }
        ck_assert_uint_gt(n_choices, 0);
        ck_assert_uint_gt(n_modes, 0);
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* Any value in any parameter, on an object that exists: the call returns a result or an error, or
 * waits, and the core stays consistent. */
START_TEST(test_any_value_anywhere_is_answered) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        for (const Type *const *type = types; *type; type++) {
                char open[64];
                snprintf(open, sizeof(open), "%s.open", (*type)->name);
                TABLE_FOREACH (entry, &f.core.methods) {
                        const MethodRef *ref = entry->value;
                        if (ref->type != *type)
                                continue;
                        for (unsigned i = 1; i < ref->n_args; i++)
                                for (size_t k = 0; k < ELEMENTSOF(samples); k++) {
                                        fixture_start(session, 2, open,
                                                      "{'name':'o','create':true}");
                                        send_with(session, ref, i, samples[k]);
                                        fixture_send(session, "{'jsonrpc':'2.0','id':3,'method':"
                                                              "'object.delete','params':['o']}");
                                        unsigned n_replies = 0;
                                        while (fixture_receive_text(session))
                                                n_replies++;
                                        ck_assert_msg(n_replies == 3, "%s, %s = %s: %u replies",
                                                      ref->name, ref->args[i]->name, samples[k],
                                                      n_replies);
                                }
                }
        }
        session_end(session);
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_too_many_and_unknown_parameters_are_refused) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                fixture_expect(session, ref->name, "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
                               "!EINVAL");
                fixture_expect(session, ref->name, "{'no such':1}", "!EINVAL");
        }
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

static bool is_param_required(struct json_object *params, unsigned k) {
        struct json_object *required;

        ck_assert(json_object_object_get_ex(json_object_array_get_idx(params, k), "required",
                                            &required));
        return json_object_get_boolean(required);
}

START_TEST(test_every_method_is_described) {
        Fixture f;
        struct json_object *document, *methods, *value;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        document = fixture_call(session, "rpc.discover", "[]");
        ck_assert(json_object_object_get_ex(document, "openrpc", &value));
        ck_assert(json_object_object_get_ex(document, "info", &value));
        ck_assert(json_object_object_get_ex(document, "methods", &methods));
        ck_assert_uint_eq(json_object_array_length(methods), table_size(&f.core.methods));
        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                struct json_object *method = json_object_array_get_idx(methods, i);
                ck_assert(json_object_object_get_ex(method, "name", &value));
                const MethodRef *ref = method_find(&f.core, json_object_get_string(value),
                                                   json_object_get_string_len(value));
                ck_assert_ptr_nonnull(ref);
                ck_assert(json_object_object_get_ex(method, "summary", &value));
                ck_assert_int_gt(json_object_get_string_len(value), 0);
                ck_assert(json_object_object_get_ex(method, "result", &value));
                ck_assert(json_object_object_get_ex(method, "params", &value));
                ck_assert_uint_eq(json_object_array_length(value), ref->n_args);
                bool optional = false, was_required = true;
                for (unsigned k = 0; k < ref->n_args; k++) {
                        /* OpenRPC demands that no required parameter follows an optional one. */
                        bool is_required = is_param_required(value, k);
                        ck_assert_msg(was_required || !is_required, "%s: %s", ref->name,
                                      ref->args[k]->name);
                        was_required = is_required;
                        ck_assert_msg(ref->args[k]->help && ref->args[k]->help[0],
                                      "%s: %s has no help", ref->name, ref->args[k]->name);
                        /* In positional params, null omits an optional parameter. */
                        ck_assert_msg(!optional || ref->args[k]->optional ||
                                              ref->args[k - 1]->kind != ARG_ANY,
                                      "%s: %s cannot be reached without %s", ref->name,
                                      ref->args[k]->name, ref->args[k - 1]->name);
                        optional = ref->args[k]->optional;
                }
                /* A method has a timeout if and only if it may wait. */
                bool has_timeout = false;
                for (unsigned k = 0; k < ref->n_args; k++)
                        has_timeout |= strcmp(ref->args[k]->name, "timeout_ms") == 0;
                ck_assert_msg(has_timeout == !!(ref->method->flags & METHOD_BLOCKS), "%s",
                              ref->name);
        }
        json_object_put(document);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_every_method_says_its_work) {
        Fixture f;

        fixture_init(&f, NULL);
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                ck_assert_msg(ref->method->work != NULL, "%s", ref->name);
        }
        fixture_deinit(&f);
}
END_TEST

/* State that no snapshot holds would be lost in a restart. */
START_TEST(test_every_type_and_every_wait_can_be_saved) {
        Fixture f;

        fixture_init(&f, NULL);
        for (const Type *const *type = types; *type; type++)
                ck_assert_msg((*type)->save && (*type)->load, "%s", (*type)->name);
        TABLE_FOREACH (entry, &f.core.methods) {
                const MethodRef *ref = entry->value;
                bool keeps_more = ref->method->flags & METHOD_BLOCKS && !ref->type;
                ck_assert_msg(!keeps_more || ref->method->restore, "%s", ref->name);
        }
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("tables");
        TCase *c = tcase_create("tables");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_wrong_kinds_are_refused_by_name);
        tcase_add_test(c, test_no_help_lists_the_choices);
        tcase_add_test(c, test_nul_in_a_text_is_refused_by_name);
        tcase_add_test(c, test_any_value_anywhere_is_answered);
        tcase_add_test(c, test_too_many_and_unknown_parameters_are_refused);
        tcase_add_test(c, test_every_method_is_described);
        tcase_add_test(c, test_every_method_says_its_work);
        tcase_add_test(c, test_every_type_and_every_wait_can_be_saved);
        suite_add_tcase(suite, c);
        return suite;
}
