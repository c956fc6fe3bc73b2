/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reader of secrets: what comes out fits one line of a login, or is a key as it was. The file lies in
 * memory alone. */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/credential.h"

static int read_form(const uint8_t *data, size_t size, CredentialForm form, char **ret)
{
        int fd = memfd_create("credential", MFD_CLOEXEC), r;

        require(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
        r = credential_read(fd, form, ret);
        require(r == 0 || r == -ENODATA || r == -EFBIG || r == -EBADMSG);
        if (r < 0)
                return r;
        require(**ret && strlen(*ret) <= CREDENTIAL_SIZE_MAX && memcmp(*ret, data, strlen(*ret)) == 0);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(secret_freep) char *line = NULL, *text = NULL;
        int r = read_form(data, size, CREDENTIAL_LINE, &line);

        if (r >= 0)
                require(size - strlen(line) <= 2 && !strpbrk(line, "\r\n"));
        if (read_form(data, size, CREDENTIAL_TEXT, &text) >= 0)
                require(strlen(text) == size);
        else
                require(r < 0 || size > CREDENTIAL_SIZE_MAX);
        return 0;
}
