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

/* What a destination's share waits for: where several things hold it back, the one that does so longest. */
typedef enum WaitReason {
        WAIT_NOTHING,    /* nothing is owed */
        WAIT_NO_ADDRESS, /* there is nothing to tell, and no line to tell it over */
        WAIT_SETTLING,   /* since this start nothing has settled: what is owed is not known yet */
        WAIT_DISABLED,
        WAIT_MAIL_OFF,
        WAIT_READY,    /* for nothing: it goes out */
        WAIT_DEFERRED, /* a try that did not work out this time */
        WAIT_FAILED,   /* a try that found something to mend */
        WAIT_HELD,     /* the login was refused */
        WAIT_UNKNOWN,  /* a mail that was cut behind the go */
        WAIT_LIMITED,  /* limits.mails_per_hour mails of this hour */
        WAIT_COUNT,
} WaitReason;

typedef struct Share {
        bool owed;
        const MailRecord *again; /* the mail that goes out again; NULL: a new one */
        bool reminder;           /* of nothing new */
        WaitReason wait;
        usec_t at; /* when it is ready; USEC_INFINITY where no time alone makes it so */
} Share;

/* D is a record of L. */
Share plan_share(const Ledger *l, const Settings *s, const DestinationRecord *d);

/* The next destination that an hour which is full holds back longest, and that was not named since something
 * settled; NULL where there is none left. */
const char *plan_take_limited(Ledger *l, const Settings *s, usec_t now);

/* Does nothing settled contradict FACTS? A family that is lost is no contradiction, one that came is. */
bool facts_are_true(const Facts *facts, const Ledger *l);
