/* Counts the files in a directory, such as the descriptors of a process. */
#pragma once

#include <dirent.h>

#include "expect.h"

/* Returns the number of entries whose names do not begin with a dot. */
static inline int count_files(const char *path) {
        DIR *directory = opendir(path);
        int n = 0;

        EXPECT(directory);
        for (const struct dirent *entry; (entry = readdir(directory));)
                n += entry->d_name[0] != '.';
        closedir(directory);
        return n;
}
