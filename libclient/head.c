/* Keeps the beginnings of requests. */
#include <string.h>

#include "head.h"
#include "json/json-text.h"
#include "message.h"

/* The address stands for the text, since methods are constants. Builds with the address sanitizer look at the text: a method in a buffer,
 * which may have had another text when the head was kept, ends the program there. */
static void check_constant(const Head *h, const char *method) {
#ifdef __SANITIZE_ADDRESS__
        const char *text = buffer_bytes(&h->text) + MESSAGE_METHOD_AT;
        size_t n = strlen(method);

        if (strncmp(text, method, n) != 0 || text[n] != '"')
                __builtin_trap();
#else
        (void)h;
        (void)method;
#endif
}

static bool is_head_of(const Head *h, const Target *target, const char *method) {
        bool is_same = h->target_id == target->id && h->method == method;

        if (is_same)
                check_constant(h, method);
        return is_same;
}

/* Without memory nothing is kept, and the next request writes its beginning again. */
static void keep(Heads *heads, const Target *target, const char *method, const char *text,
                 size_t n) {
        Head *h = &heads->heads[heads->next++ % N_HEADS];

        buffer_truncate(&h->text, 0);
        h->method = method;
        h->target_id = buffer_append(&h->text, text, n) == 0 ? target->id : 0;
}

int heads_begin_request(Heads *heads, Buffer *out, const Target *target, const char *method) {
        size_t start = buffer_size(out);

        for (unsigned i = 0; i < N_HEADS; i++) {
                const Head *h = &heads->heads[i];
                if (is_head_of(h, target, method))
                        return buffer_append(out, buffer_bytes(&h->text), buffer_size(&h->text));
        }
        int r = message_begin_request(out, method);
        if (r == 0)
                r = json_write_string(out, target->name, strlen(target->name));
        if (r == 0)
                keep(heads, target, method, buffer_bytes(out) + start, buffer_size(out) - start);
        else
                buffer_truncate(out, start);
        return r;
}

void heads_deinit(Heads *heads) {
        for (unsigned i = 0; i < N_HEADS; i++)
                buffer_deinit(&heads->heads[i].text);
}
