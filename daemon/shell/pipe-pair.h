/* Makes pipes and pairs of sockets for the core: the kernel's side of descriptor.h. */
#pragma once

#include "descriptor.h"

extern const DescriptorSource pipe_pairs_of_kernel;
