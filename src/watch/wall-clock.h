/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Says that somebody set the wall clock: a person, an NTP client that steps it, a wake-up from sleep where
 * the hardware's clock disagrees. One that is merely made to run faster or slower says nothing. And it rings
 * once that clock has come to a time. */

#include <systemd/sd-event.h>

#include <stdint.h>

#include "base/macros.h"

typedef struct WallClockWatch WallClockWatch;

/* HANDLER is called from within EVENT's loop, at most once for what happened in one go, and must not free
 * the watch; WAS_SET says that the clock was set, else it has come to the time of wall_clock_watch_ring().
 * 0, or a negative errno. (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET) */
int wall_clock_watch_new(sd_event *event, void (*handler)(bool was_set, void *userdata), void *userdata,
                         WallClockWatch **ret);

/* Rings once, as soon as the clock says SECONDS since 1970 and no later than a second behind it; INT64_MAX:
 * never. Takes the place of what was asked for before. A machine that sleeps is not woken. 0 or a negative
 * errno. */
int wall_clock_watch_ring(WallClockWatch *w, int64_t seconds);
WallClockWatch *wall_clock_watch_free(WallClockWatch *w);
DEFINE_CLEANUP(WallClockWatch, wall_clock_watch_free)
