/* The floor: a server that counts the bytes it receives and sends as many replies, all of them as the tape has them. */
#pragma once

/* For server_start_child(); userdata is the Tape. */
void echo_run(int fd, void *userdata);
