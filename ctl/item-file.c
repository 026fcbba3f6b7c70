/* An item of a queue as a file in memory. With a pipe instead, this process and the command that
 * reads the item might wait for each other. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "item-file.h"
#include "json/json-text.h"
#include "write-all.h"

static int write_item(Buffer *b, struct json_object *value, bool is_json, bool has_newline) {
        bool is_text = json_object_is_type(value, json_type_string) && !is_json;
        int r = is_text ? buffer_append(b, json_object_get_string(value),
                                        (size_t)json_object_get_string_len(value))
                        : json_write(b, value);

        return r == 0 && has_newline ? buffer_append(b, "\n", 1) : r;
}

int item_file_open(void) {
        int fd = memfd_create("item", MFD_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int item_file_write(int fd, struct json_object *value, bool is_json, bool has_newline) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = write_item(&b, value, is_json, has_newline);

        if (r == 0)
                r = write_all(fd, buffer_bytes(&b), buffer_size(&b));
        return r == 0 && lseek(fd, 0, SEEK_SET) < 0 ? -errno : r;
}
