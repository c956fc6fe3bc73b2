/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "store/fd.h"
#include "store/read-file.h"

/* The secret lies in one buffer of fixed size from the first octet on: it never grows, so no copy is left
 * behind, and it is wiped whole. No stdio, whose buffers nobody wipes. */

#define BUFFER_SIZE (CREDENTIAL_SIZE_MAX + 3) /* CRLF and a NUL */

int credential_open(const char *dir, const char *name)
{
        struct stat st;

        _cleanup_close_ int dir_fd = open(dir ? dir : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        return TAKE_FD(fd);
}

char *secret_free(char *secret)
{
        if (secret) {
                explicit_bzero(secret, BUFFER_SIZE);
                free(secret);
        }
        return NULL;
}

int credential_read(int fd, CredentialForm form, char **ret)
{
        _cleanup_close_ int owned = fd;
        _cleanup_(secret_freep) char *secret = calloc(1, BUFFER_SIZE);
        size_t n = 0;
        int r;

        if (!secret)
                return -ENOMEM;
        r = read_to_end(owned, secret, BUFFER_SIZE - 1, &n);
        if (r < 0)
                return r;
        if (form == CREDENTIAL_LINE && n > 0 && secret[n - 1] == '\n') {
                n--;
                if (n > 0 && secret[n - 1] == '\r')
                        n--;
        }
        explicit_bzero(secret + n, BUFFER_SIZE - n);
        if (n > CREDENTIAL_SIZE_MAX)
                return -EFBIG;
        if (n == 0)
                return -ENODATA;
        if (strlen(secret) != n || (form == CREDENTIAL_LINE && strpbrk(secret, "\r\n")))
                return -EBADMSG;
        *ret = TAKE_PTR(secret);
        return 0;
}
