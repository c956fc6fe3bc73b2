/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/string-util.h"
#include "store/read-file.h"

static usec_t read_clock(clockid_t id)
{
        struct timespec ts = {0};

        (void)clock_gettime(id, &ts);
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t clock_now(void)
{
        return read_clock(CLOCK_BOOTTIME);
}

usec_t clock_monotonic(void)
{
        return read_clock(CLOCK_MONOTONIC);
}

WallTime clock_wall_of(int64_t seconds)
{
        struct tm tm = {0};
        time_t t = seconds;

        (void)localtime_r(&t, &tm);
        return (WallTime){.seconds = t, .utc_offset = (int32_t)tm.tm_gmtoff};
}

WallTime clock_wall(void)
{
        return clock_wall_of(time(NULL));
}

WallTime clock_wall_at(usec_t when)
{
        usec_t ahead = usec_sub(when, clock_now());

        return clock_wall_of(time(NULL) + (time_t)(MIN(ahead, 366 * USEC_PER_DAY) / USEC_PER_SEC));
}

void read_boot_id(char ret[static BOOT_ID_MAX])
{
        _cleanup_free_ char *text = NULL;
        size_t size;

        if (read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 0, BOOT_ID_MAX, &text, &size) >= 0)
                text[strcspn(text, "\n")] = '\0';
        string_copy(ret, BOOT_ID_MAX, text && string_is_token(text) ? text : "unknown");
}

void read_host_name(char ret[static HOST_NAME_TEXT_MAX])
{
        char name[HOST_NAME_TEXT_MAX] = "";

        if (gethostname(name, sizeof(name) - 1) < 0 || !*name)
                string_copy(name, sizeof(name), "localhost");
        string_make_harmless(name, strlen(name), ret, HOST_NAME_TEXT_MAX);
}

int random_octets(void *ret, size_t size)
{
        return getrandom(ret, size, 0) == (ssize_t)size ? 0 : -EIO;
}
