/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Descriptors, owned as memory is (base/macros.h). For the shell alone: core knows none. */

#include <unistd.h>

#include "base/macros.h"

static inline void close_fdp(const int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}
#define _cleanup_close_ _cleanup_(close_fdp)

/* Hands a descriptor over, as TAKE_PTR() does. */
#define TAKE_FD(fd)          \
        ({                   \
                int _f = fd; \
                fd = -1;     \
                _f;          \
        })
