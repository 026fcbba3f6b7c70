/* Tables of calls: each row is one call on a fresh object, and the contents of the object
 * afterwards. In all texts ' stands for ". */
#pragma once

typedef struct Row {
        const char *value;    /* the object's first contents */
        const char *verb;     /* the method, without the type */
        const char *params;   /* the object's name is "o" */
        const char *expected; /* the result's text, or "!ERRNO" */
        const char *after;    /* the contents that `look` returns afterwards; NULL: unchanged */
} Row;

/* Makes an object of this type, calls, and reads it with the method `look`. Then deletes the object,
 * and asserts that nothing of it is left. */
void row_run(const Row *row, const char *type, const char *look);

/* A call that is refused: the text of its error, and the parameter that the error names (NULL:
 * none). */
typedef struct Refusal {
        const char *value, *verb, *params, *message, *param;
} Refusal;

void refusal_run(const Refusal *refusal, const char *type);
