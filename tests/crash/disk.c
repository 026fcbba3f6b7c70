/* A disk that loses writes that were not synced: an sqlite3_vfs around the default one, and the default in
 * tests/crash/shmgrd-crash.
 *
 * Each File has the bytes that are on the disk, and the writes since. A sync applies the writes. A loss of power applies a
 * random choice of them, in their order and some only in part by sectors of 512 bytes, and writes the file so. A file that was
 * removed may reappear, and a file that was made may be missing, until the directory is synced: SQLite does so at the first
 * sync of a journal or log, and at the removal of a journal.
 *
 * The bytes of a File and its writes are kept only if the crash is to be a loss of power (crash_loses_power()). */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash.h"

enum { FILES_MAX = 16, SECTOR = 512, SYNC_US = 500 };

/* A write; or, if bytes is NULL, the truncation to `at`. */
typedef struct Change {
        struct Change *next;
        sqlite3_int64 at;
        size_t n;
        char *bytes;
} Change;

typedef struct Bytes {
        char *bytes;
        size_t n;
} Bytes;

typedef struct File {
        char *path;
        Bytes disk;
        bool is_on_disk; /* its name is in the directory on the disk */
        bool is_removed; /* but the removal may not be on the disk */
        Change *first, **last;
} File;

static File files[FILES_MAX];
static size_t n_files;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

typedef struct Handle {
        sqlite3_file base;
        File *file; /* NULL: the file has no name, or nothing is kept */
        bool syncs_directory;
        sqlite3_file real[];
} Handle;

static Handle *handle_of(sqlite3_file *file) {
        return (Handle *)file;
}

/* ---- What is on the disk */

static void *must(void *memory) {
        if (!memory)
                abort();
        return memory;
}

static void bytes_resize(Bytes *b, size_t n) {
        b->bytes = must(realloc(b->bytes, n + 1));
        if (n > b->n)
                memset(b->bytes + b->n, 0, n - b->n);
        b->n = n;
}

static void bytes_write(Bytes *b, size_t at, const char *bytes, size_t n) {
        if (at + n > b->n)
                bytes_resize(b, at + n);
        memcpy(b->bytes + at, bytes, n);
}

static void apply(Bytes *b, const Change *c) {
        if (c->bytes)
                bytes_write(b, (size_t)c->at, c->bytes, c->n);
        else
                bytes_resize(b, (size_t)c->at);
}

/* Applies some of the sectors of a write. */
static void apply_torn(Bytes *b, const Change *c) {
        if (!c->bytes)
                return;
        for (size_t done = 0; done < c->n; done += SECTOR) {
                size_t n = c->n - done < SECTOR ? c->n - done : SECTOR;
                if (crash_random(2))
                        bytes_write(b, (size_t)c->at + done, c->bytes + done, n);
        }
}

static void drop_changes(File *f) {
        while (f->first) {
                Change *c = f->first;
                f->first = c->next;
                free(c->bytes);
                free(c);
        }
        f->last = &f->first;
}

static void read_whole(File *f) {
        int fd = open(f->path, O_RDONLY | O_CLOEXEC);
        struct stat st;

        f->is_on_disk = fd >= 0;
        bytes_resize(&f->disk, fd >= 0 && fstat(fd, &st) == 0 ? (size_t)st.st_size : 0);
        if (fd >= 0) {
                if (read(fd, f->disk.bytes, f->disk.n) != (ssize_t)f->disk.n)
                        abort();
                close(fd);
        }
}

static File *find_file(const char *path) {
        for (size_t i = 0; i < n_files; i++)
                if (strcmp(files[i].path, path) == 0)
                        return &files[i];
        if (n_files == FILES_MAX)
                abort();
        File *f = &files[n_files++];
        *f = (File){.path = must(strdup(path)), .last = &f->first};
        read_whole(f);
        return f;
}

static void write_file(const char *path, const Bytes *b) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        if (fd < 0 || write(fd, b->bytes, b->n) != (ssize_t)b->n)
                abort();
        close(fd);
}

/* Applies none of the changes (one time in three), all of them (one time in three), or some. */
static void lose(File *f) {
        uint64_t how = crash_random(3);
        bool is_certain = f->is_on_disk != f->is_removed;
        bool is_there = is_certain ? f->is_on_disk : crash_random(2) != 0;

        if (!is_there) {
                unlink(f->path);
                return;
        }
        for (Change *c = f->first; c; c = c->next) {
                uint64_t chance = crash_random(3);
                if (how == 1 || (how == 2 && chance == 1))
                        apply(&f->disk, c);
                else if (how == 2 && chance == 2)
                        apply_torn(&f->disk, c);
        }
        write_file(f->path, &f->disk);
}

/* The files stay locked, so that no other thread writes to them any more. */
void disk_lose_power(void) {
        pthread_mutex_lock(&mutex);
        for (size_t i = 0; i < n_files; i++)
                lose(&files[i]);
}

void disk_forget(void) {
        n_files = 0;
}

static void change(Handle *h, sqlite3_int64 at, const void *bytes, size_t n) {
        Change *c;

        if (!h->file)
                return;
        c = must(calloc(1, sizeof(*c)));
        *c = (Change){.at = at, .n = n};
        if (bytes) {
                c->bytes = must(malloc(n ? n : 1));
                memcpy(c->bytes, bytes, n);
        }
        *h->file->last = c;
        h->file->last = &c->next;
}

static void sync_directory(void) {
        for (size_t i = 0; i < n_files; i++) {
                File *f = &files[i];
                f->is_on_disk = !f->is_removed;
        }
}

static void sync_file(Handle *h) {
        if (!h->file)
                return;
        for (Change *c = h->file->first; c; c = c->next)
                apply(&h->file->disk, c);
        drop_changes(h->file);
        if (h->syncs_directory)
                sync_directory();
        h->syncs_directory = false;
}

/* ---- Methods of files */

static int on_close(sqlite3_file *file) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int on_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xRead(real, to, n, at);
}

static int on_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at) {
        Handle *h = handle_of(file);

        crash_point("disk-write");
        pthread_mutex_lock(&mutex);
        int r = h->real->pMethods->xWrite(h->real, bytes, n, at);
        if (r == SQLITE_OK)
                change(h, at, bytes, (size_t)n);
        pthread_mutex_unlock(&mutex);
        crash_point("disk-written");
        return r;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
        Handle *h = handle_of(file);

        crash_point("disk-truncate");
        pthread_mutex_lock(&mutex);
        int r = h->real->pMethods->xTruncate(h->real, size);
        if (r == SQLITE_OK)
                change(h, size, NULL, 0);
        pthread_mutex_unlock(&mutex);
        crash_point("disk-truncated");
        return r;
}

static int on_sync(sqlite3_file *file, int flags) {
        Handle *h = handle_of(file);

        crash_point("disk-sync");
        pthread_mutex_lock(&mutex);
        int r = h->real->pMethods->xSync(h->real, flags);
        usleep(SYNC_US);
        if (r == SQLITE_OK)
                sync_file(h);
        pthread_mutex_unlock(&mutex);
        crash_point("disk-synced");
        return r;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *ret) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xFileSize(real, ret);
}

static int on_lock(sqlite3_file *file, int level) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xLock(real, level);
}

static int on_unlock(sqlite3_file *file, int level) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xUnlock(real, level);
}

static int on_check_lock(sqlite3_file *file, int *ret) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xCheckReservedLock(real, ret);
}

static int on_control(sqlite3_file *file, int op, void *argument) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xFileControl(real, op, argument);
}

static int on_sector_size(sqlite3_file *file) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xSectorSize(real);
}

/* Promises nothing, not even that a written sector is whole. */
static int on_characteristics(sqlite3_file *file) {
        return 0;
}

static int on_map_index(sqlite3_file *file, int page, int n, int extend, void volatile **ret) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xShmMap(real, page, n, extend, ret);
}

static int on_lock_index(sqlite3_file *file, int at, int n, int flags) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xShmLock(real, at, n, flags);
}

static void on_barrier(sqlite3_file *file) {
        sqlite3_file *real = handle_of(file)->real;

        real->pMethods->xShmBarrier(real);
}

static int on_unmap_index(sqlite3_file *file, int deletes) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xShmUnmap(real, deletes);
}

static int on_fetch(sqlite3_file *file, sqlite3_int64 at, int n, void **ret) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xFetch(real, at, n, ret);
}

static int on_unfetch(sqlite3_file *file, sqlite3_int64 at, void *memory) {
        sqlite3_file *real = handle_of(file)->real;

        return real->pMethods->xUnfetch(real, at, memory);
}

static const sqlite3_io_methods methods = {
        .iVersion = 3,
        .xClose = on_close,
        .xRead = on_read,
        .xWrite = on_write,
        .xTruncate = on_truncate,
        .xSync = on_sync,
        .xFileSize = on_size,
        .xLock = on_lock,
        .xUnlock = on_unlock,
        .xCheckReservedLock = on_check_lock,
        .xFileControl = on_control,
        .xSectorSize = on_sector_size,
        .xDeviceCharacteristics = on_characteristics,
        .xShmMap = on_map_index,
        .xShmLock = on_lock_index,
        .xShmBarrier = on_barrier,
        .xShmUnmap = on_unmap_index,
        .xFetch = on_fetch,
        .xUnfetch = on_unfetch,
};

/* ---- The disk */

static sqlite3_vfs disk;
static sqlite3_vfs *real_vfs;

/* A removed file whose removal is not on the disk has two possible states until the next sync of the directory. The older
 * one is dropped here, as if the new file had replaced it at once. */
static File *open_file(const char *path, bool was_there) {
        File *f = find_file(path);

        if (f->is_removed || !was_there) {
                f->is_on_disk = false;
                f->is_removed = false;
                bytes_resize(&f->disk, 0);
                drop_changes(f);
        }
        return f;
}

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                   int *ret_flags) {
        enum { LOGS = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL };
        Handle *h = handle_of(file);
        bool was_there = path && access(path, F_OK) == 0;

        memset(h, 0, sizeof(*h));
        if (!was_there)
                crash_point("disk-create");
        int r = real_vfs->xOpen(real_vfs, path, h->real, flags, ret_flags);
        h->base.pMethods = h->real->pMethods ? &methods : NULL;
        if (r == SQLITE_OK && path && crash_loses_power()) {
                pthread_mutex_lock(&mutex);
                h->file = open_file(path, was_there);
                h->syncs_directory = (flags & LOGS) && (flags & SQLITE_OPEN_CREATE);
                pthread_mutex_unlock(&mutex);
        }
        if (!was_there)
                crash_point("disk-created");
        return r;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int syncs_directory) {
        crash_point("disk-remove");
        pthread_mutex_lock(&mutex);
        File *f = crash_loses_power() ? find_file(path) : NULL;
        int r = real_vfs->xDelete(real_vfs, path, syncs_directory);
        if (f && r == SQLITE_OK) {
                f->is_removed = true;
                if (syncs_directory)
                        sync_directory();
        }
        pthread_mutex_unlock(&mutex);
        crash_point("disk-removed");
        return r;
}

__attribute__((constructor)) static void begin(void) {
        real_vfs = sqlite3_vfs_find(NULL);
        if (!real_vfs)
                abort();
        disk = *real_vfs;
        disk.zName = "crash";
        disk.pNext = NULL;
        disk.szOsFile = (int)sizeof(Handle) + real_vfs->szOsFile;
        disk.xOpen = on_open;
        disk.xDelete = on_delete;
        if (sqlite3_vfs_register(&disk, 1) != SQLITE_OK)
                abort();
}
