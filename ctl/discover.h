/* The table of methods, from which the verbs, the parameters and the help of shmgrctl come.
 *
 * The program has the methods of the daemon that it was built with (own-methods.h), so verbs and
 * help need no daemon. A daemon of another version may have more. For a word that is not in the
 * built-in table, rpc.discover (an OpenRPC document) is fetched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "convert.h"
#include "ctl.h"

/* Points into the document, which must outlive it. */
typedef struct MethodInfo {
        const char *name; /* such as "dict.set" */
        size_t n_family;  /* length of the family in name */
        const char *family_help;
        const char *help;
        struct json_object *params; /* an array */
        AnswerStyle style;          /* of the result */
        bool is_of_type;            /* false: of a service */
        bool writes;                /* calling it twice may have two effects */
} MethodInfo;

typedef struct ParamInfo {
        const char *name;
        const char *help;
        const char *format; /* such as "uid" or "gid"; "" if none */
        ParamKind kind;
        bool is_required;
        bool is_nullable;
        struct json_object *choices; /* an array of strings, or NULL */
        /* the default value; NULL if none is documented */
        struct json_object *fallback;
} ParamInfo;

/* Puts the built-in methods of this family (NULL: all) into ctl->methods, unless those of the
 * daemon are there already. Methods of other families may be among them, and the array may be
 * empty. Returns 0 or -ENOMEM. */
int discover_know(Ctl *ctl, const char *family);
/* Replaces them by the methods of the daemon. Returns STATUS_OK, or prints the error and returns
 * its status. */
int discover_fetch(Ctl *ctl, const char *family);
/* Like discover_fetch(), without printing. Returns false if the built-in ones are still there. */
bool discover_try(Ctl *ctl, const char *family);

/* Reads the i-th method of the document. Returns false if this program does not understand it. */
bool discover_method(struct json_object *methods, size_t i, MethodInfo *ret);
/* Finds a method by family and verb; a '-' in the verb is equal to a '_'. */
bool discover_find(struct json_object *methods, const char *family, const char *verb,
                   MethodInfo *ret);
bool discover_is_of_family(const MethodInfo *method, const char *family);
/* Returns whether the family has any method. */
bool discover_has_family(struct json_object *methods, const char *family);
/* Returns whether a type or family of this name exists in this program or, if not, in the daemon,
 * which is then asked. */
bool discover_knows(Ctl *ctl, const char *family);

size_t discover_n_params(const MethodInfo *method);
/* Reads the i-th parameter, i < discover_n_params(). */
void discover_param(const MethodInfo *method, size_t i, ParamInfo *ret);

/* Returns whether the parameter is a time: a number whose name ends with _ms. The help names it
 * without that suffix. */
bool discover_is_time(const ParamInfo *param);

/* Returns whether a word of the command line is this name. A '-' in the word is equal to a '_' of
 * the name, and the suffix of timeout_ms may be missing. */
bool discover_name_is(const char *name, const char *word, size_t n_word);
