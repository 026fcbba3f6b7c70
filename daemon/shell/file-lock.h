/* Locks of files by which one of several daemons wins: that of a socket's path, and that of a state
 * directory.
 *
 * The lock belongs to the process. It stays when the process executes another program that inherits
 * the descriptor, as in a planned restart, so no other daemon can take it between the two programs.
 * No forked child has it, so it ends with the daemon, whatever children a killed daemon leaves.
 * Locks of flock(2) and of open file descriptions would stay until the last child closes the
 * descriptor.
 *
 * Hazard: the process loses the lock when it closes any descriptor of the file. So each file is
 * opened at one place, once. */
#pragma once

/* Locks the file, unless this process has locked it already. Returns 0, -EWOULDBLOCK if another
 * process has the lock, or another negative errno. */
int file_lock(int fd);
