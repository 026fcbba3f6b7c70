/* The environment that the daemon is started in, and the changes that it makes to it. */
#pragma once

typedef struct Options Options;

/* Prepares standard descriptors, signals and core dumps. Returns EX_OK, or logs the reason and
 * returns an exit status. */
int environment_prepare(const Options *options);
