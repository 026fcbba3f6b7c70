/* Objects of any type: opening and making, lifetimes, permission, names, listings. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "tap-main.h"

static const Scenario scenarios[] = {
        {"open finds or makes",
         "a: counter.open {'name':'c'} -> !ENOENT\n"
         "a: counter.open {'name':'c','create':false} -> !ENOENT\n"
         "a: counter.open {'name':'c','create':true,'value':5} -> "
         "{'name':'c','created':true,'id':1,'lifetime':'persistent'}\n"
         "b: counter.open {'name':'c','create':true,'value':7} -> "
         "{'name':'c','created':false,'id':1,'lifetime':'persistent'}\n"
         "b: counter.open ['c'] -> {'name':'c','created':false,'id':1,'lifetime':'persistent'}\n"
         "b: counter.get ['c'] -> 5\n"},
        {"open with exclusive makes",
         "a: counter.open ['c',true,true] -> *\n"
         "b: counter.open ['c',true,true] -> !EEXIST\n"
         "a: counter.open {'name':'c','exclusive':true} -> !EINVAL~\"param\":\"exclusive\"\n"
         "a: counter.open {'name':'d','exclusive':true} -> !EINVAL~\"param\":\"exclusive\"\n"},
        {"open wants the right type", "a: counter.open ['c',true] -> *\n"
                                      "a: list.open ['c'] -> !EPROTOTYPE\n"
                                      "a: list.open ['c',true] -> !EPROTOTYPE\n"
                                      "a: list.open ['c',true,true] -> !EPROTOTYPE\n"
                                      "a: list.get ['c',0] -> !EPROTOTYPE\n"
                                      "a: object.list {'type':'list'} -> []\n"},
        {"a pattern has the bound of a name",
         "a: counter.open {'name':'c','create':true} -> *\n"
         "a: object.list {'pattern':'"
         "****************************************************************"
         "****************************************************************"
         "****************************************************************"
         "****************************************************************"
         "'} -> !EINVAL~\"param\":\"pattern\"\n"
         "a: object.list {'pattern':'"
         "****************************************************************"
         "****************************************************************"
         "****************************************************************"
         "**************************************************************"
         "x'} -> []\n"
         "a: object.list {'pattern':'c\\u0000'} -> !EINVAL~\"param\":\"pattern\"\n"
         "a: object.list {'pattern':'?'} -> ~'name':'c'\n"},
        {"a failed open makes nothing",
         "a: counter.open {'name':'c','create':true,'mode':512} -> !EINVAL~\"param\":\"mode\"\n"
         "a: counter.open {'name':'c','create':true,'mode':-1} -> !EINVAL~\"param\":\"mode\"\n"
         "a: counter.open {'name':'c','create':true,'mode':'0800'} -> !EINVAL~\"param\":\"mode\"\n"
         "a: counter.open {'name':'c','create':true,'mode':''} -> !EINVAL~\"param\":\"mode\"\n"
         "a: counter.open {'name':'c','create':true,'mode':' 7'} -> !EINVAL~\"param\":\"mode\"\n"
         "a: counter.open {'name':'c','create':true,'mode':'1777'} -> !EINVAL~\"param\":\"mode\"\n"
         "a: counter.open {'name':'c','create':true,'lifetime':'long'} -> "
         "!EINVAL~\"param\":\"lifetime\"\n"
         "a: counter.open {'name':'c','create':true,'value':1,'maximum':0} -> !EINVAL\n"
         "a: object.list -> []\n"},
        {"without a name there is a new object each time",
         "a: list.open -> {'name':'anonymous:1','created':true,'id':1,'lifetime':'ephemeral'}\n"
         "a: list.open {'name':null,'exclusive':true} -> "
         "{'name':'anonymous:2','created':true,'id':2,'lifetime':'ephemeral'}\n"
         "b: list.append ['anonymous:1',7] -> null\n"
         "b: list.open {'name':'anonymous:3','create':true} -> !EINVAL~\"param\":\"name\"\n"
         "b: list.open {'name':'anonymous:1'} -> ~\"created\":false\n"
         "kill a\n"
         "b: list.copy ['anonymous:1'] -> [7]\n"
         "b: list.copy ['anonymous:2'] -> !ENOENT\n"
         "b: list.open {'lifetime':'persistent'} -> ~\"name\":\"anonymous:\n"},
        {"an ephemeral object goes with its last handle",
         "a: list.open {'name':'l','create':true,'lifetime':'ephemeral'} -> *\n"
         "a: list.open {'name':'l'} -> *\n"
         "b: list.append ['l',1] -> null\n"
         "b: object.close ['l'] -> !EINVAL\n"
         "a: object.close ['l'] -> null\n"
         "b: list.copy ['l'] -> [1]\n"
         "b: list.open ['l'] -> *\n"
         "a: object.close ['l'] -> null\n"
         "a: object.close ['l'] -> !EINVAL\n"
         "a: list.copy ['l'] -> [1]\n"
         "kill b\n"
         "a: list.copy ['l'] -> !ENOENT\n"
         "a: object.close ['l'] -> !ENOENT\n"
         "a: list.open {'name':'l','create':true} -> ~\"created\":true\n"},
        {"a persistent object stays", "a: list.open {'name':'l','create':true,'value':[1]} -> *\n"
                                      "a: object.close ['l'] -> null\n"
                                      "kill a\n"
                                      "b: list.copy ['l'] -> [1]\n"},
        {"a deleted object is gone for all",
         "a: counter.open {'name':'c','create':true,'lifetime':'ephemeral'} -> *\n"
         "b: counter.open ['c'] -> *\n"
         "b#5: counter.wait ['c','==',1]\n"
         "c#6: counter.wait ['c','==',2]\n"
         "a: object.delete ['c'] -> null\n"
         "b#5 = !EIDRM\n"
         "c#6 = !EIDRM\n"
         "b: object.close ['c'] -> !ENOENT\n"
         "a: object.delete ['c'] -> !ENOENT\n"
         "a: counter.open {'name':'c','create':true} -> ~\"id\":2\n"
         "b: object.close ['c'] -> !EINVAL\n"},
        {"the bits say who may do what",
         "a: counter.open {'name':'c','create':true,'mode':'0600'} -> *\n"
         "b: counter.add ['c'] -> 1\n"
         "x: counter.get ['c'] -> !EACCES\n"
         "x: counter.add ['c'] -> !EACCES\n"
         "x: counter.open ['c'] -> !EACCES\n"
         "x: counter.open ['c',true] -> !EACCES\n"
         "r: counter.add ['c'] -> 2\n"
         "r: counter.open ['c'] -> *\n"
         "a: object.chmod ['c','0604'] -> null\n"
         "x: counter.get ['c'] -> 2\n"
         "x: counter.add ['c'] -> !EACCES\n"
         "x: counter.open ['c'] -> *\n"
         "a: object.chmod ['c',2] -> null\n"
         "x: counter.get ['c'] -> !EACCES\n"
         "x: counter.add ['c'] -> !EACCES\n"
         "x: counter.set ['c',3] -> null\n"
         "a: counter.get ['c'] -> !EACCES\n"
         "a: counter.add ['c'] -> !EACCES\n"
         "a: counter.open ['c'] -> !EACCES\n"
         "r: counter.get ['c'] -> 3\n"},
        {"only the owner deletes and changes the bits",
         "a: counter.open {'name':'c','create':true,'mode':'0666'} -> *\n"
         "x: object.delete ['c'] -> !EACCES\n"
         "x: object.chmod ['c',0] -> !EACCES\n"
         "x: object.chown ['c',2000] -> !EACCES\n"
         "x: counter.add ['c'] -> 1\n"
         "b: object.chmod ['c',0] -> null\n"
         "b: object.delete ['c'] -> null\n"
         "a: counter.open {'name':'c','create':true} -> *\n"
         "r: object.delete ['c'] -> null\n"
         "r: object.delete ['c'] -> !ENOENT\n"},
        {"objects change hands", "a: list.open {'name':'l','create':true,'value':[1,2,3]} -> *\n"
                                 "a: object.chown ['l',2000] -> !EACCES\n"
                                 "a: object.chown ['l',null,2000] -> !EACCES\n"
                                 "a: object.chown ['l',1000,1000] -> null\n"
                                 "a: object.chown ['l',-1] -> !EINVAL\n"
                                 "a: object.chown ['l',4294967295] -> !EINVAL\n"
                                 "r: object.chown ['l',2000,2000] -> null\n"
                                 "a: list.copy ['l'] -> !EACCES\n"
                                 "x: list.copy ['l'] -> [1,2,3]\n"
                                 "x: object.delete ['l'] -> null\n"},
        {"listings",
         "a: counter.open ['jobs/1',true] -> *\n"
         "a: list.open ['jobs/2',true] -> *\n"
         "a: counter.open ['other',true] -> *\n"
         "x: object.list -> ~\"name\":\"other\"\n"
         "a: object.list ['none*'] -> []\n"
         "a: object.list {'pattern':'jobs/[13]','type':'list'} -> []\n"
         "a: object.list {'pattern':'jobs*','type':'list'} -> ~[{\"name\":\"jobs/2\",\n"
         "a: object.list {'type':'no type'} -> []\n"
         "a: object.stat ['jobs/1'] -> ~\"type\":\"counter\",\"id\":1,\"uid\":1000,\"gid\":1000,"
         "\"mode\":\"0600\",\"lifetime\":\"persistent\"\n"
         "a: object.stat ['none'] -> !ENOENT\n"},
        {"stat tells who has it and who waits",
         "a: lock.open ['l',true] -> *\n"
         "a: lock.acquire ['l'] -> *\n"
         "advance 7\n"
         "b#2: lock.acquire ['l']\n"
         "advance 5\n"
         "c: object.stat ['l'] -> ~\"holders\":[{\"pid\":100,\"uid\":1000,\"comm\":\"alpha\","
         "\"session\":1,\"held_ms\":12,\n"
         "c: object.stat ['l'] -> ~\"waiters\":[{\"pid\":200,\"uid\":1000,\"comm\":\"beta\","
         "\"session\":2,\"method\":\"lock.acquire\",\"waiting_ms\":5}]\n"},
        {"bits that change while a call waits hold for it too",
         "a: counter.open {'name':'c','create':true,'mode':'0666'} -> *\n"
         "x#1: counter.wait ['c','==',1]\n"
         "a: object.chmod ['c','0600'] -> null\n"
         "a: counter.add ['c'] -> 1\n"
         "x#1 = !EACCES\n"},
};

START_TEST(test_scenario) {
        scenario_run(&scenarios[_i]);
}
END_TEST

/* Control characters are refused at each place of a name; all other characters are allowed. */
static const struct {
        const char *name;
        bool is_name;
} names[] = {
        {"", false},
        {"a\\nb", false},
        {"\\u0000", false},
        {"a\\u0000", false},
        {"\\u001f", false},
        {"\\u007f", false},
        {"\\u0080", false},
        {"\xc2\x9f", false},
        {"\xc2\xa0", true},
        {" ", true},
        {"..", true},
        {"/", true},
        {"a/b*?[]\\\\", true},
        {"\xe2\x80\xae", true},
        {"e\\u0301", true},
        {"\xf0\x9f\x98\x80", true},
        {"abcdefghijklmno\\u0001", false},
        {"abcdefghijklmnopqrstuvwxyzabcde\\u007f", false},
        {"abcdefghijklmnop\\u007f", false},
        {"abcdefghijklmnopqrstu\xc2\x9f", false},
        {"abcdefghijklmnopqrstu\xc2\xa0", true},
        {"abcdefghijklmnop\\\"\\\\~", true},
};

START_TEST(test_names) {
        const char *method = "counter.open";
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        const char *error = fixture_call_error(a, method, "['%s',true]", names[_i].name);
        ck_assert_str_eq(error, names[_i].is_name ? "" : "EINVAL");
        ck_assert_uint_eq(table_size(&f.core.objects), names[_i].is_name);
        if (names[_i].is_name)
                ck_assert_str_eq(fixture_call_error(a, "object.delete", "['%s']", names[_i].name),
                                 "");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_length_of_name) {
        char name[257];
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        memset(name, 'n', sizeof(name));
        name[256] = '\0';
        ck_assert_str_eq(fixture_call_error(a, "counter.open", "['%s',true]", name), "EINVAL");
        ck_assert_str_eq(fixture_call_error(a, "counter.get", "['%s']", name), "EINVAL");
        name[255] = '\0';
        ck_assert_str_eq(fixture_call_error(a, "counter.open", "['%s',true]", name), "");
        ck_assert_str_eq(fixture_call_error(a, "counter.get", "['%s']", name), "");
        fixture_deinit(&f);
}
END_TEST

/* More names than the core caches, all with equal first and last bytes; then other names that replace them. */
START_TEST(test_names_are_told_apart) {
        enum { N = 600 };
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < N; i++)
                        json_object_put(fixture_call(a, "counter.open",
                                                     "{'name':'likewise-%d-likewise','create':true,"
                                                     "'value':%d}",
                                                     i, i + round));
                for (int i = 0; i < 2 * N; i++) {
                        struct json_object *value = fixture_call(
                                a, "counter.get", "['likewise-%d-likewise']", i * 7 % N);
                        ck_assert_int_eq(json_object_get_int(value), i * 7 % N + round);
                        json_object_put(value);
                }
                ck_assert_str_eq(fixture_call_error(a, "counter.get", "['likewise-0-likewise2']"),
                                 "ENOENT");
                ck_assert_str_eq(fixture_call_error(a, "counter.get", "['likewise-0-likewis']"),
                                 "ENOENT");
                ck_assert_str_eq(fixture_call_error(a, "counter.getx", "['likewise-0-likewise']"),
                                 "ENOSYS");
                for (int i = 0; i < N; i++) {
                        json_object_put(
                                fixture_call(a, "object.delete", "['likewise-%d-likewise']", i));
                        ck_assert_str_eq(
                                fixture_call_error(a, "counter.get", "['likewise-%d-likewise']", i),
                                "ENOENT");
                }
        }
        fixture_deinit(&f);
}
END_TEST

/* The owner has only the owner's bits, and members of the group only the group's, even if the others' bits allow
 * more. */
static const struct {
        uid_t uid;
        gid_t gid;
        bool has_group; /* the group is a supplementary one of the session */
        const char *mode;
        bool may_read, may_write;
} accesses[] = {
        {1000, 5000, false, "0600", true, true},   {1000, 5000, false, "0066", false, false},
        {1000, 5000, false, "0400", true, false},  {1000, 5000, false, "0200", false, true},
        {3000, 1000, false, "0060", true, true},   {3000, 1000, false, "0606", false, false},
        {3000, 1000, false, "0040", true, false},  {3000, 5000, true, "0060", true, true},
        {3000, 5000, true, "0020", false, true},   {3000, 5000, true, "0606", false, false},
        {3000, 5000, false, "0660", false, false}, {3000, 5000, false, "0006", true, true},
        {3000, 5000, false, "0002", false, true},  {3000, 5000, false, "0771", false, false},
        {0, 5000, false, "0000", true, true},
};

START_TEST(test_access) {
        static const gid_t groups[] = {4000, 1000};
        Peer peer = {.pid = 300,
                     .uid = accesses[_i].uid,
                     .gid = accesses[_i].gid,
                     .groups = groups,
                     .n_groups = accesses[_i].has_group ? ELEMENTSOF(groups) : 0};
        Session *other;
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        ck_assert_int_eq(session_new(&f.core, &peer, &other), 0);
        json_object_put(fixture_call(a, "list.open", "{'name':'l','create':true,'mode':'%s'}",
                                     accesses[_i].mode));
        fixture_expect(other, "list.copy", "['l']", accesses[_i].may_read ? "[]" : "!EACCES");
        fixture_expect(other, "list.clear", "['l']", accesses[_i].may_write ? "null" : "!EACCES");
        fixture_expect(a, "object.delete", "['l']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* The group of a new object: 4000 is the group of the socket; a member belongs to 4000 and 1000. */
static const struct {
        const char *name;
        uid_t uid;
        bool is_member, has_socket;
        const char *params; /* behind the name */
        const char *gid;    /* "!ERRNO" for an error */
} births[] = {
        {"that of the socket", 2000, true, true, "", "4000"},
        {"but one's own for who is not in it", 2000, false, true, "", "5000"},
        {"or where the socket has none", 2000, true, false, "", "5000"},
        {"root belongs to every group", 0, false, true, "", "4000"},
        {"the one that was asked for", 2000, true, true, ",'group':1000", "1000"},
        {"one's own", 2000, true, true, ",'group':5000", "5000"},
        {"none that one is not in", 2000, true, true, ",'group':6000", "EPERM"},
        {"root takes any", 0, false, true, ",'group':6000", "6000"},
        {"null asks for nothing", 2000, true, true, ",'group':null", "4000"},
};

START_TEST(test_group_of_a_new_object) {
        static const gid_t groups[] = {4000, 1000};
        const Peer peer = {.pid = 300,
                           .uid = births[_i].uid,
                           .gid = 5000,
                           .groups = groups,
                           .n_groups = births[_i].is_member ? ELEMENTSOF(groups) : 0,
                           .has_socket_gid = births[_i].has_socket,
                           .socket_gid = 4000};
        Session *session;
        Fixture f;
        char open[128];

        fixture_init(&f, NULL);
        ck_assert_int_eq(session_new(&f.core, &peer, &session), 0);
        snprintf(open, sizeof(open), "{'name':'l','create':true%s}", births[_i].params);
        if (births[_i].gid[0] == 'E') {
                ck_assert_str_eq(fixture_call_error(session, "list.open", "%s", open),
                                 births[_i].gid);
                fixture_expect(session, "object.list", "[]", "[]");
        } else {
                json_object_put(fixture_call(session, "list.open", "%s", open));
                struct json_object *stat = fixture_call(session, "object.stat", "['l']");
                ck_assert_str_eq(json_object_get_string(json_object_object_get(stat, "gid")),
                                 births[_i].gid);
                json_object_put(stat);
                fixture_expect(session, "object.delete", "['l']", "null");
        }
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* The error of a denied call names owner, group and bits, and says which change would allow it. */
START_TEST(test_a_denial_says_what_to_do) {
        const Peer member = {.pid = 300, .uid = 2000, .gid = 1000}, other = {.uid = 3000, .gid = 9};
        Session *in_group, *outside;
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        ck_assert_int_eq(session_new(&f.core, &member, &in_group), 0);
        ck_assert_int_eq(session_new(&f.core, &other, &outside), 0);
        json_object_put(fixture_call(a, "list.open", "{'name':'l','create':true}"));
        fixture_start(in_group, 1, "list.append", "['l',1]");
        const char *text = fixture_receive_text(in_group);
        ck_assert_msg(strstr(text, "uid 1000") && strstr(text, "group 1000") &&
                              strstr(text, "0600") && strstr(text, "shmgrctl object chmod") &&
                              !strstr(text, "chown"),
                      "%s", text);
        fixture_start(outside, 1, "list.open", "['l']");
        text = fixture_receive_text(outside);
        ck_assert_msg(strstr(text, "uid 1000") && strstr(text, "shmgrctl object chown"), "%s",
                      text);
        fixture_expect(a, "object.delete", "['l']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("object");
        TCase *c = tcase_create("object");

        tcase_add_loop_test(c, test_scenario, 0, ELEMENTSOF(scenarios));
        tcase_add_loop_test(c, test_names, 0, ELEMENTSOF(names));
        tcase_add_test(c, test_length_of_name);
        tcase_add_test(c, test_names_are_told_apart);
        tcase_add_loop_test(c, test_access, 0, ELEMENTSOF(accesses));
        tcase_add_loop_test(c, test_group_of_a_new_object, 0, ELEMENTSOF(births));
        tcase_add_test(c, test_a_denial_says_what_to_do);
        suite_add_tcase(suite, c);
        return suite;
}
