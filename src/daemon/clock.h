/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What core is given: clocks, chance, and the names of this machine. */

#include "base/time-util.h"
#include "base/wall-time.h"
#include "decide/ledger.h"

/* CLOCK_BOOTTIME */
usec_t clock_now(void);

/* CLOCK_MONOTONIC, which systemd asks for at a reload. */
usec_t clock_monotonic(void);

/* The wall clock with the local offset of this moment. */
WallTime clock_wall(void);
/* What the wall clock will say at WHEN, as far as can be known now. */
WallTime clock_wall_at(usec_t when);
/* What it said at SECONDS since 1970, with the local offset of then. */
WallTime clock_wall_of(int64_t seconds);

/* The kernel's boot id; "unknown" where /proc does not tell: waits then count as of one boot. */
void read_boot_id(char ret[static BOOT_ID_MAX]);

/* gethostname(), made harmless; "localhost" where there is none. */
void read_host_name(char ret[static HOST_NAME_TEXT_MAX]);

/* 0 or negative errno. */
int random_octets(void *ret, size_t size);
