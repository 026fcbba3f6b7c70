/* Fills objects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stall-daemon.h"
#include "stall-fill.h"

enum { PIECE = 2000 }; /* elements of one call: below the limit max-call-work */

static void check(int r) {
        if (r < 0)
                stall_fail("memory");
}

/* A permutation of the numbers below 2^20, so that elements are not in order. */
static size_t mixed(size_t i) {
        return (i * 0x9e375u + 77777u) & ((1u << 20) - 1);
}

static void put_number(Buffer *b, size_t i) {
        char digits[24], *at = digits + sizeof(digits);

        do
                *--at = (char)('0' + i % 10);
        while ((i /= 10) > 0);
        check(buffer_append(b, at, (size_t)(digits + sizeof(digits) - at)));
}

static void put_text(Buffer *b, const char *text) {
        check(buffer_append(b, text, strlen(text)));
}

void fill_ints(Buffer *b, size_t from, size_t n) {
        for (size_t i = 0; i < n; i++) {
                put_text(b, i ? "," : "");
                put_number(b, mixed(from + i));
        }
}

void fill_strings(Buffer *b, size_t from, size_t n) {
        for (size_t i = 0; i < n; i++) {
                put_text(b, i ? ",\"string " : "\"string ");
                put_number(b, 1000000 + mixed(from + i));
                put_text(b, "\"");
        }
}

void fill_members(Buffer *b, size_t from, size_t n) {
        for (size_t i = 0; i < n; i++) {
                put_text(b, i ? ",\"k" : "\"k");
                put_number(b, from + i);
                put_text(b, "\":");
                put_number(b, from + i);
        }
}

static void add_piece(Client *c, const char *type, const char *name, size_t from, size_t n,
                      bool with_strings) {
        bool is_dict = strcmp(type, "dict") == 0;
        const char *verb = strcmp(type, "list") == 0    ? "extend"
                           : strcmp(type, "queue") == 0 ? "put_many"
                                                        : "update";
        const char *key = is_dict ? "items" : "values";
        Buffer params = {0};
        char method[32];

        check(buffer_append_format(&params, "{\"name\":\"%s\",\"%s\":%c", name, key,
                                   is_dict ? '{' : '['));
        if (is_dict)
                fill_members(&params, from, n);
        else if (with_strings)
                fill_strings(&params, from, n);
        else
                fill_ints(&params, from, n);
        check(buffer_append_string(&params, is_dict ? "}}" : "]}"));
        snprintf(method, sizeof(method), "%s.%s", type, verb);
        client_add_text(c, method, buffer_bytes(&params), buffer_size(&params));
        buffer_deinit(&params);
}

/* The contents of these types come with the open, so they must fit into one message. */
static bool open_filled(Client *c, const char *type, const char *name, size_t n) {
        bool is_namespace = strcmp(type, "namespace") == 0;
        Buffer params = {0};
        char method[32];

        if (strcmp(type, "array") == 0)
                return client_call(c, "array.open",
                                   "{'name':'%s','create':true,'type':'int64','length':%zu}", name,
                                   n);
        check(buffer_append_format(&params, "{\"name\":\"%s\",\"create\":true,\"value\":%c", name,
                                   is_namespace ? '{' : '['));
        if (is_namespace)
                fill_members(&params, 0, n < PIECE ? n : PIECE);
        else
                fill_ints(&params, 0, n < PIECE ? n : PIECE);
        check(buffer_append_string(&params, is_namespace ? "}}" : "]}"));
        snprintf(method, sizeof(method), "%s.open", type);
        client_add_text(c, method, buffer_bytes(&params), buffer_size(&params));
        buffer_deinit(&params);
        return client_run(c);
}

static bool is_filled_in_pieces(const char *type) {
        return strcmp(type, "list") == 0 || strcmp(type, "dict") == 0 || strcmp(type, "set") == 0 ||
               strcmp(type, "queue") == 0;
}

bool fill_object(Client *c, const char *type, const char *name, size_t n, bool with_strings) {
        char method[32];

        client_add(c, "object.delete", "['%s']", name);
        if (!client_run(c))
                return false;
        if (!is_filled_in_pieces(type))
                return open_filled(c, type, name, n);
        snprintf(method, sizeof(method), "%s.open", type);
        if (!client_call(c, method, "{'name':'%s','create':true}", name))
                return false;
        for (size_t at = 0; at < n; at += PIECE)
                add_piece(c, type, name, at, n - at < PIECE ? n - at : PIECE, with_strings);
        bool is_done = client_run(c);
        if (c->error[0])
                fprintf(stderr, "bench/stalls: filling %s: %s\n", name, c->error_text);
        return is_done;
}

bool fill_counters(Client *c, const char *prefix, size_t n) {
        for (size_t i = 0; i < n; i++)
                client_add(c, "counter.open", "{'name':'%s%zu','create':true,'mode':438}", prefix,
                           i);
        return client_run(c);
}
