/* What the daemon is started in, and what it makes of that before anything else. */
#pragma once

typedef struct Options Options;

/* Standard descriptors, signals, core dumps: EX_OK, or an exit status after saying why in the log. */
int environment_prepare(const Options *options);
