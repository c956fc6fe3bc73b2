/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/installed.h"

#include <stdio.h>
#include <unistd.h>

#include "base/macros.h"

void find_installed(const char *name, const char *installed, char ret[static PATH_MAX])
{
        ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);

        if (n > 0) {
                ret[n] = '\0';
                char *slash = strrchr(ret, '/');
                int room = (int)(PATH_MAX - (slash - ret));

                if (slash && snprintf(slash, (size_t)room, "/%s", name) < room && access(ret, R_OK) == 0)
                        return;
        }
        (void)snprintf(ret, PATH_MAX, "%s", installed);
}
