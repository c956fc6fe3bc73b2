/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SASL mechanisms (RFC 4422) as rows of a table: what is said at the start, what to a challenge. Messages
 * are raw octets here; AUTH's base64 is the caller's. */

#include "base/text.h"
#include "settings/settings.h"

typedef struct SaslMethod SaslMethod;

/* One attempt with one mechanism. The strings are the owner's and outlive it. */
typedef struct SaslExchange {
        const SaslMethod *method;
        const char *account, *password;
        bool initial_due; /* the initial response was too long for AUTH's line: it answers the first
                             challenge */
        unsigned n_answers;
} SaslExchange;

/* The first of the table that is in the set; NULL where none is. The table's order is the order of
 * preference. */
const SaslMethod *sasl_choose(unsigned mechanisms);

SaslMechanism sasl_method_bit(const SaslMethod *m);

/* Whether the exchange is known to end in one round trip when the initial response goes with the command, so
 * that commands may follow it (RFC 4954, 4). */
bool sasl_method_is_one_round_trip(const SaslMethod *m);

/* The initial response: 1; 0 where the mechanism has none; -ENOMEM. */
int sasl_initial_response(const SaslExchange *x, Text *ret);

/* The answer to the server's next challenge: 0; -EPROTO where the mechanism has nothing to say to it, so
 * that the exchange is to be cancelled; -ENOMEM. */
int sasl_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret);

/* Whether TEXT repeats the secret, raw or as it goes over the wire: some servers quote the command that they
 * refuse. Such words are not to be shown or kept. 1, 0, -ENOMEM. */
int sasl_text_reveals(const char *account, const char *password, const char *text);
