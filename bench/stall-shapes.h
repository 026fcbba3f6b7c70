/* Acts that have names: what was once seen to hold the daemon for longer than it may. */
#pragma once

void stall_shapes_run(void);
