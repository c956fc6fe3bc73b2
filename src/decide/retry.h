/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* When to try again: the waits of one clock (the account's, or a destination's), and those of a held login.
 * Times are CLOCK_BOOTTIME; RANDOM is a fraction of 2^32, one for all that one session puts off. */

#include "base/time-util.h"
#include "decide/outcome.h"

typedef struct Backoff {
        Outcome row;    /* what happened; OUTCOME_NONE: nothing on this clock */
        usec_t delay;   /* d: before the random part */
        usec_t last;    /* the last try */
        usec_t due;     /* the next one */
        unsigned tries; /* since the clock was last cleared */
} Backoff;

/* Whose clock a result goes on. */
typedef enum Clock {
        CLOCK_NONE,
        CLOCK_ACCOUNT,
        CLOCK_DESTINATION,
        CLOCK_HELD,
} Clock;
Clock outcome_clock(Outcome o);

/* Rows that are told as mail-deferred, not as failed. */
bool outcome_is_deferral(Outcome o);

/* A try at NOW ended in OUTCOME, whose row lies on this clock: the delay starts at the row's first, doubles
 * up to its most, begins anew with another row. */
void backoff_put_off(Backoff *b, Outcome outcome, usec_t now, uint32_t random);
/* Nothing is on this clock any more. */
void backoff_clear(Backoff *b);
/* A settled change or a start: no later than the last try plus the row's least. */
void backoff_bring_forward(Backoff *b);
/* The default route changed: the same, for deferrals alone. */
void backoff_bring_deferral_forward(Backoff *b);
/* A reload, or a new boot: due at once. */
void backoff_release(Backoff *b, usec_t now);

/* A login that was refused REFUSALS times (1: for the first time): 1 h, 6 h, then daily. */
usec_t hold_delay(unsigned refusals, uint32_t random);

/* After the GOES-th commit of a mail whose fate is unknown: WAIT, doubled at each further one, to 24 h. */
usec_t unknown_delay(unsigned goes, usec_t wait);
