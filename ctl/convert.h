/* From the text of an argument to the value of a parameter. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

typedef enum ParamKind {
        PARAM_ANY, /* JSON where the text is JSON, a string where it is not */
        PARAM_BOOL,
        PARAM_INT,
        PARAM_NUMBER,
        PARAM_STRING, /* the text as it is */
        PARAM_ARRAY,  /* JSON */
        PARAM_OBJECT, /* JSON */
} ParamKind;

/* How the help calls it: "integer". */
const char *param_kind_name(ParamKind kind);

/* 0; -EINVAL when the text is nothing of that kind; -ENOMEM. Null is a NULL pointer. The fault, a
 * static text, is what is wrong with a text that should have been JSON, or NULL. */
int convert_text(const char *text, ParamKind kind, bool is_literal, struct json_object **ret,
                 const char **ret_fault);
/* JSON text of any kind; as above. */
int convert_json(const char *text, struct json_object **ret, const char **ret_fault);
