/* The help about shmgrctl as a whole. */
#pragma once

void overview_print(void);
