/* A client that stays connected: for each line of its input, a method and its params, it makes a call, and
 * prints the outcome in one line: the result, or the name of the error and its text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include <shmgr/shmgr.h>

static void call(shmgr_manager *manager, char *line) {
        char *params = line + strcspn(line, " ");
        struct json_object *result = NULL;

        if (*params)
                *params++ = '\0';
        struct json_object *value = json_tokener_parse(params);
        int r = shmgr_call(manager, line, value, &result);
        if (r < 0)
                printf("%s: %s\n", strerrorname_np(-r), shmgr_manager_error(manager));
        else
                printf("%s\n", json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN));
        json_object_put(result);
        json_object_put(value);
}

int main(void) {
        shmgr_manager *manager = NULL;
        char line[1024];

        if (shmgr_manager_open(NULL, &manager) < 0)
                return 1;
        setvbuf(stdout, NULL, _IOLBF, 0);
        while (fgets(line, sizeof(line), stdin)) {
                line[strcspn(line, "\n")] = '\0';
                call(manager, line);
        }
        shmgr_manager_unref(manager);
        return 0;
}
