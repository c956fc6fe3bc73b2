/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a person reads: seconds since 1970 in UTC, and the local offset that held at that moment. Nothing
 * here decides when something is done; that is usec_t's part. */

#include <stdbool.h>
#include <stdint.h>

typedef struct WallTime {
        int64_t seconds;    /* since the epoch, UTC; years 0 to 9999 */
        int32_t utc_offset; /* seconds east of Greenwich, whole minutes, at most 18 hours either way */
} WallTime;

#define WALL_TIME_TEXT_MAX 40

/* "2026-11-24T09:18:07+00:00" (RFC 3339). */
void wall_time_format_iso(WallTime t, char ret[static WALL_TIME_TEXT_MAX]);

/* "Tue, 24 Nov 2026 09:18:07 +0000" (RFC 5322, 3.3). */
void wall_time_format_mail(WallTime t, char ret[static WALL_TIME_TEXT_MAX]);

/* "2026-11-24 09:18:07 +00:00", for prose. */
void wall_time_format_plain(WallTime t, char ret[static WALL_TIME_TEXT_MAX]);

/* Whether the clock that it is from was set: a machine without a clock chip begins in 1970 or so. */
bool wall_time_is_set(WallTime t);

/* Reads what wall_time_format_iso() writes, and nothing else. 0, or -EINVAL. */
int wall_time_parse_iso(const char *s, WallTime *ret);
