/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The mailer's clock. The service has its own (daemon/clock.h), since it links nothing of this room. */

#include <time.h>

#include "base/time-util.h"

/* CLOCK_BOOTTIME: goes on while the machine sleeps, so that a deadline is one to the server as well. */
static inline usec_t clock_now(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_BOOTTIME, &ts);
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}
