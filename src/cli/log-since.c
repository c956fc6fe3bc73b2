/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/log-since.h"

#include <errno.h>
#include <time.h>

#include "base/macros.h"
#include "base/parse.h"
#include "base/string-util.h"
#include "base/wall-time.h"

#define NUMBER_DIGITS_MAX 9

static int64_t midnight(int64_t now, int days_before)
{
        struct tm tm = {0};
        time_t t = now;

        (void)localtime_r(&t, &tm);
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
        tm.tm_mday -= days_before;
        tm.tm_isdst = -1;
        return mktime(&tm);
}

static int parse_span(const char *s, int64_t now, int64_t *ret)
{
        static const struct {
                const char *name;
                int64_t seconds;
        } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
        size_t n = strspn(s, "0123456789");
        char digits[NUMBER_DIGITS_MAX + 1];
        uint64_t number;

        if (n == 0 || n > NUMBER_DIGITS_MAX)
                return -EINVAL;
        string_copy(digits, n + 1, s);
        if (parse_u64(digits, 0, UINT32_MAX, &number) < 0)
                return -EINVAL;
        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (streq(s + n, units[i].name)) {
                        *ret = now - (int64_t)number * units[i].seconds;
                        return 0;
                }
        return -EINVAL;
}

/* mktime() takes the 31st of June for the first of July; a person who typed it made a mistake. */
static int parse_date(const char *s, int64_t *ret)
{
        static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
                                            "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                struct tm tm = {.tm_isdst = -1};
                const char *end = strptime(s, forms[i], &tm);
                int day = tm.tm_mday;
                time_t at;

                if (!end || *end)
                        continue;
                tm.tm_isdst = -1;
                at = mktime(&tm);
                if (tm.tm_mday != day)
                        return -EINVAL;
                *ret = at;
                return 0;
        }
        return -EINVAL;
}

int log_since_parse(const char *s, int64_t now, int64_t *ret)
{
        WallTime t;

        if (streq(s, "today") || streq(s, "yesterday")) {
                *ret = midnight(now, streq(s, "yesterday") ? 1 : 0);
                return 0;
        }
        if (wall_time_parse_iso(s, &t) >= 0) {
                *ret = t.seconds;
                return 0;
        }
        return parse_span(s, now, ret) >= 0 ? 0 : parse_date(s, ret);
}
