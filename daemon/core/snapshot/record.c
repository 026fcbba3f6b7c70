/* The members of records, and the values in them.
 *
 * The first error stays: after it each function does nothing and returns 0, NULL or false, so
 * callers read a whole record and check once. Members that the code did not read are an error as
 * well (snapshot_check_record()), since a newer version has written something that this one would
 * lose. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-number.h"
#include "json/json-text.h"
#include "snapshot/record.h"

/* Keeps the first fault only: later failures are consequences, and would hide the wrong record.
 * Callers may therefore read on, and check once at the end of a record. */
int snapshot_fail(SnapshotReader *r, int error, const char *format, ...) {
        va_list args;
        int n = 0;

        if (r->error < 0)
                return r->error;
        r->error = error;
        if (error == -ENOMEM) {
                snprintf(r->fault, sizeof(r->fault), "memory ran out");
                return error;
        }
        n = snprintf(r->fault, sizeof(r->fault), "line %zu: ", r->n_lines);
        va_start(args, format);
        vsnprintf(r->fault + n, sizeof(r->fault) - (size_t)n, format, args);
        va_end(args);
        return error;
}

static int fail_memory(SnapshotReader *r) {
        return snapshot_fail(r, -ENOMEM, "memory ran out");
}

void snapshot_record_init(SnapshotRecord *record, SnapshotReader *r, const JsonSpan *span) {
        JsonCursor cursor;
        SnapshotMember member;

        record->reader = r;
        record->span = span ? *span : (JsonSpan){0};
        record->n_members = record->n_read = record->next = 0;
        if (!span)
                return;
        json_cursor_init(&cursor, span);
        while (json_cursor_next(&cursor, &member.key, &member.value)) {
                if (record->n_members == SNAPSHOT_MEMBERS_MAX) {
                        snapshot_fail(r, -EBADMSG,
                                      "the record has more than %d members, which are unknown to "
                                      "this version",
                                      SNAPSHOT_MEMBERS_MAX);
                        return;
                }
                record->members[record->n_members++] = member;
                r->n_steps++;
        }
}

/* Members are mostly read in the order in which they were written, so the search begins behind the
 * last one. */
bool snapshot_find(SnapshotRecord *record, const char *key, JsonSpan *ret) {
        size_t n_key = strlen(key), n = record->reader->error < 0 ? 0 : record->n_members;

        for (size_t i = 0; i < n; i++) {
                size_t at = record->next + i < n ? record->next + i : record->next + i - n;
                const SnapshotMember *member = &record->members[at];
                record->reader->n_steps++;
                if (json_span_is(&member->key, key, n_key)) {
                        record->next = at + 1;
                        record->n_read++;
                        *ret = member->value;
                        return true;
                }
        }
        return false;
}

bool snapshot_has(SnapshotRecord *record, const char *key) {
        JsonSpan span;

        if (!snapshot_find(record, key, &span))
                return false;
        record->n_read--;
        return true;
}

static bool get(SnapshotRecord *record, const char *key, JsonSpan *ret) {
        if (snapshot_find(record, key, ret))
                return true;
        snapshot_fail(record->reader, -EBADMSG, "the member '%s' is missing", key);
        return false;
}

static int fail_kind(SnapshotReader *r, const char *key, const char *what) {
        return snapshot_fail(r, -EBADMSG, "%s%s%s is not %s", key ? "'" : "", key ? key : "a value",
                             key ? "'" : "", what);
}

/* Reads 64 bits: an unsigned number above INT64_MAX was written as the negative number with the
 * same bits. */
static int64_t read_int(SnapshotReader *r, const char *key, const JsonSpan *span) {
        int64_t i = 0;

        if (span->kind != JSON_INT || !json_int_parse(span->text, span->n, &i))
                fail_kind(r, key, "an integer");
        return r->error < 0 ? 0 : i;
}

int64_t snapshot_read_int(SnapshotReader *r, const JsonSpan *span) {
        return read_int(r, NULL, span);
}

int64_t snapshot_get_int(SnapshotRecord *record, const char *key) {
        JsonSpan span;

        return get(record, key, &span) ? read_int(record->reader, key, &span) : 0;
}

int64_t snapshot_get_range(SnapshotRecord *record, const char *key, int64_t least, int64_t most) {
        int64_t i = snapshot_get_int(record, key);

        if (record->reader->error == 0 && (i < least || i > most))
                snapshot_fail(record->reader, -EBADMSG, "'%s' is %lld, not between %lld and %lld",
                              key, (long long)i, (long long)least, (long long)most);
        return record->reader->error < 0 ? least : i;
}

uint64_t snapshot_get_uint(SnapshotRecord *record, const char *key) {
        return (uint64_t)snapshot_get_int(record, key);
}

static bool read_bool(SnapshotReader *r, const char *key, const JsonSpan *span) {
        if (span->kind != JSON_BOOL)
                fail_kind(r, key, "a boolean");
        return r->error == 0 && *span->text == 't';
}

bool snapshot_read_bool(SnapshotReader *r, const JsonSpan *span) {
        return read_bool(r, NULL, span);
}

bool snapshot_get_bool(SnapshotRecord *record, const char *key) {
        JsonSpan span;

        return get(record, key, &span) && read_bool(record->reader, key, &span);
}

static int hex_digit(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads {"hex": DIGITS}. */
static char *read_hex(SnapshotReader *r, const JsonSpan *span, size_t *ret_n) {
        SnapshotRecord record;
        JsonSpan digits;

        snapshot_record_init(&record, r, span);
        if (!get(&record, "hex", &digits))
                return NULL;
        snapshot_check_record(&record);
        size_t n = digits.n / 2 - 1;
        if (digits.kind != JSON_STRING || digits.n % 2)
                fail_kind(r, "hex", "pairs of hexadecimal digits");
        CLEANUP(freep) char *text = r->error == 0 ? malloc(n + 1) : NULL;
        if (!text) {
                fail_memory(r);
                return NULL;
        }
        for (size_t i = 0; i < n; i++) {
                int high = hex_digit(digits.text[1 + 2 * i]);
                int low = hex_digit(digits.text[2 + 2 * i]);
                if (high < 0 || low < 0) {
                        fail_kind(r, "hex", "pairs of hexadecimal digits");
                        return NULL;
                }
                text[i] = (char)(high * 16 + low);
        }
        text[n] = '\0';
        *ret_n = n;
        return TAKE_PTR(text);
}

char *snapshot_read_text(SnapshotReader *r, const JsonSpan *span, size_t *ret_n) {
        char *text = NULL;
        size_t n = 0;

        if (r->error < 0 || span->kind == JSON_NULL)
                ;
        else if (span->kind == JSON_OBJECT)
                text = read_hex(r, span, &n);
        else if (span->kind != JSON_STRING)
                fail_kind(r, NULL, "a text");
        else if (json_span_decode(span, &text, &n) < 0)
                fail_memory(r);
        if (ret_n)
                *ret_n = n;
        return text;
}

char *snapshot_get_text(SnapshotRecord *record, const char *key, size_t *ret_n) {
        JsonSpan span;

        if (ret_n)
                *ret_n = 0;
        return get(record, key, &span) ? snapshot_read_text(record->reader, &span, ret_n) : NULL;
}

/* A text that does not fit is an error, and never cut. */
void snapshot_get_string(SnapshotRecord *record, const char *key, char *ret, size_t size) {
        size_t n;
        CLEANUP(freep) char *text = snapshot_get_text(record, key, &n);

        *ret = '\0';
        if (!text)
                snapshot_fail(record->reader, -EBADMSG, "'%s' is null", key);
        else if (n >= size || memchr(text, 0, n))
                snapshot_fail(record->reader, -EBADMSG,
                              "'%s' is not a string of less than %zu bytes", key, size);
        else
                memcpy(ret, text, n + 1);
}

/* Choices are written as words, since the numbers of an enum may change between versions. */
unsigned snapshot_get_choice(SnapshotRecord *record, const char *key, const char *const *choices) {
        JsonSpan span;

        if (!get(record, key, &span))
                return 0;
        for (unsigned i = 0; span.kind == JSON_STRING && choices[i]; i++)
                if (json_span_equals(&span, choices[i]))
                        return i;
        fail_kind(record->reader, key, "one of the allowed words");
        return 0;
}

int snapshot_read_value(SnapshotReader *r, const JsonSpan *span, Value *ret) {
        *ret = VALUE_NULL;
        if (r->error == 0 && value_make(span, ret) < 0)
                fail_memory(r);
        return r->error;
}

int snapshot_get_value(SnapshotRecord *record, const char *key, Value *ret) {
        JsonSpan span;

        *ret = VALUE_NULL;
        return get(record, key, &span) ? snapshot_read_value(record->reader, &span, ret)
                                       : record->reader->error;
}

/* For the few members that are trees in memory as well: the data of errors. */
int snapshot_get_tree(SnapshotRecord *record, const char *key, struct json_object **ret) {
        JsonSpan span;

        *ret = NULL;
        if (get(record, key, &span) && json_build(&span, ret) < 0)
                fail_memory(record->reader);
        return record->reader->error;
}

void snapshot_get_array(SnapshotRecord *record, const char *key, JsonCursor *ret) {
        static const JsonSpan empty = {.text = "[]", .n = 2, .kind = JSON_ARRAY};
        JsonSpan span;

        json_cursor_init(ret, &empty);
        if (!get(record, key, &span))
                return;
        if (span.kind != JSON_ARRAY)
                fail_kind(record->reader, key, "an array");
        else
                json_cursor_init(ret, &span);
}

/* Begins a record within a record. The caller ends it with snapshot_check_record(). */
void snapshot_enter_record(SnapshotReader *r, const JsonSpan *span, SnapshotRecord *ret) {
        snapshot_record_init(ret, r, span->kind == JSON_OBJECT ? span : NULL);
        if (span->kind != JSON_OBJECT)
                fail_kind(r, NULL, "an object");
}

void snapshot_get_record(SnapshotRecord *record, const char *key, SnapshotRecord *ret) {
        JsonSpan span;

        snapshot_record_init(ret, record->reader, NULL);
        if (get(record, key, &span))
                snapshot_enter_record(record->reader, &span, ret);
}

/* Compares the number of members with the number of those that were read. */
void snapshot_check_record(SnapshotRecord *record) {
        if (record->reader->error == 0 && record->n_read != record->n_members)
                snapshot_fail(record->reader, -EBADMSG,
                              "%zu member(s) of the record are unknown to this version",
                              record->n_members - record->n_read);
}

bool snapshot_next_element(SnapshotReader *r, JsonCursor *cursor, JsonSpan *ret) {
        r->n_steps++;
        return r->error == 0 && json_cursor_next(cursor, NULL, ret);
}

/* Tuples keep contents short: an array per element instead of an object with the same keys in
 * each. */
bool snapshot_read_tuple(SnapshotReader *r, const JsonSpan *span, JsonSpan *ret, size_t n) {
        JsonCursor cursor;
        JsonSpan more;
        size_t i = 0;

        if (r->error == 0 && span->kind == JSON_ARRAY) {
                json_cursor_init(&cursor, span);
                while (i < n && json_cursor_next(&cursor, NULL, &ret[i]))
                        i++;
                if (i == n && !json_cursor_next(&cursor, NULL, &more))
                        return true;
        }
        snapshot_fail(r, -EBADMSG, "an element is not an array of %zu", n);
        return false;
}
