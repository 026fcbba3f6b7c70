/* A command that runs while this process waits for it. */
#pragma once

/* Runs it, sends signals on to it, and answers the exit status that a shell would: its own, 128 and
 * the signal that ended it, STATUS_NOT_RUN or STATUS_NOT_FOUND. What went wrong was said on stderr. */
int child_run(char **argv);
