/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Ledger x settled addresses -> what is owed now, to whom. Level-triggered: there is no queue, the same
 * comparison heals a crash, a missed event and a day offline. */

#include "decide/delivery.h"

/* What a new mail carries besides the addresses. */
typedef struct PlanInput {
        const Settings *settings;
        const char *host;             /* told in the mail */
        const char *message_id_left;  /* unique to this session; the transaction's number is appended */
        const char *message_id_right; /* a domain */
        uint32_t random;
        WallTime wall;
        usec_t now;
} PlanInput;

/* Everything that is ready, as one session: 1 and RET; 0 where nothing is; -ENOMEM. Ready ones with the same
 * content share a transaction; what one order does not hold is left for the next session. */
int plan_delivery(const Ledger *l, const PlanInput *input, Delivery **ret);

/* When something becomes ready, of what is owed now; in the past where something is; USEC_INFINITY where
 * nothing is owed. */
usec_t plan_deadline(const Ledger *l, const Settings *s);

/* The same for one destination. */
usec_t plan_next_try(const Ledger *l, const Settings *s, const char *to);

/* Does nothing settled contradict FACTS? A family that is lost is no contradiction, one that came is. */
bool facts_are_true(const Facts *facts, const Ledger *l);
