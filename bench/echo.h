/* The cheapest possible server: it counts the bytes that it receives, and sends one reply of the tape for each complete call. */
#pragma once

/* For server_start_child(); userdata is the Tape. */
void echo_run(int fd, void *userdata);
