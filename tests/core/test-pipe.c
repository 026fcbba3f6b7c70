/* The pipe: meeting by name, closing ends, new pipes in the place of old ones, and which session may open
 * which end. Descriptors are numbers here; test-wire-pipe uses the kernel's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "call/rpc.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"reader and writer meet by name",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> "
         "~{'name':'p','created':true,'id':1,'lifetime':'persistent','end':'reader','serial':\n"
         "b: pipe.open {'name':'p','end':'writer'} -> ~'created':false\n"
         "a: object.stat ['p'] -> ~'reader':'open','writer':'open','ends':[{'pid':100,'uid':1000,"
         "'comm':'alpha','session':1,'open_ms':0,'opens':1,'end':'reader'},{'pid':200,\n"
         "b: pipe.close ['p','writer'] -> null\n"
         "a: object.stat ['p'] -> ~'reader':'open','writer':'gone'\n"
         "a: pipe.close ['p','reader'] -> null\n"
         "a: object.stat ['p'] -> !ENOENT\n"},
        {"the daemon's own descriptors let either come first",
         "a: pipe.open {'name':'p','create':true,'end':'writer'} -> ~'created':true\n"
         "a: object.stat ['p'] -> ~'reader':'unopened','writer':'open'\n"
         "kill a\n"
         "b: object.stat ['p'] -> ~'reader':'unopened','writer':'left'\n"
         "b: pipe.open {'name':'p','end':'writer'} -> ~'created':false\n"
         "b: pipe.close ['p','writer'] -> null\n"
         "c: pipe.open {'name':'p','end':'reader'} -> ~'created':false\n"
         "c: object.stat ['p'] -> ~'reader':'open','writer':'gone'\n"
         "kill c\n"
         "b: object.stat ['p'] -> !ENOENT\n"},
        {"several have one end, and it is gone with the last of them",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "c: pipe.open {'name':'p','end':'writer'} -> *\n"
         "c: pipe.open {'name':'p','end':'writer'} -> *\n"
         "c: object.stat ['p'] -> ~'opens':2,'end':'writer'\n"
         "kill b\n"
         "c: pipe.close ['p','writer'] -> null\n"
         "d: pipe.open {'name':'p','end':'reader'} -> *\n"
         "d: object.stat ['p'] -> ~'writer':'open'\n"
         "c: pipe.close ['p','writer'] -> null\n"
         "d: object.stat ['p'] -> ~'writer':'gone'\n"
         "kill d\n"
         "a: object.stat ['p'] -> ~'reader':'open'\n"
         "kill a\n"
         "c: object.stat ['p'] -> !ENOENT\n"},
        {"who comes too late is told, or gets a fresh pipe",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "kill b\n"
         "c: pipe.open {'name':'p','end':'writer'} -> !EPIPE~the writer of\n"
         "c: pipe.open {'name':'p','create':true,'exclusive':true,'end':'writer'} -> !EEXIST\n"
         "c: pipe.open {'name':'p','create':true,'end':'writer'} -> ~'created':true\n"
         "c: object.stat ['p'] -> ~'reader':'unopened','writer':'open'\n"
         "a: pipe.close ['p','reader'] -> !EINVAL\n"
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> ~'created':false\n"
         "a: object.stat ['p'] -> ~'reader':'open','writer':'open'\n"},
        {"nobody writes what nobody will read",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "kill a\n"
         "c: pipe.open {'name':'p','end':'writer'} -> !EPIPE~the reader of\n"
         "b: pipe.open {'name':'p','end':'writer'} -> !EPIPE\n"
         "c: pipe.open {'name':'p','create':true,'end':'writer'} -> ~'created':true\n"
         "b: pipe.close ['p','writer'] -> !EINVAL\n"
         "c: object.stat ['p'] -> ~'reader':'unopened','writer':'open'\n"},
        {"a reader that left before anybody wrote may come back, and was there for the writer",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "a: pipe.close ['p','reader'] -> null\n"
         "b: pipe.open {'name':'p','end':'writer'} -> !EPIPE\n"
         "b: object.stat ['p'] -> ~'reader':'left','writer':'unopened'\n"
         "a: pipe.open {'name':'p','end':'reader'} -> ~'created':false\n"
         "b: pipe.open {'name':'p','end':'writer'} -> ~'created':false\n"},
        {"what was left in a pipe is read after its writers",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "kill b\n"
         "c: pipe.open {'name':'p','create':true,'end':'reader'} -> ~'created':false\n"},
        {"duplex", "a: pipe.open {'name':'p','create':true,'duplex':true,'end':'a'} -> ~'end':'a'\n"
                   "b: pipe.open {'name':'p','end':'b'} -> ~'end':'b'\n"
                   "a: object.stat ['p'] -> ~'duplex':true\n"
                   "a: object.stat ['p'] -> ~'a':'open','b':'open'\n"
                   "c: pipe.open {'name':'p','end':'reader'} -> !EINVAL~'param':'end'\n"
                   "kill a\n"
                   "c: pipe.open {'name':'p','end':'b'} -> ~'created':false\n"
                   "c: pipe.open {'name':'p','end':'a'} -> !EPIPE\n"
                   "b: pipe.close ['p','a'] -> !EINVAL\n"
                   "b: pipe.close ['p','reader'] -> !EINVAL~'param':'end'\n"
                   "c: pipe.open {'name':'p','create':true,'end':'a'} -> ~'created':true\n"},
        {"the options of an open are for a new pipe",
         "a: pipe.open {'name':'p','create':true,'end':'a'} -> !EINVAL~'param':'end'\n"
         "a: object.list [] -> []\n"
         "a: pipe.open {'name':'p','create':true,'end':'writer'} -> *\n"
         "b: pipe.open {'name':'p','create':true,'duplex':true,'end':'reader'} -> "
         "!EINVAL~'param':'duplex'\n"
         "b: pipe.open {'name':'p','duplex':true,'end':'reader','check':false} -> "
         "~'created':false\n"
         "b: pipe.open {'name':'p','end':'middle'} -> !EINVAL~'param':'end'\n"
         "b: pipe.open {'name':'q','end':'reader'} -> !ENOENT\n"
         "b: list.open {'name':'l','create':true} -> *\n"
         "b: pipe.open {'name':'l','end':'reader'} -> !EPROTOTYPE\n"
         "b: pipe.close ['l','reader'] -> !EPROTOTYPE\n"},
        {"without an end it is made, and stays",
         "a: pipe.open {'name':'p','create':true,'mode':'0666'} -> "
         "{'name':'p','created':true,'id':1,'lifetime':'persistent'}\n"
         "a: object.close ['p'] -> null\n"
         "a: pipe.close ['p','reader'] -> !EINVAL\n"
         "x: pipe.open {'name':'p','end':'reader'} -> ~'created':false\n"
         "x: object.close ['p'] -> !EINVAL\n"
         "b: pipe.open {'name':'p'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "kill b\n"
         "kill x\n"
         "a: object.stat ['p'] -> !ENOENT\n"},
        {"anonymous pipes go with those who have them",
         "a: pipe.open {'end':'reader'} -> ~'name':'anonymous:1','created':true\n"
         "a: pipe.open {'name':'anonymous:1','end':'writer'} -> ~'created':false\n"
         "a: pipe.close ['anonymous:1','reader'] -> null\n"
         "a: object.stat ['anonymous:1'] -> ~'reader':'gone','writer':'open'\n"
         "kill a\n"
         "b: object.list [] -> []\n"
         "b: pipe.open {'end':'writer'} -> ~'name':'anonymous:2'\n"
         "b: pipe.close ['anonymous:2','writer'] -> null\n"
         "b: object.list [] -> []\n"
         "b: pipe.open {} -> ~'name':'anonymous:3'\n"
         "c: pipe.open {'name':'anonymous:3','end':'writer'} -> *\n"
         "kill b\n"
         "c: object.stat ['anonymous:3'] -> ~'writer':'open'\n"
         "kill c\n"
         "d: object.list [] -> []\n"},
        {"a reference keeps an anonymous pipe, and leads to it",
         "a: list.open {'name':'l','create':true} -> *\n"
         "a: pipe.open {'duplex':true,'end':'a'} -> ~'name':'anonymous:2'\n"
         "a: list.append ['l',{'$object':'anonymous:2'}] -> null\n"
         "kill a\n"
         "b: pipe.open {'name':'anonymous:2','end':'a'} -> ~'created':false\n"
         "kill b\n"
         "c: list.pop ['l'] -> {'$object':'anonymous:2'}\n"
         "c: pipe.open {'name':'anonymous:2','end':'b'} -> *\n"},
        {"reading needs read bits, writing write bits, both ways both",
         "a: pipe.open {'name':'r','create':true,'mode':'0604'} -> *\n"
         "x: pipe.open {'name':'r','end':'writer'} -> !EACCES\n"
         "x: pipe.open {'name':'r','create':true,'end':'reader'} -> *\n"
         "a: pipe.open {'name':'w','create':true,'mode':'0602'} -> *\n"
         "x: pipe.open {'name':'w','end':'reader'} -> !EACCES\n"
         "x: pipe.open {'name':'w','end':'writer'} -> *\n"
         "x: pipe.close ['w','writer'] -> null\n"
         "a: pipe.open {'name':'d','create':true,'duplex':true,'mode':'0604'} -> *\n"
         "x: pipe.open {'name':'d','end':'a'} -> !EACCES\n"
         "a: object.chmod ['d','0606'] -> null\n"
         "x: pipe.open {'name':'d','end':'a'} -> *\n"
         "a: pipe.open {'name':'n','create':true,'end':'reader'} -> *\n"
         "x: pipe.open {'name':'n','create':true,'end':'writer'} -> !EACCES\n"
         "r: pipe.open {'name':'n','end':'writer'} -> *\n"},
        {"a fresh pipe has the owner and the bits of the old one",
         "a: pipe.open {'name':'p','create':true,'mode':'0606','end':'reader'} -> *\n"
         "x: pipe.open {'name':'p','end':'writer'} -> *\n"
         "x: pipe.close ['p','writer'] -> null\n"
         "x: pipe.open {'name':'p','create':true,'mode':'0600','end':'writer'} -> ~'created':true\n"
         "x: object.stat ['p'] -> ~'uid':1000,'gid':1000,'mode':'0606'\n"},
        {"a pipe that is deleted is forgotten, with all its ends",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "a: object.delete ['p'] -> null\n"
         "b: pipe.close ['p','writer'] -> !ENOENT\n"
         "b: pipe.open {'name':'p','create':true,'end':'writer'} -> ~'created':true\n"
         "a: pipe.close ['p','reader'] -> !EINVAL\n"},
        {"a serial tells pipes of one name apart",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> ~'serial':1000000000000\n"
         "a: object.stat ['p'] -> ~'serial':1000000000000\n"
         "a: pipe.close ['p','reader',1000000000001] -> !ENOENT\n"
         "a: pipe.close ['p','reader',1000000000000] -> null\n"
         "a: pipe.open {'name':'q','create':true,'end':'reader'} -> ~'serial':1000000000001\n"
         "advance 1\n"
         "a: pipe.open {'name':'o','create':true,'end':'reader'} -> ~'serial':1000001000000\n"},
        {"in a batch",
         "a[ pipe.open {'name':'p','create':true,'end':'reader'} | pipe.open {'name':'p','end':"
         "'writer'} | pipe.open {'name':'q','end':'writer'} | server.ping []]\n"
         "b[ pipe.open {'name':'p','end':'writer'} | pipe.close ['p','writer'] | "
         "object.delete ['p'] ]\n"
         "a: object.list [] -> []\n"},
        {"the daemon ends with pipes open",
         "a: pipe.open {'name':'p','create':true,'end':'reader'} -> *\n"
         "b: pipe.open {'name':'p','end':'writer'} -> *\n"
         "shutdown\n"},
};

static Session *begin(Fixture *f, const Limits *limits) {
        fixture_init(f, limits);
        return fixture_session(f, 100, 1000, "alpha");
}

static void delete_all(Fixture *f, Session *session) {
        while (table_size(&f->core.objects) > 0) {
                const TableEntry *entry = table_first(&f->core.objects);
                json_object_put(fixture_call(session, "object.delete", "['%.*s']",
                                             (int)entry->n_key, (const char *)entry->key));
        }
        fixture_expect_clean(f);
        fixture_deinit(f);
}

static int open_end(Fixture *f, Session *session, const char *name, const char *end) {
        json_object_put(fixture_call(session, "pipe.open", "{'name':'%s','create':true,'end':'%s'}",
                                     name, end));
        return f->received;
}

/* All sessions that open one end receive one descriptor; the descriptor of the other end differs. */
START_TEST(test_descriptors) {
        Fixture f;

        Session *a = begin(&f, NULL);
        Session *b = fixture_session(&f, 200, 1000, "beta");
        int reader = open_end(&f, a, "p", "reader");
        ck_assert_int_eq(open_end(&f, b, "p", "reader"), reader);
        int writer = open_end(&f, b, "p", "writer");
        ck_assert_int_eq(writer, reader + 1);
        ck_assert_uint_eq(fixture_count_fds(&f), 2);
        fixture_expect(b, "pipe.close", "['p','writer']", "null");
        ck_assert(!f.is_open[writer]);
        ck_assert(f.is_open[reader]);
        /* The new pipe has other descriptors. */
        ck_assert_int_eq(open_end(&f, b, "p", "writer"), reader + 3);
        ck_assert(!f.is_open[reader]);
        delete_all(&f, a);
}
END_TEST

/* An unsent descriptor outlives the pipe. */
START_TEST(test_descriptor_on_its_way) {
        Fixture f;

        Session *a = begin(&f, NULL);
        Session *b = fixture_session(&f, 200, 1000, "beta");
        fixture_start(a, 1, "pipe.open", "{'name':'p','create':true,'end':'reader'}");
        fixture_expect(b, "object.delete", "['p']", "null");
        ck_assert_uint_eq(fixture_count_fds(&f), 1);
        ck_assert_uint_eq(f.core.n_descriptors, 1);
        ck_assert_ptr_nonnull(fixture_receive_text(a));
        ck_assert_uint_eq(fixture_count_fds(&f), 0);

        /* If the session ends before the line is sent, the descriptor is closed. */
        fixture_start(a, 1, "pipe.open", "{'name':'p','create':true,'end':'reader'}");
        fixture_expect(b, "object.delete", "['p']", "null");
        ck_assert_uint_eq(fixture_count_fds(&f), 1);
        session_end(a);
        ck_assert_uint_eq(fixture_count_fds(&f), 0);
        delete_all(&f, b);
}
END_TEST

/* Each descriptor is attached to the line that describes it, whatever lines are before and behind it. */
START_TEST(test_descriptors_among_lines) {
        Fixture f;

        Session *a = begin(&f, NULL);
        fixture_start(a, 1, "server.ping", "[]");
        fixture_start(a, 2, "pipe.open", "{'name':'p','create':true,'end':'reader'}");
        fixture_start(a, 3, "server.ping", "[]");
        fixture_start(a, 4, "pipe.open", "{'name':'p','end':'writer'}");
        fixture_start(a, 5, "pipe.open", "{'name':'p','end':'writer'}");
        static const int expected[] = {-1, 0, -1, 1, 1};
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                ck_assert_ptr_nonnull(fixture_receive_text(a));
                ck_assert_int_eq(f.received, expected[i]);
        }
        delete_all(&f, a);
}
END_TEST

/* A batch is one line with all of its descriptors, even if a call in it causes another line that is sent
 * earlier. */
START_TEST(test_descriptors_of_a_batch) {
        Fixture f;

        Session *a = begin(&f, NULL);
        fixture_expect(a, "lock.open", "{'name':'l','create':true}",
                       "{'name':'l','created':true,'id':1,'lifetime':'persistent'}");
        fixture_start(a, 1, "counter.open", "{'name':'c','create':true}");
        ck_assert_ptr_nonnull(fixture_receive_text(a));
        fixture_start(a, 2, "counter.wait", "['c','>=',1]");
        fixture_send(a,
                     "[{'jsonrpc':'2.0','method':'pipe.open','id':3,'params':{'name':'p','create'"
                     ":true,'end':'reader'}},{'jsonrpc':'2.0','method':'object.delete','id':4,"
                     "'params':['c']},{'jsonrpc':'2.0','method':'pipe.open','id':5,'params':"
                     "{'name':'p','end':'writer'}}]");
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(a), "EIDRM"));
        ck_assert_uint_eq(f.n_received, 0);
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(a), "\"id\":5}]"));
        ck_assert_uint_eq(f.n_received, 2);
        delete_all(&f, a);
}
END_TEST

/* A notification has no reply that could carry the descriptor, so the call opens nothing. */
START_TEST(test_notification) {
        Fixture f;

        Session *a = begin(&f, NULL);
        fixture_send(a, "{'jsonrpc':'2.0','method':'pipe.open','params':{'name':'p','create':true,"
                        "'end':'reader'}}");
        ck_assert_ptr_null(fixture_receive_text(a));
        fixture_expect(a, "object.list", "[]", "[]");
        delete_all(&f, a);
}
END_TEST

/* Threads of one process have sessions of their own and share their descriptors: any of these sessions may
 * close an end. Sessions of other processes may not. */
START_TEST(test_close_by_another_thread) {
        Fixture f;

        Session *a = begin(&f, NULL);
        Session *thread = fixture_session(&f, 100, 1000, "alpha");
        Session *same_pid = fixture_session(&f, 100, 2000, "other user");
        Session *unseen = fixture_session(&f, 0, 1000, "elsewhere");
        Session *unseen_too = fixture_session(&f, 0, 1000, "elsewhere");
        open_end(&f, a, "p", "reader");
        open_end(&f, unseen, "p", "writer");
        fixture_expect(same_pid, "pipe.close", "['p','reader']", "!EINVAL");
        fixture_expect(unseen_too, "pipe.close", "['p','writer']", "!EINVAL");
        fixture_expect(thread, "pipe.close", "['p','writer']", "!EINVAL");
        fixture_expect(thread, "pipe.close", "['p','reader']", "null");
        fixture_expect(thread, "pipe.close", "['p','reader']", "!EINVAL");
        /* A session's own end is closed first. */
        open_end(&f, a, "q", "reader");
        open_end(&f, thread, "q", "reader");
        fixture_expect(a, "pipe.close", "['q','reader']", "null");
        session_end(a);
        struct json_object *stat = fixture_call(thread, "object.stat", "['q']");
        ck_assert_str_eq(json_object_get_string(json_object_object_get(stat, "reader")), "open");
        json_object_put(stat);
        delete_all(&f, thread);
}
END_TEST

static const char *state_of(Session *session, const char *side) {
        static char text[32];
        struct json_object *stat = fixture_call(session, "object.stat", "['p']");

        snprintf(text, sizeof(text), "%s",
                 json_object_get_string(json_object_object_get(stat, side)));
        json_object_put(stat);
        return text;
}

/* A child has inherited a descriptor, or another process received it: the kernel reports that it is open. */
START_TEST(test_end_that_somebody_keeps) {
        Fixture f;

        Session *a = begin(&f, NULL);
        Session *b = fixture_session(&f, 200, 1000, "beta");
        open_end(&f, a, "p", "reader");
        int writer = open_end(&f, b, "p", "writer");
        f.is_kept[writer] = true;
        ck_assert_str_eq(state_of(a, "writer"), "open");
        session_end(b);
        ck_assert_str_eq(state_of(a, "writer"), "kept");
        f.is_kept[writer] = false;
        ck_assert_str_eq(state_of(a, "writer"), "gone");
        delete_all(&f, a);
}
END_TEST

static void expect_refused(Session *session, const char *name, const char *end, const char *error) {
        ck_assert_str_eq(fixture_call_error(session, "pipe.open",
                                            "{'name':'%s','create':true,'end':'%s'}", name, end),
                         error);
}

START_TEST(test_bound_in_all) {
        Limits limits = limits_default;
        Fixture f;

        limits.descriptors = 5;
        Session *a = begin(&f, &limits);
        Session *root = fixture_session(&f, 1, 0, "root");
        open_end(&f, a, "p", "reader");
        open_end(&f, a, "q", "reader");
        expect_refused(a, "o", "reader", "EDQUOT");
        expect_refused(root, "o", "reader", "EDQUOT");
        open_end(&f, root, "q", "writer");
        fixture_expect(a, "object.delete", "['p']", "null");
        open_end(&f, a, "o", "reader");
        delete_all(&f, root);
}
END_TEST

START_TEST(test_bound_per_user) {
        Limits limits = limits_default;
        Fixture f;

        limits.descriptors_per_uid = 4;
        Session *a = begin(&f, &limits);
        Session *b = fixture_session(&f, 200, 1000, "beta");
        Session *other = fixture_session(&f, 300, 2000, "other");
        Session *root = fixture_session(&f, 1, 0, "root");
        open_end(&f, a, "p", "reader");
        open_end(&f, b, "q", "reader");
        expect_refused(b, "o", "reader", "EDQUOT");
        open_end(&f, other, "o", "reader");
        for (int i = 0; i < 3; i++)
                json_object_put(fixture_call(root, "pipe.open", "{'end':'reader'}"));
        /* A new pipe needs room while the old one still exists. */
        open_end(&f, b, "p", "writer");
        fixture_expect(b, "pipe.close", "['p','writer']", "null");
        expect_refused(b, "p", "writer", "EDQUOT");
        ck_assert_str_eq(state_of(a, "reader"), "open");
        fixture_expect(a, "object.delete", "['q']", "null");
        open_end(&f, b, "p", "writer");
        delete_all(&f, root);
}
END_TEST

/* A client does not read: unsent descriptors are bounded. */
START_TEST(test_bound_of_unsent) {
        Limits limits = limits_default;
        Fixture f;

        limits.unsent_descriptors = 3;
        Session *a = begin(&f, &limits);
        for (int i = 0; i < 4; i++)
                fixture_start(a, i, "pipe.open", "{'name':'p','create':true,'end':'reader'}");
        for (int i = 0; i < 4; i++) {
                bool is_refused = strstr(fixture_receive_text(a), "EDQUOT") != NULL;
                ck_assert(is_refused == (i == 3));
        }
        open_end(&f, a, "p", "reader");
        /* All descriptors of one line count. */
        fixture_start(a, 1, "pipe.open", "{'name':'p','end':'reader'}");
        fixture_send(a, "[{'jsonrpc':'2.0','method':'pipe.open','id':2,'params':{'name':'p',"
                        "'end':'reader'}},{'jsonrpc':'2.0','method':'pipe.open','id':3,'params':{"
                        "'name':'p','end':'reader'}},{'jsonrpc':'2.0','method':'pipe.open','id':4,"
                        "'params':{'name':'p','end':'reader'}}]");
        ck_assert_ptr_nonnull(fixture_receive_text(a));
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(a), "EDQUOT"));
        ck_assert_uint_eq(f.n_received, 2);
        delete_all(&f, a);
}
END_TEST

START_TEST(test_bound_of_ends) {
        Limits limits = limits_default;
        Fixture f;

        limits.handles_per_session = 2;
        Session *a = begin(&f, &limits);
        open_end(&f, a, "p", "reader");
        open_end(&f, a, "p", "writer");
        open_end(&f, a, "p", "writer");
        expect_refused(a, "q", "reader", "EDQUOT");
        fixture_expect(a, "pipe.close", "['p','reader']", "null");
        open_end(&f, a, "q", "reader");
        delete_all(&f, a);
}
END_TEST

START_TEST(test_kernel_refuses) {
        static const struct {
                int error;
                const char *name;
        } errors[] = {{-EMFILE, "EMFILE"}, {-ENFILE, "ENFILE"}, {-ENOMEM, "ENOMEM"}};
        Fixture f;

        Session *a = begin(&f, NULL);
        open_end(&f, a, "old", "reader");
        open_end(&f, a, "old", "writer");
        fixture_expect(a, "pipe.close", "['old','writer']", "null");
        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                f.source_error = errors[i].error;
                expect_refused(a, "p", "reader", errors[i].name);
                expect_refused(a, "old", "writer", errors[i].name);
                ck_assert_uint_eq(table_size(&f.core.objects), 1);
                ck_assert_uint_eq(fixture_count_fds(&f), 1);
        }
        f.source_error = 0;
        fixture_expect(a, "pipe.close", "['old','reader']", "null");
        delete_all(&f, a);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = scenario_suite("pipe", scenarios, ELEMENTSOF(scenarios));
        TCase *c = tcase_create("descriptors");

        tcase_add_test(c, test_descriptors);
        tcase_add_test(c, test_descriptor_on_its_way);
        tcase_add_test(c, test_descriptors_among_lines);
        tcase_add_test(c, test_descriptors_of_a_batch);
        tcase_add_test(c, test_notification);
        tcase_add_test(c, test_close_by_another_thread);
        tcase_add_test(c, test_end_that_somebody_keeps);
        tcase_add_test(c, test_bound_in_all);
        tcase_add_test(c, test_bound_per_user);
        tcase_add_test(c, test_bound_of_unsent);
        tcase_add_test(c, test_bound_of_ends);
        tcase_add_test(c, test_kernel_refuses);
        suite_add_tcase(suite, c);
        return suite;
}
