/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The lines of the mail notification log that a session makes, from the delivery and the ledger as they are
 * then. What failed is noted for whoever asks later. */

#include "decide/failures.h"
#include "decide/plan.h"

typedef struct DeliveryLog {
        const Delivery *delivery;
        const Ledger *ledger;
        const Settings *settings;
        Failures *failures;
} DeliveryLog;

/* The mailer has begun: once a transaction. */
void delivery_log_started(const DeliveryLog *d, const Result *step);
/* One recipient was refused at RCPT. */
void delivery_log_refused(const DeliveryLog *d, size_t transaction, size_t recipient, const Result *result);
/* A transaction was closed: delivered, refused at or behind DATA, unknown, stopped. What lies on the
 * account's clock is told when the session ends. */
void delivery_log_closed(const DeliveryLog *d, size_t transaction, const Result *result);
/* The session ended: what the account's clock was given (delivery_end()), and what has become unknown,
 * or was superseded, without a word of the mailer. */
void delivery_log_ended(const DeliveryLog *d, const Result *result, Outcome account);
/* The hour of TO is full: what is owed waits for its end. There is no delivery yet. */
void delivery_log_limited(const DeliveryLog *d, const char *to);
/* From this session on the server is sent one command at a time. */
void delivery_log_careful(const DeliveryLog *d, const Result *result);
