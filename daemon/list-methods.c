/* Prints the methods of this daemon as C source for shmgrctl, which then knows the verbs of each
 * type without a daemon.
 *
 * It runs the core, calls rpc.discover, and divides the reply among the families. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attachment.h"
#include "base/buffer.h"
#include "core.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "lent.h"

enum { CHUNK = 100 }; /* bytes of text in each line of the source */

static const char request[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}";

/* Makes the call. */
static int ask(Buffer *ret) {
        const CoreSetup setup = {.unmapped_gid = (gid_t)-1};
        const Peer peer = {.pid = 1, .comm = "list-methods"};
        Core *core = core_new(&setup);
        Attachments attachments;
        Lent lent = {0};
        Session *session;
        int r = core ? core_session_begin(core, &peer, &session) : -ENOMEM;

        attachments_init(&attachments);
        if (r == 0) {
                core_session_receive(session, request, strlen(request));
                r = core_session_take_output(session, ret, &attachments, &lent);
        }
        attachments_clear(&attachments);
        core_free(core);
        return r;
}

static int read_methods(const Buffer *answer, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *whole = NULL;
        static const JsonLimits limits = {.max_depth = 100, .max_members = 1 << 20};
        struct json_object *result;
        int r = json_parse(buffer_bytes(answer), buffer_size(answer), &limits, &whole, NULL);

        if (r < 0)
                return r;
        if (!json_object_object_get_ex(whole, "result", &result) ||
            !json_object_object_get_ex(result, "methods", ret))
                return -EBADMSG;
        json_object_get(*ret);
        return 0;
}

/* Builds {"dict": [its methods], ...}. */
static int divide(struct json_object *methods, struct json_object *families) {
        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                struct json_object *method = json_object_array_get_idx(methods, i), *family;
                const char *name = json_object_get_string(json_object_object_get(method, "name"));
                char key[64];
                snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, "."), name);
                if (!json_object_object_get_ex(families, key, &family)) {
                        family = json_object_new_array();
                        if (json_put(families, key, family) < 0)
                                return -ENOMEM;
                }
                if (json_push(family, json_object_get(method)) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static void print_literal(const Buffer *text) {
        for (size_t i = 0; i < buffer_size(text); i++) {
                unsigned char c = (unsigned char)buffer_bytes(text)[i];
                if (i % CHUNK == 0)
                        printf("%s\n\t\"", i > 0 ? "\"" : "");
                if (c == '"' || c == '\\')
                        printf("\\%c", c);
                else if (c < ' ' || c >= 0x7f)
                        printf("\\%03o", c);
                else
                        putchar(c);
        }
        printf("\"");
}

static int print_family(const char *name, struct json_object *methods) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        int r = json_write(&text, methods);

        if (r < 0)
                return r;
        printf("\t{\"%s\", %zu,", name, buffer_size(&text));
        print_literal(&text);
        printf("},\n");
        return 0;
}

static int by_name(const void *a, const void *b) {
        return strcmp(json_object_get_string(*(struct json_object *const *)a),
                      json_object_get_string(*(struct json_object *const *)b));
}

/* Returns the names of the families, sorted. */
static struct json_object *sort_names(struct json_object *families) {
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();

        if (!names)
                return NULL;
        json_object_object_foreach (families, name, methods)
                if (methods && json_push(names, json_object_new_string(name)) < 0)
                        return NULL;
        json_object_array_sort(names, by_name);
        return TAKE_PTR(names);
}

static int print_all(struct json_object *families) {
        CLEANUP(json_putp) struct json_object *names = sort_names(families);
        int r = names ? 0 : -ENOMEM;

        printf("/* Made by list-methods; see own-methods.h. */\n"
               "#include \"own-methods.h\"\n\n"
               "const OwnFamily own_families[] = {\n");
        for (size_t i = 0; r == 0 && i < json_object_array_length(names); i++) {
                const char *name = json_object_get_string(json_object_array_get_idx(names, i));
                r = print_family(name, json_object_object_get(families, name));
        }
        printf("\t{0},\n};\n");
        return r == 0 && fflush(stdout) != 0 ? -errno : r;
}

int main(void) {
        CLEANUP(json_putp) struct json_object *methods = NULL;
        CLEANUP(json_putp) struct json_object *families = json_object_new_object();
        CLEANUP(buffer_deinit) Buffer answer = {0};
        int r = families ? ask(&answer) : -ENOMEM;

        if (r == 0)
                r = read_methods(&answer, &methods);
        if (r == 0)
                r = divide(methods, families);
        if (r == 0)
                r = print_all(families);
        if (r < 0)
                fprintf(stderr, "list-methods: %s\n", strerror(-r));
        return r < 0 ? 1 : 0;
}
