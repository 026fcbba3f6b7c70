/* From the text of an argument to the value of a parameter. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* How a text is read where any value will do. */
typedef enum Reading {
        READ_EXACT,  /* as JSON if JSON writes that value with the same bytes, else as a string */
        READ_STRING, /* as a string */
        READ_JSON,   /* as JSON, and nothing else will do */
} Reading;

typedef enum ParamKind {
        PARAM_ANY, /* as the Reading says */
        PARAM_BOOL,
        PARAM_INT,
        PARAM_NUMBER,
        PARAM_STRING, /* the text as it is */
        PARAM_ARRAY,  /* JSON */
        PARAM_OBJECT, /* JSON */
} ParamKind;

/* How the help calls it: "integer". */
const char *param_kind_name(ParamKind kind);

/* Converts a text to a value of a kind. Returns 0, -EINVAL if the text is not of that kind, or -ENOMEM. JSON's null is
 * a NULL pointer. ret_fault receives a static text that says why the text is not JSON, or NULL. */
int convert_text(const char *text, ParamKind kind, Reading reading, struct json_object **ret,
                 const char **ret_fault);
/* The same for JSON of any kind. */
int convert_json(const char *text, struct json_object **ret, const char **ret_fault);
