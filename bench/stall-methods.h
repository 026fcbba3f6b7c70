/* Acts made from the daemon's table of methods (rpc.discover): each method, on objects of several sizes, in each
 * way of sending. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void stall_methods_run(size_t n_elements);
/* Runs each method alone, and prints the daemon's processor time for each step of work that it counted. */
void stall_methods_print_work(size_t n_elements);
