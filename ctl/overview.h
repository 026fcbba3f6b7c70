/* The help of shmgrctl itself. */
#pragma once

void overview_print(void);
