/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A folder of its own for each test, for cmocka's setup and teardown: *STATE is its path. */

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"

static inline int folder_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static inline int folder_setup(void **state)
{
        const char *temporary = getenv("TMPDIR");
        char *path;

        if (asprintf(&path, "%s/ipherald-test-XXXXXX", temporary ? temporary : "/tmp") < 0)
                return -1;
        *state = path;
        return mkdtemp(path) ? 0 : -1;
}

static inline int folder_teardown(void **state)
{
        int r = nftw(*state, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);

        free(*state);
        return r;
}

/* A file of SIZE octets; its path is the caller's to free. */
static inline char *folder_file(const char *folder, const char *name, const void *data, size_t size)
{
        char *path;

        assert_return_code(asprintf(&path, "%s/%s", folder, name), 0);
        FILE *f = fopen(path, "we");
        assert_non_null(f);
        assert_int_equal(fwrite(data, 1, size, f), size);
        assert_int_equal(fclose(f), 0);
        return path;
}
