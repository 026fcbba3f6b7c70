/* Writes answers as text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core-state.h"
#include "json/json-text.h"
#include "types/answer.h"

enum { HEAD_BYTES = 40 }; /* length of the longest {"cursor":C,"items": */

static int begin(Answer *answer, Call *call, const char *advice) {
        *answer = (Answer){.call = call,
                           .text = &call->core->answer,
                           .room = answer_room_of_call(call),
                           .advice = advice};
        buffer_truncate(answer->text, 0);
        return OUTCOME_DONE;
}

int answer_begin(Answer *answer, Call *call, const char *bracket, uint64_t n_least,
                 const char *advice) {
        begin(answer, call, advice);
        if (n_least > answer->room.n_values)
                return answer_refuse(call, advice);
        return buffer_append(answer->text, bracket, 1);
}

int answer_begin_scan(Answer *answer, Call *call) {
        char head[HEAD_BYTES] = {0};

        begin(answer, call, "ask for fewer");
        int r = buffer_append(answer->text, head, sizeof(head));
        return r == 0 ? buffer_append(answer->text, "[", 1) : r;
}

static int put_comma(Answer *answer) {
        return answer->n++ > 0 ? buffer_append(answer->text, ",", 1) : 0;
}

int answer_put(Answer *answer, const Value *value) {
        int r = put_comma(answer);

        return r == 0 ? value_write(answer->text, value) : r;
}

int answer_put_string(Answer *answer, const char *bytes, size_t n) {
        int r = put_comma(answer);

        return r == 0 ? json_write_string(answer->text, bytes, n) : r;
}

static int put_key(Answer *answer, const char *key, size_t n_key, const char *behind) {
        int r = json_write_string(answer->text, key, n_key);

        return r == 0 ? buffer_append(answer->text, behind, 1) : r;
}

int answer_put_pair(Answer *answer, const char *key, size_t n_key, const Value *value) {
        int r = put_comma(answer);

        if (r == 0)
                r = buffer_append(answer->text, "[", 1);
        if (r == 0)
                r = put_key(answer, key, n_key, ",");
        if (r == 0)
                r = value_write(answer->text, value);
        return r == 0 ? buffer_append(answer->text, "]", 1) : r;
}

bool answer_takes(Answer *answer, const Value *value) {
        return answer_room_take_value(&answer->room, value, 0);
}

bool answer_takes_pair(Answer *answer, const char *key, size_t n_key, const Value *value) {
        return answer_room_take_pair(&answer->room, key, n_key, value);
}

static int refuse(Answer *answer) {
        return answer_refuse(answer->call, answer->advice);
}

int answer_add(Answer *answer, const Value *value) {
        return answer_takes(answer, value) ? answer_put(answer, value) : refuse(answer);
}

int answer_add_string(Answer *answer, const char *bytes, size_t n) {
        if (!answer_room_take_string(&answer->room, bytes, n))
                return refuse(answer);
        return answer_put_string(answer, bytes, n);
}

int answer_add_pair(Answer *answer, const char *key, size_t n_key, const Value *value) {
        return answer_takes_pair(answer, key, n_key, value)
                       ? answer_put_pair(answer, key, n_key, value)
                       : refuse(answer);
}

int answer_add_member(Answer *answer, const char *key, size_t n_key, const Value *value) {
        size_t n_least = n_key + strlen("\"\":,");

        if (!answer_room_take_value(&answer->room, value, n_least))
                return refuse(answer);
        int r = put_comma(answer);
        if (r == 0)
                r = put_key(answer, key, n_key, ":");
        return r == 0 ? value_write(answer->text, value) : r;
}

int answer_end(Answer *answer, const char *bracket) {
        int r = buffer_append(answer->text, bracket, 1);

        return r == 0 ? call_return_text(answer->call) : r;
}

/* Writes the head in front of the items. It takes fewer bytes than were reserved for it, so the
 * answer begins behind the rest. */
int answer_end_scan(Answer *answer, uint64_t cursor) {
        char head[HEAD_BYTES + 1];
        size_t n = (size_t)snprintf(head, sizeof(head),
                                    "{\"cursor\":%llu,\"items\":", (unsigned long long)cursor);
        int r = buffer_append(answer->text, "]}", 2);

        if (r < 0)
                return r;
        memcpy(buffer_bytes(answer->text) + HEAD_BYTES - n, head, n);
        buffer_consume(answer->text, HEAD_BYTES - n);
        return call_return_text(answer->call);
}
