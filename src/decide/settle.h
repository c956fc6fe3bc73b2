/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Debounce: the selection has to hold still before it counts. */

#include "address/selection.h"

typedef struct Settle {
        Selection candidate; /* the latest selection */
        Selection settled;   /* the one that was settled last in this run */
        bool heard;          /* there is a candidate */
        bool any_settled;    /* there is a settled one */
        bool open;           /* the candidate has not settled yet */
        usec_t since;        /* the candidate is this one since then */
        usec_t first;        /* the first change since it was settled */
} Settle;

/* The selection is this one at NOW. A repeat changes nothing; back to the settled one is no change and ends
 * the wait. True where the candidate is another now. */
bool settle_hear(Settle *s, const Selection *selection, usec_t now);

/* When the candidate settles: QUIET after its last change, or LIMIT after the first one, whichever is
 * earlier; where a family that WAS settled (an address of it stands in the ledger) is missing now, LIMIT
 * after the first change. USEC_INFINITY where nothing is open. */
usec_t settle_deadline(const Settle *s, const IpAddress was[static FAMILY_COUNT], usec_t quiet,
                       usec_t limit);

/* True where it settles at NOW: the candidate is the settled selection from here on. */
bool settle_take(Settle *s, const IpAddress was[static FAMILY_COUNT], usec_t quiet, usec_t limit,
                 usec_t now);
