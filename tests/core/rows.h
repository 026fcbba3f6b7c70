/* Tables of calls: each row is one call on a fresh object, and what the object holds
 * afterwards. In all texts ' stands for ". */
#pragma once

typedef struct Row {
        const char *value;    /* the object's first contents */
        const char *verb;     /* of the method that is called */
        const char *params;   /* the object's name is "o" */
        const char *expected; /* the result's text, or "!ERRNO" */
        const char *after;    /* its contents as the look tells them; NULL: as before */
} Row;

/* Makes an object of this type, calls, and looks at it with the method `look`. In the end the object is
 * deleted, and nothing of it may be left. */
void row_run(const Row *row, const char *type, const char *look);

/* A call that is refused: with these words, and about this parameter (NULL: none is named). */
typedef struct Refusal {
        const char *value, *verb, *params, *message, *param;
} Refusal;

void refusal_run(const Refusal *refusal, const char *type);
