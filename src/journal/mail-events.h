/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The lines that tell of mails and addresses, with their fields. */

#include "decide/delivery.h"
#include "journal/events.h"

/* What one line about mails speaks of. */
typedef struct MailEvent {
        const Notice *notice; /* its addresses and Message-ID; NULL where the line is about no single one */
        const char *const *to;
        size_t n_to;
        const Result *result;
        unsigned attempt; /* 0: not told */
        bool outdated;    /* of an unknown one: what it tells is true no more */
        bool has_next_try;
        WallTime next_try;
} MailEvent;

/* "Mail sending started: ..." */
void log_mail_started(const MailEvent *m);
/* "Mail sending completed: ...", with the server's words */
void log_mail_completed(const MailEvent *m);
/* What did not work: auth-failed, mail-deferred or mail-failed, by the outcome. */
void log_mail_trouble(const MailEvent *m);
/* Stopped at the commit; or before, for the reason in the cause. */
void log_mail_superseded(const MailEvent *m);

/* Address changed and Address gone, for the families that did; SETTLED names the tunnel where one took the
 * route. */
void log_addresses(const SettledChange change[static FAMILY_COUNT], const Selection *settled,
                   const AddressRecord records[static FAMILY_COUNT]);

/* Why no address counts, a line for each family. */
void log_no_addresses(const Selection *settled);
