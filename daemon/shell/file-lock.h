/* Locks of files by which one of several daemons wins: that of a socket's path, and that of a state
 * directory.
 *
 * The lock belongs to the process. It stays when the process executes another program that inherits
 * the descriptor, as in a planned restart, so no other daemon can take it between the two programs.
 * No forked child has it, so it ends with the daemon, whatever children a killed daemon leaves.
 * Locks of flock(2) and of open file descriptions would stay until the last child closes the
 * descriptor.
 *
 *   state    locked                                             leaves the state by
 *   own      all of the file, for the process                   file_lock_pass(): passed; the end of the process: free
 *   passed   all but the first byte, for the open file, which   file_lock() of the next process: own;
 *            a descriptor in the service manager's store has    the last descriptor is closed: free
 *            open; the first byte for the process, as long as
 *            it lives
 *
 * A process takes the first byte first. So a lock that is passed goes to the process that receives
 * the descriptor, and to no other: these do not get the rest.
 *
 * Hazard: the process loses the lock when it closes any descriptor of the file. So each file is
 * opened at one place, once. */
#pragma once

/* Locks the file, unless this process has locked it already. A lock that was passed with this
 * descriptor becomes that of the process. Returns 0, -EWOULDBLOCK if another process has the lock
 * or was passed it, or another negative errno. */
int file_lock(int fd);
/* Called before the descriptor is stored for the next process, and the process ends. Returns 0, or
 * a negative errno if the file system has no such locks; the lock then ends with the process. */
int file_lock_pass(int fd);
/* Releases a lock that was passed with this descriptor, if one was. For descriptors of any kind. */
void file_lock_drop(int fd);
