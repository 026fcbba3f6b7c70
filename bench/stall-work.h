/* The processor time for each step of work that the daemon counts (daemon/core/work.h), by method. */
#pragma once

#include <stddef.h>

/* Prints it for objects of so many elements, and which methods take more than a step stands for. */
void stall_work_print(size_t n_elements);
