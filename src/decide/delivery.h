/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One session under way: the notices that it carries, and what its answers do to the ledger. The ledger is
 * changed in memory; the caller writes it after each call that says so, and before the go of a commit. */

#include "decide/ledger.h"

typedef struct Transaction {
        Notice notice;
        bool stopped;   /* the answer to the commit question was no, or would have been */
        bool committed; /* the go was given */
        bool closed;    /* its result is known */
        bool unknown;   /* cut between the go and its answer */
        bool undone;    /* neither told, nor refused, nor unknown: the session left it behind */
        bool refused[NOTICE_RECIPIENTS_MAX];  /* at RCPT */
        bool accepted[NOTICE_RECIPIENTS_MAX]; /* at the commit */
        char (*before)[MESSAGE_ID_MAX]; /* what each pointed to at the commit: unknown still, where the go
                                           comes to nothing */
} Transaction;

typedef struct Delivery {
        uint64_t settings_digest; /* of the account that it began with */
        bool ask_hold;            /* the order carries the digest of the held credential */
        bool superseded;          /* delivery_supersede() */
        uint32_t random;          /* one draw for all that this session puts off */
        size_t n_transactions;
        Transaction *transactions;
} Delivery;

Delivery *delivery_free(Delivery *d);
DEFINE_CLEANUP(Delivery, delivery_free)

/* The commit question of transaction I, for the N recipients with the indexes ACCEPTED. False, which stops
 * it: the settled addresses are others by now, mail was switched off, or none of the accepted is a
 * destination any more. */
bool delivery_may_commit(Delivery *d, size_t i, const uint8_t *accepted, size_t n, const Ledger *l,
                         const Settings *s);

/* The go of transaction I is about to be given: its mail record is made, or counts one go more; its
 * destinations point to it, and count it in their hour. 0 or -ENOMEM. To be written before the go is said.
 */
int delivery_commit(Delivery *d, size_t i, const uint8_t *accepted, size_t n, Ledger *l, usec_t unknown_wait,
                    usec_t now);

/* RCPT was refused for one recipient: its own clock, where the result lies on it. */
void delivery_refuse(Delivery *d, size_t i, size_t recipient, const Result *result, Ledger *l, usec_t now);

/* Transaction I has its result, for the recipients that were not refused one by one. Delivered and unknown
 * count only behind a go, stopped only behind a no: else they are nonsense, and close nothing (false). To be
 * written. */
bool delivery_close(Delivery *d, size_t i, const Result *result, Ledger *l, WallTime wall, usec_t now);

/* Is there nothing that the session could still tell of the addresses that are settled now? What it has open
 * speaks of others: of one that is lost too, which alone is no reason to stop a mail. */
bool delivery_is_outdated(const Delivery *d, const Ledger *l);

/* The session is to end in the middle: its own address is gone from the machine. What has no go is stopped,
 * as by a no to its question. delivery_end() follows when the mailer has gone. */
void delivery_supersede(Delivery *d);

/* The session is over. RESULT is the session's; DIGEST belongs to a refused login. What was committed and
 * not closed is unknown from here on, what was not committed is undone. Returns what the account's clock was
 * given, which a cut behind the go can change; OUTCOME_NONE for nothing. A session that was superseded
 * before any transaction came to something leaves the clock and the hold as they are. To be written. */
Outcome delivery_end(Delivery *d, const Result *result, const char *digest, Ledger *l, usec_t now);

/* Every transaction has its result: what comes after it changes nothing. */
bool delivery_is_closed(const Delivery *d);
