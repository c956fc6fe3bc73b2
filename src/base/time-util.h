/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Time is an argument: core never asks a clock. usec_t is a point on CLOCK_BOOTTIME, or a span, in
 * microseconds. */

#include <stdint.h>

typedef uint64_t usec_t;

#define USEC_INFINITY ((usec_t)UINT64_MAX)
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_PER_MIN  (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)

/* Saturates at USEC_INFINITY. */
static inline usec_t usec_add(usec_t a, usec_t b)
{
        return a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

/* Never below zero; USEC_INFINITY stays. */
static inline usec_t usec_sub(usec_t a, usec_t b)
{
        if (a == USEC_INFINITY)
                return a;
        return a > b ? a - b : 0;
}

/* SPAN, longer or shorter by up to a tenth, so that many who began together don't go on so. RANDOM is any
 * number; 500 of 0 to 1000 leaves it as it is. */
static inline usec_t usec_spread(usec_t span, uint32_t random)
{
        return span - span / 10 + span / 5 * (random % 1001) / 1000;
}
