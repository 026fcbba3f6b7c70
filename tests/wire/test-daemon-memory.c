/* The memory of a daemon's process: freed memory goes back to the system, and the memory in use is what the accounts
 * say. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "expect.h"
#include "memory-trim.h"
#include "sanitized.h"
#include "tap-main.h"
#include "wire/wire.h"

enum {
        PER_CALL = 1000,    /* elements that one call stores */
        STORED = 200 << 20, /* bytes, by the accounts, of objects that are deleted again */
        /* bytes, by the accounts, of objects whose bytes are compared with the process's memory */
        COMPARED = 64 << 20,
        IDLE = 300,          /* sessions */
        IDLE_BYTES = 1600,   /* of each idle session, at most: doc/performance.md promises it */
        LOOKS_MAX = 1 << 20, /* before a test gives up */
        ELEMENTS_MAX = 16 << 20,
        MIB = 1 << 20,
};

/* Contents of one kind: objects of a type, a call that stores elements, and an element, in which
 * # stands for its number and ~ for 1,000 bytes of text. */
typedef struct Kind {
        const char *name, *type, *verb, *before, *element, *after;
} Kind;

static const Kind kinds[] = {
        {"integers", "list", "extend", "[", "#", "]"},
        {"short texts", "list", "extend", "[", "\"text #\"", "]"},
        {"texts of 1,000 bytes", "list", "extend", "[", "\"~#\"", "]"},
        {"arrays", "list", "extend", "[", "[#,1.5,null,true,\"x\"]", "]"},
        {"objects", "list", "extend", "[", "{\"id\":#,\"name\":\"n\"}", "]"},
        {"entries of a dict", "dict", "update", "{", "\"key #\":#", "}"},
        {"entries of 1,000 bytes", "dict", "update", "{", "\"key #\":\"~\"", "}"},
        {"elements of a set", "set", "update", "[", "#", "]"},
        {"items of a queue", "queue", "put_many", "[", "\"item #\"", "]"},
};

static void put(Buffer *b, const char *text) {
        EXPECT(buffer_append(b, text, strlen(text)) == 0);
}

static void put_element(Buffer *b, const char *pattern, unsigned number) {
        for (; *pattern; pattern++)
                if (*pattern == '#')
                        EXPECT(buffer_append_format(b, "%u", number) == 0);
                else if (*pattern == '~')
                        EXPECT(buffer_append_format(b, "%01000u", number) == 0);
                else
                        EXPECT(buffer_append(b, pattern, 1) == 0);
}

static void store_some(Wire *wire, const Kind *kind, const char *name, unsigned first) {
        Buffer line = {0};

        EXPECT(buffer_append_format(&line,
                                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"%s.%s\",\"params\":"
                                    "[\"%s\",%s",
                                    kind->type, kind->verb, name, kind->before) == 0);
        for (unsigned i = 0; i < PER_CALL; i++) {
                put(&line, i ? "," : "");
                put_element(&line, kind->element, first + i);
        }
        put(&line, kind->after);
        put(&line, "]}\n");
        wire_send_bytes(wire, buffer_bytes(&line), buffer_size(&line));
        EXPECT(strstr(wire_line(wire), "\"result\""));
        buffer_deinit(&line);
}

static void open_object(Wire *wire, const char *type, const char *name) {
        char method[32], params[64];

        snprintf(method, sizeof(method), "%s.open", type);
        snprintf(params, sizeof(params), "[\"%s\",true]", name);
        wire_request(wire, 1, method, params);
        EXPECT(strstr(wire_line(wire), "\"created\":true"));
}

/* Stores elements until the accounts have n_bytes more, and now and then one in the list "kept", which stays: so the
 * heap never ends with free memory. */
static void fill(Wire *wire, const Kind *kind, const char *name, int64_t n_bytes) {
        int64_t end = trial_stat("memory") + n_bytes;
        unsigned n = 0;

        open_object(wire, kind->type, name);
        do {
                for (int i = 0; i < 10; i++, n += PER_CALL)
                        store_some(wire, kind, name, n);
                wire_call(wire, "list.append", "[\"kept\",\"this text stays where it is\"]",
                          "null");
        } while (trial_stat("memory") < end && n < ELEMENTS_MAX);
        ck_assert_int_ge(trial_stat("memory"), end);
}

static bool is_memory_low(int64_t before) {
        return IS_ADDRESS_SANITIZED || trial_memory() - before < STORED / 8;
}

static void await_low(Wire *wire, int64_t before) {
        int n = 0;

        for (; !is_memory_low(before) && n < LOOKS_MAX; n++)
                wire_call(wire, "server.ping", "[]", "\"pong\"");
        ck_assert_msg(n < LOOKS_MAX, "%lld bytes more than before are in use",
                      (long long)(trial_memory() - before));
}

START_TEST(deleted_objects_give_memory_back) {
        const Kind *kind = &kinds[_i];

        trial_begin(NULL);
        Wire wire = wire_open();
        open_object(&wire, "list", "kept");
        int64_t before = trial_memory();
        fill(&wire, kind, "o", STORED);
        EXPECT(IS_ADDRESS_SANITIZED || trial_memory() - before > STORED / 2);
        wire_call(&wire, "object.delete", "[\"o\"]", "null");
        await_low(&wire, before);
        wire_call(&wire, "object.delete", "[\"kept\"]", "null");
        wire_close(&wire);
        trial_end();
}
END_TEST

START_TEST(accounts_agree_with_the_memory_of_the_process) {
        const Kind *kind = &kinds[_i];

        if (IS_ADDRESS_SANITIZED) {
                say_skipped("the allocator is another one");
                return;
        }
        trial_begin(NULL);
        Wire wire = wire_open();
        open_object(&wire, "list", "kept");
        int64_t memory = trial_memory(), charged = trial_stat("memory");
        fill(&wire, kind, "o", COMPARED);
        memory = trial_memory() - memory;
        charged = trial_stat("memory") - charged;
        printf("# %-24s %9lld in memory, %9lld charged: %+.1f %%\n", kind->name, (long long)memory,
               (long long)charged, 100.0 * (double)charged / (double)memory - 100);
        fflush(stdout);
        ck_assert_msg(5 * charged >= 4 * memory && 5 * charged <= 6 * memory,
                      "%s: the process has %lld bytes more, and %lld are charged", kind->name,
                      (long long)memory, (long long)charged);
        wire_call(&wire, "object.delete", "[\"o\"]", "null");
        wire_call(&wire, "object.delete", "[\"kept\"]", "null");
        wire_close(&wire);
        trial_end();
}
END_TEST

/* Each call of the trimming gives little back, so that none takes long. */
START_TEST(memory_is_given_back_a_part_at_a_time) {
        MemoryTrim trim = {0};
        int n = 0;

        EXPECT(!memory_trim_is_due(&trim, 300 * MIB));
        for (int left = 299; left >= 0; left--)
                if (memory_trim_is_due(&trim, (uint64_t)left * MIB)) {
                        memory_trim_note(&trim, (uint64_t)left * MIB, TRIM_NS / 5);
                        n++;
                }
        ck_assert_int_eq(n, 300 * MIB / TRIM_BYTES);
}
END_TEST

/* The daemon looks for free memory only after memory was freed, not when it is used again. */
START_TEST(what_is_used_again_is_not_given_back) {
        MemoryTrim trim = {0};

        EXPECT(!memory_trim_is_due(&trim, 100 * MIB));
        EXPECT(!memory_trim_is_due(&trim, 95 * MIB));
        EXPECT(!memory_trim_is_due(&trim, 99 * MIB));
        EXPECT(!memory_trim_is_due(&trim, 94 * MIB));
        EXPECT(memory_trim_is_due(&trim, 92 * MIB));
}
END_TEST

START_TEST(a_long_pause_is_not_repeated) {
        MemoryTrim trim = {0};

        memory_trim_is_due(&trim, 400 * MIB);
        EXPECT(memory_trim_is_due(&trim, 300 * MIB));
        memory_trim_note(&trim, 300 * MIB, TRIM_NS + 1);
        EXPECT(!memory_trim_is_due(&trim, 200 * MIB));
        EXPECT(!memory_trim_is_due(&trim, 360 * MIB));
        EXPECT(!memory_trim_is_due(&trim, 181 * MIB));
        EXPECT(memory_trim_is_due(&trim, 180 * MIB));
        memory_trim_note(&trim, 180 * MIB, TRIM_NS / 5);
        EXPECT(memory_trim_is_due(&trim, 172 * MIB));
}
END_TEST

START_TEST(an_idle_session_takes_no_more_than_promised) {
        Wire wires[2 * IDLE];
        int64_t before = 0;

        if (IS_ADDRESS_SANITIZED) {
                say_skipped("the allocator is another one");
                return;
        }
        trial_begin(NULL);
        for (int i = 0; i < 2 * IDLE; i++) {
                if (i == IDLE)
                        before = trial_memory();
                wires[i] = wire_open();
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        }
        int64_t n_bytes = (trial_memory() - before) / IDLE;
        ck_assert_msg(n_bytes <= IDLE_BYTES, "each takes %lld bytes", (long long)n_bytes);
        for (int i = 0; i < 2 * IDLE; i++)
                wire_close(&wires[i]);
        trial_end();
}
END_TEST

static void set_large(Wire *wire, Buffer *line, size_t n) {
        buffer_truncate(line, 0);
        put(line,
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"dict.set\",\"params\":[\"d\",\"k\",\"");
        EXPECT(buffer_append_format(line, "%0*u", (int)n, 7u) == 0);
        put(line, "\"]}\n");
        wire_send_bytes(wire, buffer_bytes(line), buffer_size(line));
        wire_expect_result(wire, 3, "null");
}

static void get_large(Wire *wire) {
        wire_request(wire, 4, "dict.get", "[\"d\",\"k\"]");
        EXPECT(wire_line(wire));
}

/* A new page, which the system has to clear, costs more than copying its bytes: the memory of large values is used
 * again. */
START_TEST(large_values_take_no_new_pages) {
        enum { WARM = 10, ROUNDS = 20 };
        CLEANUP(buffer_deinit) Buffer line = {0};
        int64_t n_faults = 0;

        if (IS_ADDRESS_SANITIZED) {
                say_skipped("the allocator is another one");
                return;
        }
        trial_begin(NULL);
        Wire wire = wire_open();
        open_object(&wire, "dict", "d");
        for (int i = 0; i < WARM + ROUNDS; i++) {
                if (i == WARM)
                        n_faults = trial_page_faults();
                set_large(&wire, &line, MIB);
                get_large(&wire);
        }
        /* Each round would have some 770 page faults if each page of its three buffers were new. */
        ck_assert_int_lt(trial_page_faults() - n_faults, ROUNDS * 64);
        wire_call(&wire, "object.delete", "[\"d\"]", "null");
        wire_close(&wire);
        trial_end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("daemon-memory");
        TCase *tcase = tcase_create("daemon-memory");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, memory_is_given_back_a_part_at_a_time);
        tcase_add_test(tcase, what_is_used_again_is_not_given_back);
        tcase_add_test(tcase, a_long_pause_is_not_repeated);
        tcase_add_test(tcase, large_values_take_no_new_pages);
        tcase_add_test(tcase, an_idle_session_takes_no_more_than_promised);
        tcase_add_loop_test(tcase, deleted_objects_give_memory_back, 0, 3);
        tcase_add_loop_test(tcase, accounts_agree_with_the_memory_of_the_process, 0,
                            (int)ELEMENTSOF(kinds));
        suite_add_tcase(suite, tcase);
        return suite;
}
