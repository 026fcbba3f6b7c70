/* Starts, kills and ends a daemon with a state directory: see durable-daemon.h. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "tap-suite.h"
#include "wire/durable-daemon.h"

void durable_start(Durable *t, const char *more) {
        const char *const options[] = {t->option, more, NULL};

        ck_assert_int_eq(daemon_process_start(&t->daemon, options), 0);
        t->wire = wire_open_at(t->daemon.socket);
}

bool durable_begin(Durable *t, const char *more) {
        const char *const options[] = {t->option, more, NULL};

        *t = (Durable){.daemon = daemon_process_new()};
        snprintf(t->option, sizeof(t->option), "--state=%s/state", t->daemon.directory);
        int status = daemon_process_start(&t->daemon, options);
        if (status == EX_CANTCREAT) {
                say_skipped("this build has no SQLite");
                daemon_process_free(&t->daemon);
                return false;
        }
        ck_assert_int_eq(status, 0);
        t->wire = wire_open_at(t->daemon.socket);
        return true;
}

void durable_end(Durable *t) {
        wire_close(&t->wire);
        daemon_process_end(&t->daemon, SIGTERM);
        daemon_process_free(&t->daemon);
}

void durable_kill_and_start(Durable *t, const char *more) {
        wire_close(&t->wire);
        ck_assert_int_eq(daemon_process_end(&t->daemon, SIGKILL), -SIGKILL);
        durable_start(t, more);
}

void durable_call(Wire *wire, const char *method, const char *params) {
        wire_request(wire, 1, method, params);
        ck_assert_ptr_nonnull(strstr(wire_line(wire), "\"result\""));
}
