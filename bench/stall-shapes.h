/* Acts that were once found to block the daemon for longer than 10 ms, each with a name. */
#pragma once

void stall_shapes_run(void);
