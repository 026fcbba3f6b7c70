/* The daemon's own account of its methods (rpc.discover, an OpenRPC document): where the verbs, the
 * parameters and the help of shmgrctl come from. */
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
        struct json_object
                *fallback; /* what holds where it is not given; NULL where nothing is said */
} ParamInfo;

/* Sees to it that those of this family (NULL: all) are in ctl->methods, and may be others: STATUS_OK, or
 * another status that has been explained. */
int discover_fetch(Ctl *ctl, const char *family);

/* The i-th method of the document; false for what is no method as we know them. */
bool discover_method(struct json_object *methods, size_t i, MethodInfo *ret);
/* The method of this family and verb, in which a '-' stands for a '_' as well. */
bool discover_find(struct json_object *methods, const char *family, const char *verb,
                   MethodInfo *ret);
bool discover_is_of_family(const MethodInfo *method, const char *family);
/* Whether there is any method of this family. */
bool discover_has_family(struct json_object *methods, const char *family);

size_t discover_n_params(const MethodInfo *method);
/* The i-th parameter, i < discover_n_params(). */
void discover_param(const MethodInfo *method, size_t i, ParamInfo *ret);

/* Whether a word of the command line is this name: a '-' in the word is equal to a '_' of the name, and the
 * unit of timeout_ms may be left out. */
bool discover_name_is(const char *name, const char *word, size_t n_word);
