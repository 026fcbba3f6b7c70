/* Where the core has descriptors from: the kernel. */
#pragma once

#include "descriptor.h"

extern const DescriptorSource pipe_pairs_of_kernel;
