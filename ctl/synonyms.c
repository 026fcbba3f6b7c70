/* Verbs and options that other programs and other types use for the same thing. A verb may belong to several groups. */
#include <string.h>

#include "base/macros.h"
#include "synonyms.h"

enum { GROUP_MAX = 12 };

static const char *const groups[][GROUP_MAX] = {
        {"length", "size", "len", "count"},
        {"delete", "del", "remove", "rm", "unset", "discard", "erase", "drop"},
        {"get", "read", "show", "fetch", "print", "value"},
        {"get", "pop", "dequeue", "take", "receive", "recv", "shift"},
        {"put", "push", "enqueue", "send", "append", "add"},
        {"set", "write", "store", "assign"},
        {"add", "incr", "increment", "inc", "increase"},
        {"acquire", "lock", "take", "down", "wait"},
        {"release", "unlock", "up", "free"},
        {"set", "signal", "raise", "fire"},
        {"notify", "signal", "wake"},
        {"open", "create", "new", "make"},
        {"contains", "has", "exists", "includes"},
        {"dump", "list", "all", "show", "print"},
        {"discover", "methods", "help"},
};

static bool has(const char *const *group, const char *verb) {
        for (size_t i = 0; i < GROUP_MAX && group[i]; i++)
                if (strcmp(group[i], verb) == 0)
                        return true;
        return false;
}

bool synonyms_are(const char *a, const char *b) {
        for (size_t i = 0; i < ELEMENTSOF(groups); i++)
                if (has(groups[i], a) && has(groups[i], b))
                        return true;
        return false;
}

/* Of flock(1), and of the sem(1) of GNU parallel. */
static const struct {
        const char *word, *option;
} options[] = {
        {"--wait", "timeout"},
        {"-w", "timeout"},
        {"--nonblock", "try"},
        {"--nb", "try"},
        {"--conflict-exit-code", "busy-status"},
        {"-E", "busy-status"},
        {"--no-fork", "exec"},
        {"-F", "exec"},
        {"-e", "exclusive"},
        {"--jobs", "value"},
        {"--semaphoretimeout", "timeout"},
};

const char *synonyms_option(const char *word) {
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (strcmp(options[i].word, word) == 0)
                        return options[i].option;
        return NULL;
}
