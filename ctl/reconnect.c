/* Waiting for the daemon to come back. */
#include <stdio.h>
#include <time.h>

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

int reconnect(Ctl *ctl, const char *what, ReconnectPause *pause, void *userdata) {
        int pause_ms = PAUSE_FIRST_MS, waited_ms = 0;

        status_usage("%s: the daemon went away; connecting again", what);
        while (!daemon_answers(ctl)) {
                if (waited_ms >= RECONNECT_SECONDS * 1000) {
                        status_usage("%s: the daemon has not come back within %d seconds", what,
                                     RECONNECT_SECONDS);
                        return STATUS_NO_DAEMON;
                }
                if (pause ? !pause(userdata, pause_ms) : !sleep_ms(ctl, pause_ms))
                        return STATUS_ERROR;
                waited_ms += pause_ms;
                pause_ms = pause_ms < PAUSE_MOST_MS / 2 ? 2 * pause_ms : PAUSE_MOST_MS;
        }
        return STATUS_OK;
}
