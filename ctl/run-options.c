/* Reads the options of commands that run commands. */
#include <string.h>

#include "run-options.h"
#include "shown.h"
#include "status.h"

enum { GRACE_MS = 10000, NOTE_MAX = 255 };

static int read_on_lost(const char *verb, const char *text, OnLost *ret) {
        static const char *const names[] = {"term", "kill", "warn"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(text, names[i]) == 0) {
                        *ret = (OnLost)i;
                        return STATUS_OK;
                }
        return status_usage("%s: --on-lost: '%s' is not term, kill or warn", verb, text);
}

int run_options_read(const char *verb, const Arguments *arguments, HolderOptions *ret) {
        const char *const *given = arguments->given;

        *ret = (HolderOptions){
                .note = given[RUN_NOTE],
                .expect_ms = arguments_ms(arguments, RUN_EXPECT, 0),
                .grace_ms = arguments_ms(arguments, RUN_GRACE, GRACE_MS),
                .kills_group = given[RUN_KILL_GROUP],
        };
        if (ret->note && strlen(ret->note) > NOTE_MAX)
                return status_usage("%s: --note: the text has more than %d bytes", verb, NOTE_MAX);
        if (ret->note && shown_has_controls(ret->note))
                return status_usage("%s: --note: the text has a control character, such as a "
                                    "newline or a tab",
                                    verb);
        return given[RUN_ON_LOST] ? read_on_lost(verb, given[RUN_ON_LOST], &ret->on_lost)
                                  : STATUS_OK;
}

int run_options_put_sharing(const char *verb, const Arguments *arguments,
                            struct json_object *options) {
        return account_put_options(verb, arguments->given[RUN_MODE], arguments->given[RUN_GROUP],
                                   options);
}
