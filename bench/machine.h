/* Describes the machine and the tools, without host names and paths. */
#pragma once

#include <stddef.h>

/* "PROCESSOR, N cores; kernel; compiler; libc; json-c; Redis": no quotes or backslashes. */
void machine_describe(char *into, size_t n);
/* The tools that an instruction count depends on: compiler and its flags, libc, json-c, and the strings of libc. */
void machine_toolchain(char *into, size_t n);
