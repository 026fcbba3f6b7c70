/* The methods: where the verbs, the parameters and the help of shmgrctl come from.
 *
 * The program has those of the daemon that it was built with (own-methods.h), so no verb and no help needs to ask for them. A
 * daemon of another version may have more: its own account (rpc.discover, an OpenRPC document) is fetched for a word that
 * is not among the own ones. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "convert.h"
#include "ctl.h"

/* Everything points into the document. */
typedef struct MethodInfo {
        const char *name; /* "dict.set" */
        size_t n_family;  /* of name */
        const char *family_help;
        const char *help;
        struct json_object *params; /* an array */
        AnswerStyle style;          /* of its result */
        bool is_of_type;            /* and not of a service */
        bool writes;                /* called twice, it might do something twice */
} MethodInfo;

typedef struct ParamInfo {
        const char *name;
        const char *help;
        const char *format; /* "uid", "gid", or another one, or "" */
        ParamKind kind;
        bool is_required;
        bool is_nullable;
        struct json_object *choices; /* an array of strings, or NULL */
        /* what holds where it is not given; NULL where nothing is said */
        struct json_object *fallback;
} ParamInfo;

/* Puts those of this family (NULL: all) that are known without a daemon into ctl->methods, and maybe others, unless the
 * daemon's are there already: 0 or -ENOMEM. It may be an empty array. */
int discover_know(Ctl *ctl, const char *family);
/* Puts the daemon's there instead: STATUS_OK, or another status after printing the error. */
int discover_fetch(Ctl *ctl, const char *family);
/* The same without printing anything: false when they are the own ones still. */
bool discover_try(Ctl *ctl, const char *family);

/* The i-th method of the document; false if it is none that this program understands. */
bool discover_method(struct json_object *methods, size_t i, MethodInfo *ret);
/* The method of this family and verb, in which a '-' stands for a '_' as well. */
bool discover_find(struct json_object *methods, const char *family, const char *verb,
                   MethodInfo *ret);
bool discover_is_of_family(const MethodInfo *method, const char *family);
/* Whether the family has any method. */
bool discover_has_family(struct json_object *methods, const char *family);
/* Whether this program, or the daemon, which is asked otherwise, knows a type or a family of methods of this name. */
bool discover_knows(Ctl *ctl, const char *family);

size_t discover_n_params(const MethodInfo *method);
/* The i-th parameter, i < discover_n_params(). */
void discover_param(const MethodInfo *method, size_t i, ParamInfo *ret);

/* Whether it is a time: a number whose name ends with _ms. Help calls it without that. */
bool discover_is_time(const ParamInfo *param);

/* Whether a word of the command line is this name: a '-' in the word is equal to a '_' of the name, and the
 * unit of timeout_ms may be left out. */
bool discover_name_is(const char *name, const char *word, size_t n_word);
