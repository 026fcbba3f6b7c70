/* Telling the shell. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "core.h"
#include "news.h"
#include "object.h"
#include "session.h"
#include "wait/hold.h"

void news_tell(const Core *core, const News *news) {
        const NewsReader *reader = &core->news_reader;

        if (reader->on_news)
                reader->on_news(reader->userdata, news);
}

void news_tell_session(const Session *session, NewsKind kind, const char *text) {
        news_tell(session->core, &(News){.kind = kind, .session = session, .text = text});
}

void news_tell_refused(const Call *call) {
        int error = call->failure.error;
        News news = {.session = call->session,
                     .method = call->ref->name,
                     .text = call->failure.text,
                     .data = call->failure.data};
        struct json_object *name = call_name(call);

        if (error != EACCES && error != EDQUOT && error != EDEADLK)
                return;
        news.kind = error == EACCES ? NEWS_DENIED : error == EDQUOT ? NEWS_BOUND : NEWS_DEADLOCK;
        if (name) {
                news.object = json_object_get_string(name);
                news.n_object = json_object_get_string_len(name);
        }
        news_tell(call->core, &news);
}

void news_tell_left(const Hold *hold) {
        news_tell(hold->session->core, &(News){.kind = NEWS_OWNER_DIED,
                                               .session = hold->session,
                                               .object = hold->object->name,
                                               .n_object = strlen(hold->object->name),
                                               .text = hold->object->type->name});
}
