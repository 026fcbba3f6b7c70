/* The processor time for each step of work that the daemon counts (daemon/core/work.h), by method. */
#pragma once

#include <stddef.h>

/* Prints the time for each step on objects of n elements, and the methods that take more than 100 ns a step. */
void stall_work_print(size_t n_elements);
