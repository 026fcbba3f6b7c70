/* Prints the numbers of server.stats as OpenMetrics text. Known families have a help text; a
 * counter of a newer daemon that this tool does not know is printed as well. */
#include <string.h>

#include "json/json-util.h"
#include "metrics.h"

typedef enum Unit { PLAIN, MILLISECONDS, MICROSECONDS } Unit;

typedef struct Family {
        const char *key; /* in the reply */
        const char *name, *help;
        Unit unit; /* of the reply; times are printed in seconds */
        const char *type;
} Family;

static const Family gauges[] = {
        {"uptime_ms", "uptime_seconds", "Time since the start of the daemon.", MILLISECONDS,
         "gauge"},
        {"sessions", "sessions", "Sessions at present.", PLAIN, "gauge"},
        {"objects", "objects", "Objects at present.", PLAIN, "gauge"},
        {"waits", "waits", "Calls that wait at present.", PLAIN, "gauge"},
        {"monitors", "monitors", "Sessions that watch the calls of others.", PLAIN, "gauge"},
        {"bytes", "stored_bytes", "Bytes of stored values.", PLAIN, "gauge"},
        {"memory", "memory_bytes", "Bytes that count for all users together.", PLAIN, "gauge"},
        {"descriptors", "descriptors", "Ends of pipes that the daemon keeps.", PLAIN, "gauge"},
};

static const Family counters[] = {
        {"calls", "calls", "Calls.", PLAIN, "counter"},
        {"errors", "errors", "Calls that failed.", PLAIN, "counter"},
        {"notifications", "notifications", "Calls without an id.", PLAIN, "counter"},
        {"batches", "batches", "Batches of calls.", PLAIN, "counter"},
        {"bad_frames", "bad_frames", "Messages that are not JSON.", PLAIN, "counter"},
        {"parked", "parked", "Calls that began to wait.", PLAIN, "counter"},
        {"served", "served", "Calls that waited and got what they waited for.", PLAIN, "counter"},
        {"timed_out", "timed_out", "Calls whose timeout expired while they waited.", PLAIN,
         "counter"},
        {"cancelled", "cancelled",
         "Waiting calls that were cancelled, or lost their object or session.", PLAIN, "counter"},
        {"sessions_begun", "sessions_begun", "Sessions that began.", PLAIN, "counter"},
        {"sessions_ended", "sessions_ended", "Sessions that ended.", PLAIN, "counter"},
        {"sessions_cut_off", "sessions_cut_off", "Sessions that the daemon cut off.", PLAIN,
         "counter"},
        {"owners_died", "owners_died", "Owners that ended without releasing.", PLAIN, "counter"},
        {"deadlocks", "deadlocks", "Waits that would have closed a cycle.", PLAIN, "counter"},
        {"expired", "expired", "Objects that were deleted after their idle_ttl_ms.", PLAIN,
         "counter"},
        {"commits", "commits", "Calls that were completed.", PLAIN, "counter"},
};

/* Only a daemon with a state directory reports these. */
static const Family of_store[] = {
        {"objects", "store_objects", "Durable objects.", PLAIN, "gauge"},
        {"unsynced", "store_unsynced", "Whether changes are not on the disk yet.", PLAIN, "gauge"},
        {"held", "store_held", "Sessions with replies that wait for the disk.", PLAIN, "gauge"},
        {"transactions", "store_transactions", "Transactions that are on the disk.", PLAIN,
         "counter"},
        {"last_us", "store_last_seconds", "The time of the last transaction.", MICROSECONDS,
         "gauge"},
        {"max_us", "store_longest_seconds", "The time of the longest transaction.", MICROSECONDS,
         "gauge"},
};

/* Only a daemon that was restarted in place reports these. */
static const Family of_restart[] = {
        {"ago_ms", "restart_age_seconds", "Time since the last planned restart.", MILLISECONDS,
         "gauge"},
        {"pause_ms", "restart_pause_seconds", "How long clients waited during it.", MILLISECONDS,
         "gauge"},
};

static const Family of_users[] = {
        {"sessions", "user_sessions", "Sessions of a user.", PLAIN, "gauge"},
        {"objects", "user_objects", "Objects of a user.", PLAIN, "gauge"},
        {"waits", "user_waits", "Calls of a user that wait.", PLAIN, "gauge"},
        {"bytes", "user_stored_bytes", "Bytes of a user's stored values.", PLAIN, "gauge"},
        {"stored_objects", "user_durable_objects", "Durable objects of a user.", PLAIN, "gauge"},
        {"stored_bytes", "user_durable_bytes", "Bytes of values of a user's durable objects.",
         PLAIN, "gauge"},
        {"memory", "user_memory_bytes", "Bytes that count for a user, in all.", PLAIN, "gauge"},
        {"descriptors", "user_descriptors", "Ends of pipes that are a user's.", PLAIN, "gauge"},
};

static const Family of_methods[] = {
        {"calls", "method_calls", "Calls of a method.", PLAIN, "counter"},
        {"errors", "method_errors", "Calls of a method that failed.", PLAIN, "counter"},
        {"total_us", "method_seconds", "Time spent in a method, waits not included.", MICROSECONDS,
         "counter"},
        {"max_us", "method_longest_seconds", "The longest run of a method.", MICROSECONDS, "gauge"},
};

static struct json_object *get(struct json_object *o, const char *key) {
        struct json_object *value = NULL;

        if (json_object_is_type(o, json_type_object))
                json_object_object_get_ex(o, key, &value);
        return value;
}

/* Escapes a label for the exposition format. */
static int append_escaped(Buffer *b, const char *text) {
        int r = 0;

        for (; *text && r == 0; text++)
                if (*text == '\n')
                        r = buffer_append_string(b, "\\n");
                else if (*text == '"' || *text == '\\')
                        r = buffer_append_format(b, "\\%c", *text);
                else
                        r = buffer_append(b, text, 1);
        return r;
}

static int append_head(Buffer *b, const char *name, const char *type, const char *help) {
        return buffer_append_format(b, "# TYPE shmgr_%s %s\n# HELP shmgr_%s %s\n", name, type, name,
                                    help);
}

/* Prints the exact number, with '.' as decimal point in any locale. */
static int append_number(Buffer *b, int64_t n, Unit unit) {
        int64_t divisor = unit == MILLISECONDS ? 1000 : 1000000;

        if (unit == PLAIN)
                return buffer_append_format(b, " %lld\n", (long long)n);
        return buffer_append_format(b, " %lld.%0*lld\n", (long long)(n / divisor),
                                    unit == MILLISECONDS ? 3 : 6, (long long)(n % divisor));
}

static int append_sample(Buffer *b, const Family *family, const char *label, const char *of,
                         struct json_object *value) {
        const char *suffix = strcmp(family->type, "counter") == 0 ? "_total" : "";
        int r = buffer_append_format(b, "shmgr_%s%s", family->name, suffix);

        if (r == 0 && label)
                r = buffer_append_format(b, "{%s=\"", label);
        if (r == 0 && label)
                r = append_escaped(b, of);
        if (r == 0 && label)
                r = buffer_append_string(b, "\"}");
        return r == 0 ? append_number(b, json_object_get_int64(value), family->unit) : r;
}

/* Appends a family with one sample, if the reply has it. */
static int append_single(Buffer *b, const Family *family, struct json_object *stats) {
        struct json_object *value = get(stats, family->key);

        if (!json_object_is_type(value, json_type_int) &&
            !json_object_is_type(value, json_type_boolean))
                return 0;
        int r = append_head(b, family->name, family->type, family->help);
        return r == 0 ? append_sample(b, family, NULL, NULL, value) : r;
}

static bool is_known(const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(counters); i++)
                if (strcmp(counters[i].key, key) == 0)
                        return true;
        return false;
}

static int append_counters(Buffer *b, struct json_object *of) {
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(counters) && r == 0; i++)
                r = append_single(b, &counters[i], of);
        if (!of || r < 0)
                return r;
        json_object_object_foreach (of, key, value) {
                const Family family = {key, key, "A counter of the daemon.", PLAIN, "counter"};
                if (r == 0 && value && !is_known(key))
                        r = append_single(b, &family, of);
        }
        return r;
}

/* Appends a sample for each user, with the uid as label. */
static int append_users(Buffer *b, const Family *family, struct json_object *users) {
        size_t n =
                json_object_is_type(users, json_type_array) ? json_object_array_length(users) : 0;
        int r = n > 0 ? append_head(b, family->name, family->type, family->help) : 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                struct json_object *user = json_object_array_get_idx(users, i);
                struct json_object *uid = get(user, "uid"), *value = get(user, family->key);
                if (uid && value)
                        r = append_sample(b, family, "uid", json_object_get_string(uid), value);
        }
        return r;
}

static int append_methods(Buffer *b, const Family *family, struct json_object *methods) {
        if (!methods || json_object_object_length(methods) == 0)
                return 0;
        int r = append_head(b, family->name, family->type, family->help);

        json_object_object_foreach (methods, name, method) {
                struct json_object *value = get(method, family->key);
                if (r == 0 && value)
                        r = append_sample(b, family, "method", name, value);
        }
        return r;
}

static int append_build(Buffer *b, const char *version) {
        int r = append_head(b, "build_info", "gauge", "The version of the daemon.");

        if (r == 0)
                r = buffer_append_string(b, "shmgr_build_info{version=\"");
        if (r == 0)
                r = append_escaped(b, version);
        return r == 0 ? buffer_append_string(b, "\"} 1\n") : r;
}

/* Appends a gauge for alerts: 1 while the disk cannot be written. */
static int append_fault(Buffer *b, struct json_object *store) {
        if (!store)
                return 0;
        int r = append_head(b, "store_failed", "gauge",
                            "Whether durable objects cannot be written.");
        return r == 0 ? buffer_append_format(b, "shmgr_store_failed %d\n",
                                             get(store, "fault") != NULL)
                      : r;
}

static int append_stats(Buffer *b, struct json_object *stats) {
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(gauges) && r == 0; i++)
                r = append_single(b, &gauges[i], stats);
        for (size_t i = 0; i < ELEMENTSOF(of_store) && r == 0; i++)
                r = append_single(b, &of_store[i], get(stats, "store"));
        if (r == 0)
                r = append_fault(b, get(stats, "store"));
        for (size_t i = 0; i < ELEMENTSOF(of_restart) && r == 0; i++)
                r = append_single(b, &of_restart[i], get(stats, "restart"));
        if (r == 0)
                r = append_counters(b, get(stats, "counters"));
        for (size_t i = 0; i < ELEMENTSOF(of_users) && r == 0; i++)
                r = append_users(b, &of_users[i], get(stats, "users"));
        for (size_t i = 0; i < ELEMENTSOF(of_methods) && r == 0; i++)
                r = append_methods(b, &of_methods[i], get(stats, "methods"));
        return r;
}

int metrics_write(Buffer *b, struct json_object *stats, const char *version) {
        int r = append_head(b, "up", "gauge", "Whether the daemon answered.");

        if (r == 0)
                r = buffer_append_format(b, "shmgr_up %d\n", stats ? 1 : 0);
        if (r == 0 && version)
                r = append_build(b, version);
        if (r == 0 && stats)
                r = append_stats(b, stats);
        return r == 0 ? buffer_append_string(b, "# EOF\n") : r;
}
