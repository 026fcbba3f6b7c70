/* Moving descriptors to the numbers that the records of a snapshot name them by. */
#pragma once

#include "handover/pack.h"

/* Gives each descriptor of the list its number, with FD_CLOEXEC, and empties the list. Descriptors that are there already and in the way
 * are moved away, if they are among the n at `movable`, whose numbers change then: 0; -EBADMSG if two have one number or another
 * descriptor is in the way; or what the kernel says. */
int placing_run(UnpackedList *list, int *const movable[], size_t n_movable);
