/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/parse.h"
#include "store/fd.h"
#include "store/read-file.h"

/* Everything goes through one descriptor of the folder, so that a folder that is renamed or mounted over is
 * not mixed up with another. A reader sees the old file or the new one, never a mixture: the new one is
 * synced before its name is, since a rename that reaches the disk first leaves an empty file. A leftover
 * from a crash is a temporary file, which the next write removes. */

#define LOCK_NAME "lock"

struct StateDir {
        int fd, lock_fd;
};

StateDir *state_dir_free(StateDir *d)
{
        if (!d)
                return NULL;
        close_fdp(&d->lock_fd);
        close_fdp(&d->fd);
        free(d);
        return NULL;
}

int state_dir_open(const char *path, StateDir **ret)
{
        _cleanup_(state_dir_freep) StateDir *d = malloc(sizeof(*d));

        if (!d)
                return -ENOMEM;
        *d = (StateDir){.fd = -1, .lock_fd = -1};
        d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (d->fd < 0)
                return -errno;
        *ret = TAKE_PTR(d);
        return 0;
}

static int read_all_at_start(int fd, char *buffer, size_t size)
{
        ssize_t n = pread(fd, buffer, size - 1, 0);

        if (n < 0)
                return -errno;
        buffer[n] = '\0';
        return 0;
}

static pid_t read_holder(int fd)
{
        char text[32];
        uint64_t pid;

        if (read_all_at_start(fd, text, sizeof(text)) < 0)
                return 0;
        text[strcspn(text, "\n")] = '\0';
        return parse_u64(text, 1, INT32_MAX, &pid) < 0 ? 0 : (pid_t)pid;
}

static int write_all(int fd, const void *data, size_t size)
{
        const char *p = data;

        while (size > 0) {
                ssize_t n = write(fd, p, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                p += n;
                size -= (size_t)n;
        }
        return 0;
}

static bool takes_no_writes(int error)
{
        return error == EROFS || error == ENOSPC || error == EDQUOT;
}

/* Where the file can't be made, one that is there does as well, and else the folder itself. */
static int open_lock(const StateDir *d)
{
        int fd = openat(d->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        if (fd < 0 && takes_no_writes(errno))
                fd = openat(d->fd, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int state_dir_lock(StateDir *d, pid_t *ret_holder)
{
        char text[32];
        _cleanup_close_ int fd = open_lock(d);
        int n;

        if (fd < 0)
                return fd;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                n = -errno;
                if (n == -EWOULDBLOCK)
                        *ret_holder = read_holder(fd);
                return n;
        }
        /* The lock is what counts; the pid in it is a help for people. */
        n = snprintf(text, sizeof(text), "%lld\n", (long long)getpid());
        if (ftruncate(fd, 0) >= 0)
                (void)write_all(fd, text, (size_t)n);
        close_fdp(&d->lock_fd);
        d->lock_fd = TAKE_FD(fd);
        return 0;
}

static void check_name(const char *name)
{
        assert(*name && !strchr(name, '/') && strlen(name) < STATE_NAME_MAX);
}

int state_dir_read(const StateDir *d, const char *name, char **ret, size_t *ret_size)
{
        check_name(name);
        return read_file_at(d->fd, name, O_NOFOLLOW, STATE_FILE_SIZE_MAX, ret, ret_size);
}

static int write_new(int fd, const void *data, size_t size, mode_t mode, StateWrite how)
{
        int r = write_all(fd, data, size);

        if (r < 0)
                return r;
        if (fchmod(fd, mode) < 0) /* open(2)'s mode is cut by the umask */
                return -errno;
        if (how == STATE_WRITE_DURABLE && fsync(fd) < 0)
                return -errno;
        return 0;
}

static void name_new(const char *name, char ret[static STATE_NAME_MAX + 16])
{
        check_name(name);
        (void)snprintf(ret, STATE_NAME_MAX + 16, ".%s.new", name);
}

int state_dir_prepare(StateDir *d, const char *name, const void *data, size_t size, mode_t mode,
                      StateWrite how)
{
        char temporary[STATE_NAME_MAX + 16];
        int r;

        name_new(name, temporary);
        if (size > STATE_FILE_SIZE_MAX)
                return -EFBIG;
        if (unlinkat(d->fd, temporary, 0) < 0 && errno != ENOENT)
                return -errno;
        _cleanup_close_ int fd = openat(d->fd, temporary,
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_new(fd, data, size, mode, how);
        if (r < 0)
                (void)unlinkat(d->fd, temporary, 0);
        return r;
}

void state_dir_discard(StateDir *d, const char *name)
{
        char temporary[STATE_NAME_MAX + 16];

        name_new(name, temporary);
        (void)unlinkat(d->fd, temporary, 0);
}

int state_dir_commit(StateDir *d, const char *name, StateWrite how)
{
        char temporary[STATE_NAME_MAX + 16];
        int r;

        name_new(name, temporary);
        if (renameat(d->fd, temporary, d->fd, name) < 0) {
                r = -errno;
                state_dir_discard(d, name);
                return r;
        }
        if (how == STATE_WRITE_DURABLE && fsync(d->fd) < 0)
                return -errno;
        return 0;
}

int state_dir_write(StateDir *d, const char *name, const void *data, size_t size, mode_t mode,
                    StateWrite how)
{
        int r = state_dir_prepare(d, name, data, size, mode, how);

        return r < 0 ? r : state_dir_commit(d, name, how);
}

int state_dir_remove(StateDir *d, const char *name)
{
        check_name(name);
        return unlinkat(d->fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int state_dir_set_aside(StateDir *d, const char *name, char ret_name[static STATE_NAME_MAX + 16])
{
        char aside[STATE_NAME_MAX + 16];

        check_name(name);
        for (unsigned n = 1; n <= STATE_DAMAGED_MAX; n++) {
                struct stat st;

                (void)snprintf(aside, sizeof(aside), "%s.damaged-%u", name, n);
                /* The lock keeps others from taking the name in between. */
                if (fstatat(d->fd, aside, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                        continue;
                if (errno != ENOENT)
                        return -errno;
                if (renameat(d->fd, name, d->fd, aside) < 0 || fsync(d->fd) < 0)
                        return -errno;
                memcpy(ret_name, aside, sizeof(aside));
                return 0;
        }
        return -EEXIST;
}
