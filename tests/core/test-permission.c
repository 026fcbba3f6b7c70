/* Mode bits: each method needs those that its table names, and no other method reveals what they deny. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "call/call.h"
#include "call/methods.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "object.h"
#include "session.h"
#include "tap-main.h"
#include "types/types.h"

/* Methods that change the object and return some of its contents, or compare a given value with them. */
static const char *const reads_and_writes[] = {
        "array.add",     "counter.add",  "counter.cas",     "dict.add",  "dict.cas",
        "dict.pop",      "dict.popitem", "dict.setdefault", "list.add",  "list.cas",
        "list.pop",      "list.remove",  "namespace.add",   "queue.get", "queue.get_many",
        "queue.reserve", "set.add",      "set.discard",     "set.pop",   "set.remove",
        "value.add",     "value.cas",    "value.exchange",
};

/* Methods that give back something by an id or an end that belongs to the session itself. */
static const char *const needs_nothing[] = {"pipe.close", "queue.ack", "queue.nack"};

/* Methods of these types need only the write bit: they return the state of the caller's own turn. */
static const char *const turns[] = {"barrier", "condition", "event",    "lock",
                                    "rlock",   "rwlock",    "semaphore"};

static bool is_among(const char *const *names, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

#define IS_AMONG(names, name) is_among(names, ELEMENTSOF(names), name)

static bool belongs_to_object(const MethodRef *ref) {
        return ref->type && !(ref->method->flags & METHOD_OPENS);
}

static unsigned needed_bits(const MethodRef *ref) {
        if (IS_AMONG(needs_nothing, ref->name))
                return 0;
        if (IS_AMONG(reads_and_writes, ref->name))
                return ACCESS_READ | ACCESS_WRITE;
        return ref->method->flags & METHOD_WRITES ? ACCESS_WRITE : ACCESS_READ;
}

static const char *good_value(const Arg *arg) {
        static char choice[64];

        switch (arg->kind) {
        case ARG_NAME:
                return "'o'";
        case ARG_BOOL:
                return "false";
        case ARG_ARRAY:
                return "[]";
        case ARG_OBJECT:
                return "{}";
        case ARG_CHOICE:
                snprintf(choice, sizeof(choice), "'%s'", arg->choices[0]);
                return choice;
        case ARG_STRING:
        case ARG_KEY:
                return "'x'";
        default:
                return "1";
        }
}

/* Writes the required arguments, and a timeout of 0 if the method may wait. */
static const char *make_params(const MethodRef *ref) {
        static char params[1024];
        size_t n = 0;

        for (unsigned i = 0; i < ref->n_args; i++) {
                const Arg *arg = ref->args[i];
                bool is_timeout = arg->kind == ARG_TIMEOUT;
                if (arg->optional && !is_timeout)
                        continue;
                n += snprintf(params + n, sizeof(params) - n, "%s'%s':%s", n ? "," : "{", arg->name,
                              is_timeout ? "0" : good_value(arg));
        }
        snprintf(params + n, sizeof(params) - n, "}");
        return params;
}

static const char *error_of(Session *session, const MethodRef *ref) {
        return fixture_call_error(session, ref->name, "%s", make_params(ref));
}

typedef struct Run {
        Fixture f;
        Session *owner, *other, *root;
} Run;

static void run_init(Run *r) {
        fixture_init(&r->f, NULL);
        r->owner = fixture_session(&r->f, 100, 1000, "alpha");
        r->other = fixture_session(&r->f, 200, 2000, "beta");
        r->root = fixture_session(&r->f, 300, 0, "root");
        r->f.core.uid = 500;
}

static void run_deinit(Run *r) {
        session_end(r->owner);
        session_end(r->other);
        session_end(r->root);
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
}

/* Returns the options that an open of this type requires. */
static const char *open_params(const Type *type) {
        return type == &type_array     ? ",'length':3"
               : type == &type_barrier ? ",'parties':2"
               : type == &type_pipe    ? ",'end':'writer'"
                                       : "";
}

static void make_object(Run *r, const Type *type, unsigned mode) {
        char open[64];

        snprintf(open, sizeof(open), "%s.open", type->name);
        json_object_put(fixture_call(r->root, open, "{'name':'o','create':true,'mode':%u%s}", mode,
                                     open_params(type)));
        json_object_put(fixture_call(r->root, "object.chown", "['o',1000,1000]"));
}

static void delete_object(Run *r) {
        json_object_put(fixture_call(r->root, "object.delete", "['o']"));
}

static char *stat_text(Session *session) {
        struct json_object *stat = fixture_call(session, "object.stat", "['o']");
        char *text = strdup(json_object_to_json_string(stat));

        ck_assert_ptr_nonnull(text);
        json_object_put(stat);
        return text;
}

/* Tries one method under all bits of a class of users. A refused call must have changed nothing. */
static void check_method(Run *r, const MethodRef *ref, Session *session, unsigned shift) {
        unsigned needed = needed_bits(ref);

        for (unsigned bits = 0; bits <= 7; bits++) {
                make_object(r, ref->type, bits << shift);
                char *before = stat_text(r->root);
                bool is_denied = strcmp(error_of(session, ref), "EACCES") == 0;
                char *after = stat_text(r->root);
                ck_assert_msg(is_denied == ((bits & needed) != needed), "%s with bits %u: %s",
                              ref->name, bits, is_denied ? "denied" : "allowed");
                ck_assert_msg(!is_denied || strcmp(before, after) == 0, "%s: %s, not %s", ref->name,
                              after, before);
                free(before);
                free(after);
                delete_object(r);
        }
}

START_TEST(test_methods_need_their_bits) {
        unsigned n = 0;
        Run r;

        run_init(&r);
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                if (!belongs_to_object(ref))
                        continue;
                check_method(&r, ref, r.other, 0);
                check_method(&r, ref, r.owner, 6);
                n++;
        }
        ck_assert_uint_gt(n, 100);
        run_deinit(&r);
}
END_TEST

START_TEST(test_root_needs_no_bits) {
        Run r;

        run_init(&r);
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                if (!belongs_to_object(ref))
                        continue;
                make_object(&r, ref->type, 0);
                ck_assert_msg(strcmp(error_of(r.root, ref), "EACCES") != 0, "%s", ref->name);
                delete_object(&r);
        }
        run_deinit(&r);
}
END_TEST

/* A new method that changes an object and returns something must have METHOD_READS. */
START_TEST(test_what_changes_and_returns_needs_both) {
        Run r;

        run_init(&r);
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                if (!belongs_to_object(ref) || IS_AMONG(turns, ref->type->name) ||
                    !(ref->method->flags & METHOD_WRITES))
                        continue;
                bool returns = strcmp(ref->method->result, NULL_SCHEMA) != 0;
                ck_assert_msg(!returns || needed_bits(ref) == (ACCESS_READ | ACCESS_WRITE), "%s",
                              ref->name);
        }
        for (size_t i = 0; i < ELEMENTSOF(reads_and_writes); i++) {
                const char *name = reads_and_writes[i];
                ck_assert_msg(method_find(&r.f.core, name, strlen(name)), "%s", name);
        }
        run_deinit(&r);
}
END_TEST

/* Methods that act on the daemon. Other users get the error before the method runs, and the log gets a line. */
START_TEST(test_operators_alone) {
        static const char *const names[] = {"server.restart", "server.resume"};
        Run r;

        run_init(&r);
        r.f.core.uid = r.other->peer.uid;
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                bool is_flagged = ref->method->flags & METHOD_OPERATES;
                ck_assert_msg(is_flagged == IS_AMONG(names, ref->name), "%s", ref->name);
        }
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                r.f.core.uid = r.other->peer.uid + 1;
                ck_assert_str_eq(fixture_call_error(r.other, names[i], "[]"), "EACCES");
        }
        ck_assert(!core_take_restart(&r.f.core));
        r.f.core.uid = r.other->peer.uid;
        fixture_expect(r.other, "server.resume", "[]", "false");
        fixture_expect(r.root, "server.resume", "[]", "false");
        run_deinit(&r);
}
END_TEST

START_TEST(test_discover_tells_the_bits) {
        static const char *const texts[] = {"", "w", "r", "rw"};
        struct json_object *document, *methods, *value;
        Run r;

        run_init(&r);
        document = fixture_call(r.other, "rpc.discover", "[]");
        ck_assert(json_object_object_get_ex(document, "methods", &methods));
        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                struct json_object *method = json_object_array_get_idx(methods, i);
                ck_assert(json_object_object_get_ex(method, "name", &value));
                const char *name = json_object_get_string(value);
                const MethodRef *ref = method_find(&r.f.core, name, strlen(name));
                bool is_told = json_object_object_get_ex(method, "x-permission", &value);
                ck_assert_msg(is_told == belongs_to_object(ref), "%s", name);
                if (is_told)
                        ck_assert_msg(strcmp(json_object_get_string(value),
                                             texts[needed_bits(ref) / 2]) == 0,
                                      "%s: %s", name, json_object_get_string(value));
        }
        json_object_put(document);
        run_deinit(&r);
}
END_TEST

static const char *const told_to_all[] = {"name", "type",     "id",      "uid",        "gid",
                                          "mode", "lifetime", "durable", "created_ms", "readable"};

static void check_told(struct json_object *told, const char *type, bool may_read) {
        size_t n = 0;

        ck_assert_int_eq(json_object_get_boolean(json_object_object_get(told, "readable")),
                         may_read);
        json_object_object_foreach (told, key, value) {
                bool is_for_all = IS_AMONG(told_to_all, key);
                ck_assert_msg(may_read || is_for_all, "%s tells %s: %s", type, key,
                              json_object_to_json_string(value));
                n += is_for_all;
        }
        ck_assert_uint_eq(n, ELEMENTSOF(told_to_all));
}

static struct json_object *list_one(Session *session) {
        struct json_object *list = fixture_call(session, "object.list", "[]");

        ck_assert_uint_eq(json_object_array_length(list), 1);
        struct json_object *one = json_object_get(json_object_array_get_idx(list, 0));
        json_object_put(list);
        return one;
}

static size_t n_members(struct json_object *put) {
        size_t n = json_object_object_length(put);

        json_object_put(put);
        return n;
}

/* object.list and object.stat show every user that the object exists, and the rest only to users who may
 * read it. */
START_TEST(test_stat_and_list) {
        Run r;

        run_init(&r);
        for (const Type *const *type = types; *type; type++)
                for (unsigned bits = 0; bits <= 7; bits++) {
                        bool may_read = bits & ACCESS_READ;
                        make_object(&r, *type, 0600 | bits);
                        struct json_object *stat = fixture_call(r.other, "object.stat", "['o']");
                        struct json_object *list = list_one(r.other);
                        check_told(stat, (*type)->name, may_read);
                        check_told(list, (*type)->name, may_read);
                        if (may_read) {
                                ck_assert_uint_eq(
                                        json_object_object_length(stat),
                                        n_members(fixture_call(r.root, "object.stat", "['o']")));
                                ck_assert_uint_eq(json_object_object_length(list),
                                                  n_members(list_one(r.root)));
                                ck_assert(json_object_object_get_ex(stat, "holders", NULL));
                                ck_assert(json_object_object_get_ex(list, "bytes", NULL));
                        }
                        json_object_put(stat);
                        json_object_put(list);
                        delete_object(&r);
                }
        run_deinit(&r);
}
END_TEST

#define X8   "xxxxxxxx"
#define X64  X8 X8 X8 X8 X8 X8 X8 X8
#define X512 X64 X64 X64 X64 X64 X64 X64 X64

/* The text of a refusal depends on the error alone: without the read bit, a caller cannot distinguish two
 * states of an object in which a call fails with an equal errno. */
START_TEST(test_refusals_tell_no_state) {
        static const struct {
                const char *type, *first, *second, *method, *params, *error;
        } rows[] = {
                {"counter", "'value':3,'maximum':9", "'value':4,'maximum':9", "counter.set",
                 "['o',99]", "ERANGE"},
                {"list", "'value':[1]", "'value':[1,2]", "list.set", "['o',7,0]", "ERANGE"},
                {"list", "'value':[1,'x']", "'value':[null,{}]", "list.sort", "['o']", "EINVAL"},
                {"array", "'value':[1]", "'value':[1,2]", "array.set", "['o',7,0]", "ERANGE"},
                {"value", "'value':1,'max_bytes':500", "'value':'" X64 "','max_bytes':500",
                 "value.set", "['o','" X512 "']", "EDQUOT"},
        };
        Run r;

        run_init(&r);
        for (unsigned mode = 2; mode <= 6; mode += 4) {
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        char *texts[2], open[64], error[64];
                        snprintf(open, sizeof(open), "%s.open", rows[i].type);
                        snprintf(error, sizeof(error), "\"errno\":\"%s\"", rows[i].error);
                        for (int k = 0; k < 2; k++) {
                                json_object_put(fixture_call(
                                        r.owner, open, "{'name':'o','create':true,'mode':%u,%s}",
                                        mode, k ? rows[i].second : rows[i].first));
                                fixture_start(r.other, 1, rows[i].method, rows[i].params);
                                texts[k] = strdup(fixture_receive_text(r.other));
                                ck_assert_msg(strstr(texts[k], error), "%s", texts[k]);
                                delete_object(&r);
                        }
                        /* With the read bit the texts name the state, so they differ. */
                        ck_assert_msg((strcmp(texts[0], texts[1]) == 0) == (mode == 2), "%s / %s",
                                      texts[0], texts[1]);
                        free(texts[0]);
                        free(texts[1]);
                }
        }
        run_deinit(&r);
}
END_TEST

/* A dead process has poisoned the lock o and broken the barrier b; another one owns the lock p. The conditions, which all may
 * read, use these locks. */
static void begin_names(Run *r, unsigned mode, Session **ret_holder) {
        Session *victim = fixture_session(&r->f, 400, 0, "victim");
        Session *holder = fixture_session(&r->f, 500, 0, "victim");

        for (const char *name = "op"; *name; name++) {
                Session *session = *name == 'o' ? victim : holder;
                json_object_put(fixture_call(
                        session, "lock.open",
                        "{'name':'%c','create':true,'mode':%u,'on_owner_death':'poison'}", *name,
                        mode));
                json_object_put(fixture_call(session, "lock.acquire", "['%c']", *name));
                json_object_put(
                        fixture_call(session, "condition.open",
                                     "{'name':'condition_%c','create':true,'mode':6,'lock':'%c'}",
                                     *name, *name));
        }
        json_object_put(fixture_call(victim, "barrier.open",
                                     "{'name':'b','create':true,'mode':%u,'parties':2}", mode));
        json_object_put(fixture_call(victim, "barrier.abort", "['b']"));
        session_end(victim);
        *ret_holder = holder;
}

static void expect_names(Run *r, unsigned mode, const char *line, const char *error) {
        static const char *const names[] = {"condition_o", "condition_p", "o", "p", "b"};
        Session *holder;

        begin_names(r, mode, &holder);
        fixture_send(r->other, "%s", line);
        const char *text = fixture_receive_text(r->other);
        ck_assert_msg(strstr(text, error), "%s", text);
        /* With the read bit the error names the process. */
        ck_assert_msg((strstr(text, "victim") != NULL) == (mode == 6), "%s", text);
        session_end(holder);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                json_object_put(fixture_call(r->root, "object.delete", "['%s']", names[i]));
}

/* The data of an error hold no more of an object's state than its text. */
START_TEST(test_refusals_name_nobody) {
#define CALL(method, params) "{'jsonrpc':'2.0','method':'" method "','params':" params ",'id':1}"
        Run r;

        run_init(&r);
        for (unsigned mode = 2; mode <= 6; mode += 4) {
                expect_names(&r, mode, CALL("lock.acquire", "['o']"), "ENOTRECOVERABLE");
                expect_names(&r, mode, CALL("lock.acquire_many", "[['o']]"), "ENOTRECOVERABLE");
                expect_names(&r, mode, CALL("lock.acquire_many", "[['o']]"), "\"object\":\"o\"");
                expect_names(&r, mode, CALL("barrier.wait", "['b']"), "EPIPE");
                expect_names(&r, mode, CALL("condition.acquire", "['condition_o']"),
                             "ENOTRECOVERABLE");
                expect_names(&r, mode, CALL("condition.notify", "['condition_p']"), "EPERM");
        }
        run_deinit(&r);
#undef CALL
}
END_TEST

/* The error of a call with too much work would reveal the size of the object by the number of steps. */
START_TEST(test_refused_work_tells_no_size) {
        Run r;

        run_init(&r);
        make_object(&r, &type_list, 0602);
        json_object_put(fixture_call(r.owner, "list.extend", "['o',[1,2,3]]"));
        json_object_put(fixture_call(r.owner, "list.repeat", "['o',1000]"));
        r.f.core.limits.call_work = 10;
        fixture_start(r.other, 1, "list.sort", "['o']");
        const char *text = fixture_receive_text(r.other);
        ck_assert_msg(strstr(text, "\"errno\":\"EDQUOT\",\"max_work\":10}"), "%s", text);
        ck_assert_msg(!strstr(text, "steps"), "%s", text);
        json_object_put(fixture_call(r.owner, "object.chmod", "['o','0606']"));
        fixture_start(r.other, 1, "list.sort", "['o']");
        text = fixture_receive_text(r.other);
        ck_assert_msg(strstr(text, "\"errno\":\"EDQUOT\",\"work\":"), "%s", text);
        delete_object(&r);
        run_deinit(&r);
}
END_TEST

static const Scenario scenarios[] = {
        {"a mailbox: all may put, and none but its owner gets",
         "a: queue.open {'name':'q','create':true,'mode':'0602'} -> *\n"
         "x: queue.open ['q'] -> *\n"
         "x: queue.put ['q','letter'] -> null\n"
         "x: queue.put_many ['q',[1,2]] -> null\n"
         "x: queue.get ['q'] -> !EACCES~read and change\n"
         "x: queue.reserve ['q'] -> !EACCES\n"
         "x: queue.peek ['q'] -> !EACCES\n"
         "x: queue.size ['q'] -> !EACCES\n"
         "a: queue.get_many ['q',10] -> ['letter',1,2]\n"},
        {"a reader takes nothing", "a: queue.open {'name':'q','create':true,'mode':'0604'} -> *\n"
                                   "a: queue.put ['q',1] -> null\n"
                                   "x: queue.peek ['q'] -> 1\n"
                                   "x: queue.get ['q'] -> !EACCES\n"
                                   "x: queue.put ['q',2] -> !EACCES\n"
                                   "a: queue.size ['q'] -> 1\n"},
        {"a reserved item is given back whatever the bits say",
         "a: queue.open {'name':'q','create':true,'mode':'0606'} -> *\n"
         "a: queue.put ['q',1] -> null\n"
         "x: queue.reserve ['q'] -> *\n"
         "a: object.chmod ['q','0600'] -> null\n"
         "x: queue.nack ['q',1] -> null\n"
         "a: queue.get ['q'] -> 1\n"},
        {"a get that waits ends with the read bit",
         "a: queue.open {'name':'q','create':true,'mode':'0606'} -> *\n"
         "x#1: queue.get ['q']\n"
         "a: object.chmod ['q','0602'] -> null\n"
         "a: queue.put ['q',1] -> null\n"
         "x#1 = !EACCES\n"
         "a: queue.get ['q'] -> 1\n"},
        {"waits tell of objects that may not be read nothing but the session's own part",
         "a: lock.open {'name':'l','create':true,'mode':'0602'} -> *\n"
         "a: lock.open {'name':'m','create':true,'mode':'0604'} -> *\n"
         "a: lock.acquire ['l'] -> *\n"
         "a: lock.acquire ['m'] -> *\n"
         "x: server.waits -> ~'session':1,'holds':[{'name':'m','type':'lock',\n"
         "b#5: lock.acquire ['l']\n"
         "x: server.waits -> "
         "{'sessions':[{'pid':100,'uid':1000,'comm':'alpha','session':1,'holds':[{'name':'m','type'"
         ":'lock','n':1,'held_ms':0,'token':2}],'waits':[]}],'edges':[],'truncated':false}\n"
         "c: server.waits -> ~'edges':[{'from':2,'to':1,'name':'l','type':'lock','why':'holds'}]\n"
         "r: server.waits -> ~'edges':[{'from':2,'to':1,'name':'l','type':'lock','why':'holds'}]\n"
         "a: lock.release ['l'] -> null\n"
         "b#5 = *\n"
         "b: lock.release ['l'] -> null\n"
         "x: lock.acquire ['l'] -> *\n"
         "x: server.waits -> ~'holds':[{'name':'l','type':'lock','n':1,\n"
         "a: lock.release ['m'] -> null\n"
         "x: lock.release ['l'] -> null\n"
         "x: server.waits -> {'sessions':[],'edges':[],'truncated':false}\n"},
        {"a wait for several is told with the names that may be read",
         "a: event.open {'name':'e','create':true,'mode':'0600'} -> *\n"
         "a: event.open {'name':'f','create':true,'mode':'0604'} -> *\n"
         "a#5: object.wait_any [[{'event':'e'},{'event':'f'}]]\n"
         "x: server.waits -> ~'names':['f']\n"
         "a: server.waits -> ~'names':['e','f']\n"
         "a: object.chmod ['f','0600'] -> null\n"
         "x: server.waits -> {'sessions':[],'edges':[],'truncated':false}\n"
         "b: event.set ['e'] -> null\n"
         "a#5 = *\n"},
};

START_TEST(test_scenario) {
        scenario_run(&scenarios[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("permission");
        TCase *c = tcase_create("permission");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_methods_need_their_bits);
        tcase_add_test(c, test_root_needs_no_bits);
        tcase_add_test(c, test_what_changes_and_returns_needs_both);
        tcase_add_test(c, test_operators_alone);
        tcase_add_test(c, test_discover_tells_the_bits);
        tcase_add_test(c, test_stat_and_list);
        tcase_add_test(c, test_refusals_tell_no_state);
        tcase_add_test(c, test_refusals_name_nobody);
        tcase_add_test(c, test_refused_work_tells_no_size);
        tcase_add_loop_test(c, test_scenario, 0, ELEMENTSOF(scenarios));
        suite_add_tcase(suite, c);
        return suite;
}
