/* Predicts work, and enforces the bound on it. */
#include <errno.h>

#include "call/call-work.h"
#include "call/call.h"
#include "object.h"
#include "registry.h"
#include "session.h"
#include "work.h"

enum {
        ELEMENT_BYTES = 64, /* of an element with its place: they cost no steps of their own */
        /* Bytes of strings and texts that one step copies, compares or makes canonical. */
        BLOCK_BYTES = 128,
        WALK_BYTES = 16,    /* bytes of text that one step compares word by word */
        METHOD_STEPS = 100, /* for describing one method */
};

uint64_t work_times(uint64_t a, uint64_t b) {
        uint64_t product;

        return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t work_plus(uint64_t a, uint64_t b) {
        return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t work_log2(uint64_t n) {
        uint64_t log2 = 1;

        while (log2 < 64 && n > UINT64_C(1) << log2)
                log2++;
        return log2;
}

uint64_t work_of_contents(const Object *object, size_t n) {
        uint64_t usual = work_times(n, ELEMENT_BYTES);
        uint64_t n_more = object->n_bytes > usual ? (object->n_bytes - usual) / BLOCK_BYTES : 0;

        return n_more + object->n_text_bytes / WALK_BYTES;
}

uint64_t work_of_comparing(const Value *a, const Value *b) {
        size_t n_a, n_b;

        if (!value_is_container(a) || a->kind != b->kind)
                return 0;
        value_bytes(a, &n_a);
        value_bytes(b, &n_b);
        return (n_a < n_b ? n_a : n_b) / WALK_BYTES;
}

static size_t length_of(const Object *object) {
        return object->type->length ? object->type->length((Object *)object) : 0;
}

uint64_t work_constant(const Call *call, const Object *object) {
        return 1;
}

/* Counts the values with everything in them, since references are searched at every depth. */
static uint64_t of_arguments(const Call *call, uint64_t n_steps) {
        const Value *end = &call->values[call->ref->n_args];
        uint64_t n_values = 0, n_bytes = 0;

        for (const Value *value = &call->values[call->ref->n_leading]; value < end; value++) {
                size_t n;
                if (!value_is_container(value) && !value_is(value, JSON_STRING))
                        continue;
                value_bytes(value, &n);
                n_values += value_is_container(value) ? value_count(value) : 1;
                n_bytes += n;
        }
        uint64_t usual = n_values * ELEMENT_BYTES;
        return 1 + n_steps + n_values * n_steps +
               (n_bytes > usual ? (n_bytes - usual) / BLOCK_BYTES : 0);
}

uint64_t work_store(const Call *call, const Object *object) {
        return of_arguments(call, WORK_STORE);
}

uint64_t work_enter(const Call *call, const Object *object) {
        return of_arguments(call, WORK_ENTER);
}

uint64_t work_compare(const Call *call, const Object *object) {
        uint64_t n_bytes = 0;

        for (unsigned i = call->ref->n_leading; i < call->ref->n_args; i++) {
                size_t n = 0;
                if (value_is_container(&call->values[i]))
                        value_bytes(&call->values[i], &n);
                n_bytes += n;
        }
        return work_plus(work_enter(call, object), n_bytes / WALK_BYTES);
}

uint64_t work_read_all(const Call *call, const Object *object) {
        return work_times(length_of(object), WORK_READ);
}

uint64_t work_make_all(const Call *call, const Object *object) {
        return work_times(length_of(object), WORK_MADE);
}

uint64_t work_pair_all(const Call *call, const Object *object) {
        return work_times(length_of(object), WORK_PAIR);
}

uint64_t work_scan(const Call *call, const Object *object) {
        uint64_t n = length_of(object), n_asked = (uint64_t)call_int(call, 1, 100);

        return WORK_PAIR * work_fit(call, n < n_asked ? n : n_asked, WORK_PAIR);
}

uint64_t work_methods(const Call *call, const Object *object) {
        return table_size(&call->core->methods) * METHOD_STEPS;
}

uint64_t work_bound(const Session *session) {
        const Core *core = session->core;
        bool is_owner = session->peer.uid == 0 || session->peer.uid == core->uid;

        if (is_owner && core->limits.call_work < WORK_OF_OWNER)
                return WORK_OF_OWNER;
        return core->limits.call_work;
}

uint64_t work_left(const Call *call) {
        uint64_t bound = work_bound(call->session);
        uint64_t n_done = call->in_batch ? call->core->n_batch_steps : 0;

        return bound > n_done ? bound - n_done : 0;
}

uint64_t work_fit(const Call *call, uint64_t n, uint64_t n_steps) {
        uint64_t n_most = work_left(call) / n_steps;

        if (n_most == 0)
                n_most = 1;
        return n < n_most ? n : n_most;
}

static int refuse_work(Call *call, uint64_t n_steps, uint64_t n_left) {
        uint64_t bound = work_bound(call->session);
        const char *instead = call->ref->method->instead;

        call_refuse(call, EDQUOT,
                    "%s would take up to %llu steps of work, and %s %llu%s (max-call-work): %s",
                    call->ref->name, (unsigned long long)n_steps,
                    call->in_batch ? "the calls of a batch together may take" : "a call may take",
                    (unsigned long long)bound,
                    call->in_batch && n_left < bound ? ", most of them used up by those before it"
                                                     : "",
                    instead          ? instead
                    : n_left < bound ? "send it outside of a batch"
                                     : "do it in smaller parts");
        /* The steps reveal the size of the object, so a caller without the read bit does not learn
         * them. */
        if (!call->object || object_allows(call->object, call->session, ACCESS_READ))
                call_add_data(call, "work", json_object_new_int64((int64_t)n_steps));
        call_add_data(call, "max_work", json_object_new_int64((int64_t)bound));
        return OUTCOME_REFUSED;
}

/* A method that gives back is never refused: a lock that cannot be released blocks other
 * sessions. */
int work_admit(Call *call) {
        const Method *method = call->ref->method;
        uint64_t n_steps = method->work(call, call->object) ?: 1;
        uint64_t n_left = work_left(call);

        call->core->n_predicted = n_steps;
        if (n_steps > n_left && !(method->flags & METHOD_GIVES_BACK))
                return refuse_work(call, n_steps < INT64_MAX ? n_steps : INT64_MAX, n_left);
        if (call->in_batch)
                call->core->n_batch_steps += n_steps;
        return OUTCOME_DONE;
}
