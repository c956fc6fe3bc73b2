/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wall-time.h"

#include <errno.h>
#include <stdio.h>

#include "base/macros.h"

/* The proleptic Gregorian calendar in closed form, so that no time zone file, locale or global is touched:
 * days are counted from 1 March of year 0, where a leap day is the last of its year. */

#define DAYS_PER_ERA       146097
#define DAYS_0000_TO_EPOCH 719468
#define SECONDS_PER_DAY    86400
#define OFFSET_MAX         (18 * 3600)
#define SECONDS_MIN        (-62167219200) /* 0000-01-01 */
#define SECONDS_MAX        253402300799   /* 9999-12-31 23:59:59 */
#define CLOCK_SET_FROM     1577836800     /* 2020-01-01 */

typedef struct Civil {
        int year, month, day, hour, minute, second, weekday;
} Civil;

static Civil civil_from_seconds(int64_t seconds)
{
        int64_t days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;

        if (rest < 0) {
                rest += SECONDS_PER_DAY;
                days--;
        }
        int64_t z = days + DAYS_0000_TO_EPOCH;
        int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
        int day_of_era = (int)(z - era * DAYS_PER_ERA);
        int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int shifted_month = (5 * day_of_year + 2) / 153;
        int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;

        return (Civil){
                .year = (int)(year_of_era + era * 400) + (month <= 2),
                .month = month,
                .day = day_of_year - (153 * shifted_month + 2) / 5 + 1,
                .hour = (int)(rest / 3600),
                .minute = (int)(rest / 60 % 60),
                .second = (int)(rest % 60),
                .weekday = (int)(((days % 7) + 11) % 7), /* 1970-01-01 was a Thursday */
        };
}

static int64_t days_from_civil(int year, int month, int day)
{
        year -= month <= 2;
        int era = (year >= 0 ? year : year - 399) / 400;
        int year_of_era = year - era * 400;
        int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

        return (int64_t)era * DAYS_PER_ERA + day_of_era - DAYS_0000_TO_EPOCH;
}

/* Clamps, so that each formatter's output has its fixed width whatever the clock says. */
static Civil local_civil(WallTime *t)
{
        t->utc_offset = CLAMP(t->utc_offset, -OFFSET_MAX, OFFSET_MAX) / 60 * 60;
        t->seconds = CLAMP(t->seconds, SECONDS_MIN + OFFSET_MAX, SECONDS_MAX - OFFSET_MAX);
        return civil_from_seconds(t->seconds + t->utc_offset);
}

static void offset_parts(int32_t offset, char *ret_sign, int *ret_hours, int *ret_minutes)
{
        int magnitude = offset < 0 ? -offset : offset;

        *ret_sign = offset < 0 ? '-' : '+';
        *ret_hours = magnitude / 3600;
        *ret_minutes = magnitude / 60 % 60;
}

/* N digits, and AFTER. */
static char *write_digits(char *p, int value, int n, char after)
{
        for (int i = n; i-- > 0; value /= 10)
                p[i] = (char)('0' + value % 10);
        p[n] = after;
        return p + n + 1;
}

/* One for each destination stands in a ledger; printf() would take most of its time. */
static void format_numeric(WallTime t, char before_time, bool apart, char ret[static WALL_TIME_TEXT_MAX])
{
        Civil c = local_civil(&t);
        char *p = ret, sign;
        int hours, minutes;

        offset_parts(t.utc_offset, &sign, &hours, &minutes);
        p = write_digits(p, c.year, 4, '-');
        p = write_digits(p, c.month, 2, '-');
        p = write_digits(p, c.day, 2, before_time);
        p = write_digits(p, c.hour, 2, ':');
        p = write_digits(p, c.minute, 2, ':');
        p = write_digits(p, c.second, 2, sign);
        if (apart) {
                p[-1] = ' ';
                *p++ = sign;
        }
        p = write_digits(p, hours, 2, ':');
        (void)write_digits(p, minutes, 2, '\0');
}

void wall_time_format_iso(WallTime t, char ret[static WALL_TIME_TEXT_MAX])
{
        format_numeric(t, 'T', false, ret);
}

void wall_time_format_plain(WallTime t, char ret[static WALL_TIME_TEXT_MAX])
{
        format_numeric(t, ' ', true, ret);
}

void wall_time_format_mail(WallTime t, char ret[static WALL_TIME_TEXT_MAX])
{
        static const char weekdays[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        Civil c = local_civil(&t);
        char sign;
        int hours, minutes;

        offset_parts(t.utc_offset, &sign, &hours, &minutes);
        (void)snprintf(ret, WALL_TIME_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d %c%02d%02d",
                       weekdays[c.weekday], c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second,
                       sign, hours, minutes);
}

static int read_digits(const char **s, int n, char separator, int max)
{
        int value = 0;

        for (; n > 0; n--, (*s)++) {
                if (**s < '0' || **s > '9')
                        return -EINVAL;
                value = value * 10 + (**s - '0');
        }
        if (separator && *(*s)++ != separator)
                return -EINVAL;
        return value > max ? -EINVAL : value;
}

bool wall_time_is_set(WallTime t)
{
        return t.seconds >= CLOCK_SET_FROM;
}

int wall_time_parse_iso(const char *s, WallTime *ret)
{
        const char *whole = s;
        int year = read_digits(&s, 4, '-', 9999);
        int month = year < 0 ? -EINVAL : read_digits(&s, 2, '-', 12);
        int day = month < 1 ? -EINVAL : read_digits(&s, 2, 'T', 31);
        int hour = day < 1 ? -EINVAL : read_digits(&s, 2, ':', 23);
        int minute = hour < 0 ? -EINVAL : read_digits(&s, 2, ':', 59);
        int second = minute < 0 ? -EINVAL : read_digits(&s, 2, 0, 59);

        if (second < 0 || (*s != '+' && *s != '-'))
                return -EINVAL;
        int direction = *s++ == '-' ? -1 : 1;
        int offset_hours = read_digits(&s, 2, ':', OFFSET_MAX / 3600);
        int offset_minutes = offset_hours < 0 ? -EINVAL : read_digits(&s, 2, 0, 59);

        if (offset_minutes < 0 || *s)
                return -EINVAL;

        int32_t offset = direction * (offset_hours * 3600 + offset_minutes * 60);
        int64_t local = days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 +
                        second;
        WallTime t = {.seconds = local - offset, .utc_offset = offset};
        char back[WALL_TIME_TEXT_MAX];

        wall_time_format_iso(t, back); /* 31 November, +18:01 and -00:00 come back as others */
        if (!streq(back, whole))
                return -EINVAL;
        *ret = t;
        return 0;
}
