/* Reconnects after the daemon ended. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "duration.h"
#include "json/json-util.h"
#include "reconnect.h"
#include "status.h"

enum { PAUSE_FIRST_MS = 20, PAUSE_MOST_MS = 1000 };

static bool sleep_ms(const Ctl *ctl, int ms) {
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
        return !ctl_is_interrupted(ctl);
}

static bool daemon_answers(Ctl *ctl) {
        CLEANUP(json_putp) struct json_object *pong = NULL;

        return ctl_try(ctl, "server.ping", NULL, &pong) == 0;
}

/* Returns how long to try, in milliseconds. */
static int64_t patience(void) {
        const char *text = getenv(RECONNECT_VARIABLE);
        double ms;

        if (!text || !*text)
                return RECONNECT_SECONDS * 1000;
        return duration_parse(text, DURATION_SECONDS, &ms) ? (int64_t)ms : RECONNECT_SECONDS * 1000;
}

int reconnect(Ctl *ctl, const char *what, ReconnectPause *pause, void *userdata) {
        int64_t most_ms = patience(), waited_ms = 0;
        int pause_ms = PAUSE_FIRST_MS;

        if (!most_ms)
                return status_error(STATUS_NO_DAEMON, "%s: the daemon ended", what);
        status_note("%s: the daemon ended; connecting again", what);
        while (!daemon_answers(ctl)) {
                if (waited_ms >= most_ms)
                        return status_error(STATUS_NO_DAEMON,
                                            "%s: no daemon answered within %lld s", what,
                                            (long long)(most_ms / 1000));
                if (pause ? !pause(userdata, pause_ms) : !sleep_ms(ctl, pause_ms))
                        return STATUS_ERROR;
                waited_ms += pause_ms;
                pause_ms = pause_ms < PAUSE_MOST_MS / 2 ? 2 * pause_ms : PAUSE_MOST_MS;
        }
        return STATUS_OK;
}
