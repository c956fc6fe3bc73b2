/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reader of secrets: what comes out fits one line of a login. The file lies in memory alone. */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(secret_freep) char *secret = NULL;
        int fd = memfd_create("credential", MFD_CLOEXEC), r;

        require(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
        r = credential_read(fd, &secret);
        require(r == 0 || r == -ENODATA || r == -EFBIG || r == -EBADMSG);
        if (r < 0)
                return 0;
        require(*secret && strlen(secret) <= CREDENTIAL_SIZE_MAX && !strpbrk(secret, "\r\n"));
        require(memcmp(secret, data, strlen(secret)) == 0 && size - strlen(secret) <= 2);
        return 0;
}
