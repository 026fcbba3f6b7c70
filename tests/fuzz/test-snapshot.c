/* Worlds of the fuzzer whose core is saved and loaded after every input, into a fresh core under another hash key:
 * every session gets the output of the world that runs undisturbed, byte for byte. */
#include <errno.h>
#include <string.h>

#include "fuzz/fuzz-snapshot.h"
#include "tap-main.h"

enum { STEPS = 250, ROUNDS = 400 };

static World world;

static void live(uint64_t seed, bool reloads, Buffer *ret) {
        world_init(&world, seed, seed % 2);
        world.on_output = world_keep_line;
        world.userdata = ret;
        world.after_input = reloads ? world_reload : NULL;
        for (int i = random_rounds(STEPS); i > 0; i--) {
                world_step(&world);
                if (reloads)
                        world_reload(&world);
        }
        world_end(&world);
}

START_TEST(nobody_notices_a_reload) {
        uint64_t seed = (uint64_t)_i + 1;
        Buffer undisturbed = {0}, reloaded = {0};

        live(seed, false, &undisturbed);
        live(seed, true, &reloaded);
        world_expect_equal(seed, &undisturbed, &reloaded);
        ck_assert_uint_gt(buffer_size(&reloaded), STEPS);
        buffer_deinit(&undisturbed);
        buffer_deinit(&reloaded);
}
END_TEST

/* A damaged snapshot is refused with a reason, or loaded as another valid one; in either case the core ends cleanly. */
START_TEST(damaged_snapshots_do_no_harm) {
        Random random = {.state = (uint64_t)_i * 2 + 1};
        Buffer sound = {0};
        unsigned n_read = 0, n_refused = 0;

        snapshot_of_world((uint64_t)_i + 1, 150, &sound);
        ck_assert(snapshot_try(buffer_bytes(&sound), buffer_size(&sound)));
        for (int i = random_rounds(ROUNDS); i > 0; i--) {
                Buffer text = {0};
                ck_assert_int_eq(buffer_append(&text, buffer_bytes(&sound), buffer_size(&sound)),
                                 0);
                snapshot_damage(&random, &text);
                if (snapshot_try(buffer_bytes(&text), buffer_size(&text)))
                        n_read++;
                else
                        n_refused++;
                buffer_deinit(&text);
        }
        ck_assert_uint_gt(n_refused, n_read / 8);
        buffer_deinit(&sound);
}
END_TEST

static void expect_refusal(const char *text, int error, const char *reason) {
        char fault[CORE_FAULT_MAX];
        Core core;

        ck_assert_int_eq(core_init(&core, NULL), 0);
        ck_assert_int_eq(core_load(&core, text, strlen(text), fault), error);
        ck_assert_msg(strstr(fault, reason), "the reason is: %s", fault);
        core_deinit(&core);
}

START_TEST(what_is_unknown_is_refused) {
        static const char change[] = "\"kind\":\"core\",";
        Buffer sound = {0}, changed = {0};

        expect_refusal("", -EBADMSG, "not a snapshot");
        expect_refusal("{}\n", -EBADMSG, "kind");
        expect_refusal("{\"kind\":\"shmgr_snapshot\",\"format\":99,\"version\":\"7.0\"}\n",
                       -EPROTONOSUPPORT, "format 99, written by version 7.0");
        expect_refusal("{\"kind\":\"shmgr_snapshot\",\"format\":1,\"version\":\"7.0\",\"x\":1}\n",
                       -EBADMSG, "unknown");
        snapshot_of_world(1, 20, &sound);
        char *at = memmem(buffer_bytes(&sound), buffer_size(&sound), change, strlen(change));
        size_t n = (size_t)(at - buffer_bytes(&sound)) + strlen(change);
        ck_assert_int_eq(buffer_append(&changed, buffer_bytes(&sound), n), 0);
        ck_assert_int_eq(buffer_append_string(&changed, "\"colour\":\"red\","), 0);
        ck_assert_int_eq(buffer_append(&changed, buffer_bytes(&sound) + n, buffer_size(&sound) - n),
                         0);
        ck_assert_int_eq(buffer_append(&changed, "", 1), 0);
        expect_refusal(buffer_bytes(&changed), -EBADMSG, "line 2: 1 member(s)");
        buffer_deinit(&sound);
        buffer_deinit(&changed);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("snapshot");
        TCase *tcase = tcase_create("snapshot");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, nobody_notices_a_reload, 0, 8);
        tcase_add_loop_test(tcase, damaged_snapshots_do_no_harm, 0, 4);
        tcase_add_test(tcase, what_is_unknown_is_refused);
        suite_add_tcase(suite, tcase);
        return suite;
}
