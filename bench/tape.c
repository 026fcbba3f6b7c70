/* A tape is made once and sent many times, so the load generator costs little. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "tape.h"

enum { SMALL = 4096, SMALL_REQUESTS = 16 };

typedef struct Words {
        const char *object, *value, *script;
        size_t n_value;
} Words;

static void put(Buffer *b, const char *text, size_t n) {
        if (buffer_append(b, text, n) < 0)
                bench_fail("memory", ENOMEM);
}

static void put_string(Buffer *b, const char *text) {
        put(b, text, strlen(text));
}

/* Appends the text, with its $ words replaced. */
static void put_template(Buffer *b, const char *text, const Words *words) {
        for (const char *p; (p = strchr(text, '$')); text = p + 2) {
                put(b, text, (size_t)(p - text));
                if (p[1] == 'v')
                        put(b, words->value, words->n_value);
                else
                        put_string(b, p[1] == 'o' ? words->object : words->script);
        }
        put_string(b, text);
}

static void put_number(Buffer *b, const char *before, size_t n, const char *behind) {
        char text[64];

        snprintf(text, sizeof(text), "%s%zu%s", before, n, behind);
        put_string(b, text);
}

static void put_call(Tape *t, const Step *step, const Words *words, unsigned id) {
        char tail[32];

        snprintf(tail, sizeof(tail), ",\"id\":%u}\n", id);
        put_string(&t->requests, "{\"jsonrpc\":\"2.0\",\"method\":\"");
        put_string(&t->requests, step->method);
        put_string(&t->requests, "\",\"params\":[\"");
        put_string(&t->requests, words->object);
        put_string(&t->requests, step->params[0] ? "\"," : "\"");
        put_template(&t->requests, step->params, words);
        put_string(&t->requests, "]");
        put_string(&t->requests, tail);
        put_string(&t->replies, "{\"jsonrpc\":\"2.0\",\"result\":");
        put_template(&t->replies, step->result, words);
        put_string(&t->replies, tail);
}

static void put_command(Tape *t, const Step *step, const Words *words) {
        size_t n_words = 1;

        for (const char *p = step->command; *p; p++)
                n_words += *p == ' ';
        put_number(&t->requests, "*", n_words, "\r\n");
        for (const char *p = step->command; *p;) {
                Buffer word = {0};
                size_t n = strcspn(p, " ");
                char text[64];
                snprintf(text, sizeof(text), "%.*s", (int)n, p);
                put_template(&word, text, words);
                put_number(&t->requests, "$", buffer_size(&word), "\r\n");
                put(&t->requests, buffer_bytes(&word), buffer_size(&word));
                put_string(&t->requests, "\r\n");
                buffer_deinit(&word);
                p += n + (p[n] == ' ');
        }
        if (strcmp(step->reply, "=v") != 0) {
                put_string(&t->replies, step->reply);
                return;
        }
        put_number(&t->replies, "$", words->n_value, "\r\n");
        put(&t->replies, words->value, words->n_value);
        put_string(&t->replies, "\r\n");
}

static void end_request(Tape *t) {
        size_t bytes = (t->n + 1) * sizeof(size_t);

        t->request_ends = realloc(t->request_ends, bytes);
        t->reply_ends = realloc(t->reply_ends, bytes);
        if (!t->request_ends || !t->reply_ends)
                bench_fail("memory", ENOMEM);
        t->request_ends[t->n] = buffer_size(&t->requests);
        t->reply_ends[t->n++] = buffer_size(&t->replies);
}

static void put_steps(Tape *t, Protocol protocol, const Step *steps, const Words *words) {
        for (const Step *step = steps; step && step->method; step++)
                for (unsigned i = 0; i < (step->times ? step->times : 1); i++) {
                        if (protocol == PROTOCOL_JSON_RPC)
                                put_call(t, step, words, t->n + 1);
                        else
                                put_command(t, step, words);
                        end_request(t);
                }
}

static char *make_value(size_t size) {
        char *value = malloc(size + 1);

        if (!value)
                bench_fail("memory", ENOMEM);
        for (size_t i = 0; i < size; i++)
                value[i] = (char)('a' + i % 26);
        value[size] = '\0';
        return value;
}

static void name_object(const Operation *operation, unsigned object_number, size_t size,
                        char ret[64]) {
        int n = snprintf(ret, 64, "%s-%zu-%06u", operation->name, size, object_number);

        for (int i = 0; i < n; i++)
                if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", ret[i]))
                        ret[i] = '-';
}

Tape tape_new(Protocol protocol, const Operation *operation, unsigned object_number, size_t size) {
        CLEANUP(freep) char *value = make_value(size);
        char object[64];
        Tape t = {0};

        name_object(operation, object_number, size, object);
        do
                put_steps(&t, protocol, operation->steps,
                          &(Words){object, value, operation_release_sha, size});
        while (size <= SMALL && t.n < SMALL_REQUESTS);
        return t;
}

static void put_open(Tape *t, const Operation *operation, const char *object) {
        char text[256];

        snprintf(text, sizeof(text),
                 "{\"jsonrpc\":\"2.0\",\"method\":\"%s.open\",\"params\":{\"name\":\"%s\","
                 "\"create\":true%s},\"id\":1}\n",
                 operation->type, object, operation->options ? operation->options : "");
        put_string(&t->requests, text);
        snprintf(text, sizeof(text),
                 "{\"jsonrpc\":\"2.0\",\"result\":{\"name\":\"%s\",\"created\":true,\"id\":#,"
                 "\"lifetime\":\"persistent\"},\"id\":1}\n",
                 object);
        put_string(&t->replies, text);
        end_request(t);
}

Tape tape_new_first(Protocol protocol, const Operation *operation, unsigned object_number,
                    size_t size) {
        CLEANUP(freep) char *value = make_value(size);
        char object[64];
        Tape t = {0};

        name_object(operation, object_number, size, object);
        if (protocol == PROTOCOL_JSON_RPC)
                put_open(&t, operation, object);
        put_steps(&t, protocol, operation->first, &(Words){object, value, "", size});
        return t;
}

void tape_deinit(Tape *tape) {
        buffer_deinit(&tape->requests);
        buffer_deinit(&tape->replies);
        free(tape->request_ends);
        free(tape->reply_ends);
        *tape = (Tape){0};
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

bool tape_match(const Tape *tape, size_t *at, const char *bytes, size_t n) {
        const char *replies = buffer_bytes(&tape->replies);
        size_t size = buffer_size(&tape->replies), i = 0;

        while (i < n) {
                if (replies[*at] == '#') {
                        if (is_digit(bytes[i]) || bytes[i] == '#')
                                i++;
                        else if (bytes[i] == replies[*at + 1])
                                ++*at;
                        else
                                return false;
                        continue;
                }
                size_t m = size - *at < n - i ? size - *at : n - i;
                const char *mark = memchr(replies + *at, '#', m);
                m = mark ? (size_t)(mark - replies) - *at : m;
                if (memcmp(replies + *at, bytes + i, m) != 0)
                        return false;
                i += m;
                *at += m;
                if (*at == size)
                        *at = 0;
        }
        return true;
}
