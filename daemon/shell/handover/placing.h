/* Moves descriptors to the numbers by which the records of a snapshot name them. */
#pragma once

#include "handover/pack.h"

/* Gives each descriptor of the list its number, with FD_CLOEXEC, and empties the list. An open
 * descriptor that is in the way is moved if it is one of `movable`, whose number then changes.
 * Returns 0; -EBADMSG if two descriptors have one number, or any other descriptor is in the way;
 * or the error of the kernel. */
int placing_run(UnpackedList *list, int *const movable[], size_t n_movable);
