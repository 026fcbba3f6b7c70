/* The environment that the daemon is started in, and the changes that it makes to it first. */
#pragma once

typedef struct Options Options;

/* Standard descriptors, signals, core dumps: EX_OK, or an exit status after saying why in the log. */
int environment_prepare(const Options *options);
