/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Says that somebody set the wall clock: a person, an NTP client that steps it, a wake-up from sleep where
 * the hardware's clock disagrees. One that is merely made to run faster or slower says nothing. */

#include <systemd/sd-event.h>

#include "base/macros.h"

typedef struct WallClockWatch WallClockWatch;

/* HANDLER is called from within EVENT's loop, at most once for what happened in one go, and must not free
 * the watch. 0, or a negative errno. (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET) */
int wall_clock_watch_new(sd_event *event, void (*handler)(void *userdata), void *userdata,
                         WallClockWatch **ret);
WallClockWatch *wall_clock_watch_free(WallClockWatch *w);
DEFINE_CLEANUP(WallClockWatch, wall_clock_watch_free)
