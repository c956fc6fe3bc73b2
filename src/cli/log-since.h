/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* What a person types for a time, in the local zone: "2026-11-24", "2026-11-24 09:18", "2026-11-24 09:18:07"
 * (or with a 'T'), RFC 3339 with its offset, "today", "yesterday", or so long before NOW: "90s", "30min",
 * "2h", "7d". Seconds since 1970. 0, or -EINVAL where S is none of these. */
int log_since_parse(const char *s, int64_t now, int64_t *ret);
