/* What serving needs of parking. Types use wait.h. */
#pragma once

typedef struct Wait Wait;

/* Undoes the parking of a call: it leaves its queues, and its charges are given back. */
void wait_unlink(Wait *wait);
/* Gives the charge for its arguments back. */
void wait_release(Wait *wait);
