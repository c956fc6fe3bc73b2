/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/read-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/fd.h"

/* O_NONBLOCK keeps the open itself from waiting for a FIFO's writer; the type is judged on what was opened,
 * not on the name, so that nobody can change it in between. */

#define CHUNK 4096

int read_file_at(int dir_fd, const char *path, int open_flags, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = openat(dir_fd, path,
                                        O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | open_flags);

        return fd < 0 ? -errno : read_file(fd, max, ret, ret_size);
}

int read_file(int fd, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_text_ Text t = {0};
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
        if (st.st_size > (off_t)max) /* what grows while it is read, or tells no size, is judged below */
                return -EFBIG;

        for (;;) {
                text_reserve(&t, CHUNK);
                if (text_error(&t) < 0)
                        return -ENOMEM;
                ssize_t n = read(fd, t.data + t.size, CHUNK);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                t.size += (size_t)n;
                t.data[t.size] = '\0';
                if (t.size > max)
                        return -EFBIG;
                if (n == 0)
                        break;
        }
        *ret_size = t.size;
        *ret = TAKE_PTR(t.data);
        return 0;
}

int read_to_end(int fd, char *buffer, size_t size, size_t *ret_size)
{
        size_t n = 0;

        while (n < size) {
                ssize_t k = read(fd, buffer + n, size - n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if (k == 0)
                        break;
                n += (size_t)k;
        }
        *ret_size = n;
        return 0;
}

const char *read_file_error(int error)
{
        switch (error) {
        case -EISDIR:
                return "it is a folder";
        case -EINVAL:
                return "it is no regular file";
        case -EFBIG:
                return "it is too large";
        default:
                return strerror(-error);
        }
}
