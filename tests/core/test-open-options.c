/* An open whose options contradict the existing object, for every option of every type. The options come from the
 * tables, so a new option is tried without a change here. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "call/call.h"
#include "call/methods.h"
#include "core/core-fixture.h"
#include "open-options.h"
#include "tap-main.h"
#include "types/types.h"

enum { VALUES_MAX = 8, TEXT_MAX = 64 };

/* Values for an option, each different from the others. */
typedef struct Values {
        char texts[VALUES_MAX][TEXT_MAX];
        size_t n;
} Values;

static void add(Values *v, const char *text) {
        ck_assert_uint_lt(v->n, VALUES_MAX);
        snprintf(v->texts[v->n++], TEXT_MAX, "%s", text);
}

static Values values_of(const Arg *arg) {
        Values v = {0};
        char text[TEXT_MAX];

        switch (arg->kind) {
        case ARG_BOOL:
                add(&v, "false");
                add(&v, "true");
                break;
        case ARG_CHOICE:
                for (const char *const *choice = arg->choices; *choice; choice++) {
                        if (arg->agrees && strcmp(*choice, arg->agrees) == 0)
                                continue;
                        snprintf(text, sizeof(text), "'%s'", *choice);
                        add(&v, text);
                }
                break;
        case ARG_NAME:
                add(&v, "'l1'");
                add(&v, "'l2'");
                break;
        case ARG_ARRAY:
                add(&v, "[0,0,0]");
                add(&v, "[0]");
                break;
        case ARG_INT:
                /* The range of the counter must contain 0. */
                add(&v, strcmp(arg->name, "minimum") == 0 ? "-3" : "3");
                add(&v, strcmp(arg->name, "minimum") == 0 ? "-4" : "4");
                break;
        default:
                ck_abort_msg("%s: no values for this kind", arg->name);
        }
        return v;
}

/* Returns the options that an open of this type requires. */
static const char *needed(const MethodRef *ref, const Arg *arg) {
        if (ref->type == &type_array && strcmp(arg->name, "value") != 0 &&
            strcmp(arg->name, "length") != 0)
                return ",'length':3";
        if (ref->type == &type_barrier && strcmp(arg->name, "parties") != 0)
                return ",'parties':3";
        return "";
}

typedef struct Run {
        Fixture f;
        Session *owner, *other;
        unsigned n_checked;
} Run;

static void run_init(Run *r) {
        *r = (Run){0};
        fixture_init(&r->f, NULL);
        core_set_store(&r->f.core, true);
        r->owner = fixture_session(&r->f, 100, 1000, "alpha");
        r->other = fixture_session(&r->f, 200, 2000, "beta");
        json_object_put(fixture_call(r->owner, "lock.open", "{'name':'l1','create':true}"));
        json_object_put(fixture_call(r->owner, "rlock.open", "{'name':'l2','create':true}"));
}

static void run_deinit(Run *r) {
        json_object_put(fixture_call(r->owner, "object.delete", "['l1']"));
        json_object_put(fixture_call(r->owner, "object.delete", "['l2']"));
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
}

static void expect_opened(Session *session, const MethodRef *ref, const char *params) {
        struct json_object *reply = fixture_call(session, ref->name, "%s", params);

        ck_assert_msg(!json_object_get_boolean(json_object_object_get(reply, "created")),
                      "%s %s: it was there", ref->name, params);
        json_object_put(reply);
}

/* Returns the error of the open, which names the option. */
static const char *refusal_of(Session *session, const MethodRef *ref, const Arg *arg,
                              const char *value, const char *more) {
        static char text[4096];
        char params[256];

        snprintf(params, sizeof(params), "{'name':'o','%s':%s%s}", arg->name, value, more);
        fixture_start(session, 1, ref->name, params);
        struct json_object *reply = fixture_receive(session), *error, *data;
        snprintf(text, sizeof(text), "%s", json_object_to_json_string(reply));
        ck_assert_msg(json_object_object_get_ex(reply, "error", &error), "%s %s: %s", ref->name,
                      params, text);
        data = json_object_object_get(error, "data");
        ck_assert_str_eq(json_object_get_string(json_object_object_get(data, "errno")), "EINVAL");
        ck_assert_str_eq(json_object_get_string(json_object_object_get(data, "param")), arg->name);
        json_object_put(reply);
        return text;
}

static void make(Run *r, const MethodRef *ref, const Arg *arg, const char *value) {
        json_object_put(fixture_call(r->owner, ref->name,
                                     "{'name':'o','create':true,'mode':'0602','%s':%s%s}",
                                     arg->name, value, needed(ref, arg)));
}

static void check_pair(Run *r, const MethodRef *ref, const Arg *arg, const char *has,
                       const char *asked) {
        char params[256];

        const char *text = refusal_of(r->owner, ref, arg, asked, "");
        ck_assert_msg(strstr(text, "\"asked\"") && strstr(text, "\"present\""), "%s", text);
        refusal_of(r->owner, ref, arg, asked, ",'create':true,'check':true");
        refusal_of(r->owner, ref, arg, asked, ",'check':null");
        snprintf(params, sizeof(params), "{'name':'o','%s':%s,'check':false}", arg->name, asked);
        expect_opened(r->owner, ref, params);
        /* The object is unchanged. */
        snprintf(params, sizeof(params), "{'name':'o','%s':%s}", arg->name, has);
        expect_opened(r->owner, ref, params);
        r->n_checked++;
}

static void check_option(Run *r, const MethodRef *ref, const Arg *arg) {
        Values v = values_of(arg);

        /* Types that cannot be durable allow only one value. */
        if (strcmp(arg->name, "durable") == 0 && !ref->type->can_be_durable)
                return;
        for (size_t i = 0; i < v.n; i++) {
                make(r, ref, arg, v.texts[i]);
                expect_opened(r->owner, ref, "{'name':'o'}");
                for (size_t k = 0; k < v.n; k++)
                        if (k != i)
                                check_pair(r, ref, arg, v.texts[i], v.texts[k]);
                json_object_put(fixture_call(r->owner, "object.delete", "['o']"));
        }
}

static bool is_open(const MethodRef *ref) {
        return ref->type && ref->method->flags & METHOD_OPENS;
}

START_TEST(test_every_option_of_an_open_has_a_role) {
        Run r;
        unsigned n = 0;

        run_init(&r);
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                for (unsigned i = 0; i < ref->n_args; i++) {
                        const Arg *arg = ref->args[i];
                        ck_assert_msg((arg->role != OPEN_NONE) == is_open(ref),
                                      "%s, %s: say in its table what it means to an object that "
                                      "is there (OpenRole)",
                                      ref->name, arg->name);
                        ck_assert_msg(!arg->get_present == (arg->role != OPEN_FOR_GOOD),
                                      "%s, %s: get_present", ref->name, arg->name);
                        n += arg->role == OPEN_FOR_GOOD;
                }
        }
        ck_assert_uint_gt(n, 30);
        run_deinit(&r);
}
END_TEST

START_TEST(test_every_contradiction_is_refused) {
        Run r;

        run_init(&r);
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                for (unsigned i = 0; i < ref->n_args; i++)
                        if (ref->args[i]->role == OPEN_FOR_GOOD)
                                check_option(&r, ref, ref->args[i]);
        }
        ck_assert_uint_gt(r.n_checked, 60);
        run_deinit(&r);
}
END_TEST

/* A user who may write but not read learns that the option differs, but not its value. */
START_TEST(test_a_refusal_tells_a_writer_nothing) {
        Run r;

        run_init(&r);
        json_object_put(fixture_call(r.owner, "queue.open",
                                     "{'name':'o','create':true,'mode':'0602','maxsize':4711}"));
        const MethodRef *ref = method_find(&r.f.core, "queue.open", strlen("queue.open"));
        const Arg *maxsize = ref->args[ref->n_leading];
        const char *text = refusal_of(r.other, ref, maxsize, "12", "");
        ck_assert_msg(!strstr(text, "4711") && strstr(text, "12"), "%s", text);
        text = refusal_of(r.owner, ref, maxsize, "12", "");
        ck_assert_msg(strstr(text, "4711") && strstr(text, "12"), "%s", text);
        json_object_put(fixture_call(r.owner, "object.delete", "['o']"));
        run_deinit(&r);
}
END_TEST

/* Options that only set the initial state, or that the owner may change later, contradict nothing. */
START_TEST(test_what_may_have_changed_is_ignored) {
        Run r;

        run_init(&r);
        json_object_put(fixture_call(r.owner, "list.open",
                                     "{'name':'o','create':true,'value':[1],'mode':'0600'}"));
        fixture_expect(r.owner, "list.append", "['o',2]", "null");
        json_object_put(fixture_call(r.owner, "list.open",
                                     "{'name':'o','value':[1],'mode':'0666','max_bytes':5}"));
        fixture_expect(r.owner, "list.copy", "['o']", "[1,2]");
        json_object_put(fixture_call(r.owner, "object.delete", "['o']"));
        run_deinit(&r);
}
END_TEST

/* A new object is ephemeral; an existing one is used unchanged, and its other options are compared. */
START_TEST(test_ephemeral_if_new) {
        static const char open[] = "{'name':'o','create':true,'maxsize':3,"
                                   "'lifetime':'ephemeral_if_new'}";
        Run r;

        run_init(&r);
        fixture_expect(r.owner, "queue.open", open,
                       "{'name':'o','created':true,'id':3,'lifetime':'ephemeral'}");
        fixture_expect(r.owner, "queue.open", open,
                       "{'name':'o','created':false,'id':3,'lifetime':'ephemeral'}");
        fixture_expect(r.owner, "object.close", "['o']", "null");
        fixture_expect(r.owner, "object.close", "['o']", "null");
        fixture_work_off(&r.f);
        fixture_expect(r.owner, "object.stat", "['o']", "!ENOENT");
        json_object_put(
                fixture_call(r.owner, "queue.open", "{'name':'o','create':true,'maxsize':3}"));
        fixture_expect(r.owner, "queue.open", open,
                       "{'name':'o','created':false,'id':4,'lifetime':'persistent'}");
        fixture_expect(r.owner, "queue.open",
                       "{'name':'o','maxsize':4,'lifetime':'ephemeral_if_new'}", "!EINVAL");
        fixture_expect(r.owner, "object.delete", "['o']", "null");
        run_deinit(&r);
}
END_TEST

Suite *make_suite(void) {
        TCase *tests = tcase_create("open-options");

        tcase_add_test(tests, test_every_option_of_an_open_has_a_role);
        tcase_add_test(tests, test_every_contradiction_is_refused);
        tcase_add_test(tests, test_ephemeral_if_new);
        tcase_add_test(tests, test_a_refusal_tells_a_writer_nothing);
        tcase_add_test(tests, test_what_may_have_changed_is_ignored);

        Suite *suite = suite_create("open-options");
        suite_add_tcase(suite, tests);
        return suite;
}
