/* Makes pipes and pairs of sockets for the core: the system calls behind descriptor.h. */
#pragma once

#include "descriptor.h"

extern const DescriptorSource pipe_pairs_of_kernel;
