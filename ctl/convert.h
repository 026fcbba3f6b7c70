/* Converts the text of an argument to the value of a parameter. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* How to read a text for a parameter that takes any value. */
typedef enum Reading {
        READ_EXACT, /* as JSON if JSON writes that value byte by byte like the text, else as a string */
        READ_STRING, /* always as a string */
        READ_JSON,   /* as JSON; any other text is an error */
} Reading;

typedef enum ParamKind {
        PARAM_ANY, /* read as Reading says */
        PARAM_BOOL,
        PARAM_INT,
        PARAM_NUMBER,
        PARAM_STRING, /* the text itself */
        PARAM_ARRAY,  /* JSON */
        PARAM_OBJECT, /* JSON */
} ParamKind;

/* Returns the name of a kind in the help, such as "integer". */
const char *param_kind_name(ParamKind kind);

/* Converts a text to a value of a kind. JSON's null is a NULL pointer. *ret_fault receives a static
 * text that says why the text is not JSON, or NULL. Returns 0, -EINVAL if the text is not of that
 * kind, or -ENOMEM. */
int convert_text(const char *text, ParamKind kind, Reading reading, struct json_object **ret,
                 const char **ret_fault);
/* Converts JSON of any kind, like convert_text(). */
int convert_json(const char *text, struct json_object **ret, const char **ret_fault);
