/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/installed.h"

#include <stdio.h>
#include <unistd.h>

#include "base/macros.h"

void find_installed(const char *name, const char *installed, char ret[static PATH_MAX])
{
        char program[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

        if (n > 0) {
                program[n] = '\0';
                const char *slash = strrchr(program, '/');
                int folder = slash ? (int)(slash - program) : 0;

                if (snprintf(ret, PATH_MAX, "%.*s/%s", folder, program, name) < PATH_MAX &&
                    access(ret, R_OK) == 0)
                        return;
        }
        (void)snprintf(ret, PATH_MAX, "%s", installed);
}
