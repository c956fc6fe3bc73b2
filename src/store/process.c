/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "base/parse.h"
#include "store/read-file.h"

#define STAT_SIZE_MAX      4096
#define STARTED_AT_IN_STAT 20 /* words behind the name, which may hold spaces and parentheses */

int process_started_at(pid_t pid, uint64_t *ret)
{
        _cleanup_free_ char *stat = NULL;
        char path[64], *word = NULL, *rest;
        size_t size;

        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        if (read_file_at(AT_FDCWD, path, 0, STAT_SIZE_MAX, &stat, &size) < 0)
                return -ESRCH;
        rest = strrchr(stat, ')');
        if (!rest)
                return -EBADMSG;
        rest += strcspn(rest, " ");
        rest += strspn(rest, " ");
        for (unsigned i = 0; i < STARTED_AT_IN_STAT; i++)
                word = strsep(&rest, " ");
        return word && parse_u64(word, 0, UINT64_MAX, ret) >= 0 ? 0 : -EBADMSG;
}

bool process_runs(pid_t pid, uint64_t started_at)
{
        uint64_t is;

        if (kill(pid, 0) < 0 && errno == ESRCH)
                return false;
        return process_started_at(pid, &is) < 0 || is == started_at;
}
