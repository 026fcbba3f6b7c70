/* Saves the core and loads it again between two inputs: see reload.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/siphash.h"
#include "core.h"
#include "core/reload.h"
#include "expect.h"
#include "session.h"

/* Sets the fields of Core that a new daemon sets itself and that no snapshot holds. */
static void set_up(Core *core, const Core *before) {
        EXPECT(core_init(core, &before->limits) == 0);
        core->source = before->source;
        core->on_serving = before->on_serving;
        core->uid = before->uid;
        core->unmapped_gid = before->unmapped_gid;
        core->session_bytes = before->session_bytes;
        core->news_reader = before->news_reader;
        core->lent_min = before->lent_min;
}

static void find_sessions(const Core *core, Session **sessions, const uint64_t *ids, size_t n) {
        for (Session *session = NULL; (session = core_next_session(core, session));)
                for (size_t i = 0; i < n; i++)
                        if (ids[i] == session->id)
                                sessions[i] = session;
        for (size_t i = 0; i < n; i++)
                EXPECT(!ids[i] || sessions[i]);
}

void core_reload(Core *core, Session **sessions, size_t n) {
        static uint64_t key;
        char fault[CORE_FAULT_MAX];
        uint64_t *ids = calloc(n + 1, sizeof(*ids));
        Core before = *core;
        Buffer text = {0};

        EXPECT(ids && core_save(core, &text) == 0);
        for (size_t i = 0; i < n; i++) {
                ids[i] = sessions[i] ? sessions[i]->id : 0;
                sessions[i] = NULL;
        }
        core_leave_descriptors(core);
        core->news_reader = (NewsReader){0};
        core_deinit(core);
        key++;
        hash_key_set(&(HashKey){.k0 = key * UINT64_C(0x9e3779b97f4a7c15), .k1 = ~key});
        set_up(core, &before);
        if (core_load(core, buffer_bytes(&text), buffer_size(&text), fault) < 0) {
                fprintf(stderr, "%s\n%.*s", fault, (int)buffer_size(&text), buffer_bytes(&text));
                abort();
        }
        core_end_load(core);
        buffer_deinit(&text);
        find_sessions(core, sessions, ids, n);
        free(ids);
}
