/* Reports that a user has durable objects from before the start of the daemon. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "account.h"
#include "core-state.h"
#include "inherited.h"
#include "object.h"
#include "session.h"

enum { TEXT_MAX = 160, DATE_MAX = 40 };

void inherited_note(const Object *object) {
        Account *account = object->account;

        if (account->n_inherited++ == 0 || object->created_ms < account->inherited_since_ms)
                account->inherited_since_ms = object->created_ms;
}

/* Writes a date such as "2026-11-28 07:52:12 UTC". */
static void write_date(int64_t ms, char date[DATE_MAX]) {
        time_t seconds = (time_t)(ms / 1000);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(date, DATE_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
                snprintf(date, DATE_MAX, "%" PRId64 " ms", ms);
}

void inherited_tell(const Session *session) {
        Account *account = session->account;
        char text[TEXT_MAX], date[DATE_MAX];

        if (account->n_inherited == 0)
                return;
        write_date(account->inherited_since_ms, date);
        snprintf(text, sizeof(text),
                 "this user owns %" PRIu64
                 " durable objects from before the start of the daemon, the oldest made at %s",
                 account->n_inherited, date);
        account->n_inherited = 0;
        core_tell(session->core,
                  &(News){.kind = NEWS_STORED_BEFORE, .session = session, .text = text});
}
