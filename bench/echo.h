/* The cheapest possible server: it counts the bytes that it receives, and sends the replies of the tape for as many calls. */
#pragma once

/* For server_start_child(); userdata is the Tape. */
void echo_run(int fd, void *userdata);
