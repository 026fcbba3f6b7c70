/* Converts names of users and groups to their numbers. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "account-name.h"
#include "json/json-util.h"
#include "status.h"

static bool is_number(const char *text) {
        return *text && strlen(text) < 11 && strspn(text, "0123456789") == strlen(text);
}

static bool is_user(const char *format) {
        return strcmp(format, "uid") == 0;
}

int account_number(const char *format, const char *text, int64_t *ret) {
        const struct passwd *user = is_user(format) ? getpwnam(text) : NULL;
        const struct group *group = is_user(format) ? NULL : getgrnam(text);

        if (user)
                *ret = user->pw_uid;
        else if (group)
                *ret = group->gr_gid;
        else if (is_number(text))
                *ret = strtoll(text, NULL, 10);
        else
                return -ENOENT;
        return 0;
}

const char *account_word(const char *format) {
        if (is_user(format))
                return "user";
        return strcmp(format, "gid") == 0 ? "group" : NULL;
}

int account_put_options(const char *verb, const char *mode, const char *group,
                        struct json_object *options) {
        int64_t gid;

        if (group && account_number("gid", group, &gid) < 0)
                return status_usage("%s: unknown group '%s'", verb, group);
        if ((mode && json_put_string(options, "mode", mode) < 0) ||
            (group && json_put_int(options, "group", gid) < 0))
                return status_failure(verb, -ENOMEM);
        return STATUS_OK;
}
