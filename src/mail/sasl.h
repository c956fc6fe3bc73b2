/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SASL mechanisms (RFC 4422) as rows of a table: what is said at the start, what to a challenge. Messages
 * are raw octets here; AUTH's base64 is the caller's. Account and secret go out as they were typed: in ASCII
 * that is what SASLprep (RFC 4013) makes of them, and beyond it no server is known to apply it. */

#include "base/text.h"
#include "mail/digest.h"
#include "settings/settings.h"

typedef struct SaslMethod SaslMethod;

#define SASL_NONCE_SIZE 15 /* octets of randomness; a multiple of 3 has no padding in base64 */

/* SCRAM: more rounds of PBKDF2 are refused. They are the server's to choose and ours to reckon: these take a
 * tenth of a second on a fast machine. */
#define SASL_ROUNDS_MAX 600000

/* Who logs in where. The strings are the owner's and outlive it. */
typedef struct SaslIdentity {
        const char *account; /* NULL where the certificate says it: EXTERNAL alone */
        const char *secret;  /* the password; the token where the mechanism takes one; NULL: none */
        const char *host;    /* the server's name, for OAUTHBEARER */
        uint16_t port;       /* its port, likewise */
        uint8_t nonce[SASL_NONCE_SIZE]; /* random, one for each connection, for SCRAM */
} SaslIdentity;

#define SASL_REASON_MAX 256

/* One attempt with one mechanism. To be wiped at its end. */
typedef struct SaslExchange {
        const SaslMethod *method;
        const SaslIdentity *who;
        bool initial_due; /* the initial response was too long for AUTH's line: it answers the first
                             challenge */
        unsigned n_answers;
        bool proven;                           /* the server has shown that it knows the secret */
        uint8_t server_signature[SHA256_SIZE]; /* by which it has to (SCRAM) */
        char response[2 * MD5_SIZE + 1];       /* CRAM-MD5's, in hexadecimal; "" before */
        char reason[SASL_REASON_MAX];          /* the server's own, from a challenge, made harmless; or "" */
} SaslExchange;

/* What a challenge leads to. */
typedef enum SaslStatus {
        SASL_ANSWERED,
        SASL_UNEXPECTED, /* the mechanism has nothing to say to it, or can't read it */
        SASL_UNPROVEN,   /* the server's signature is not that of one who knows the password */
        SASL_TOO_COSTLY, /* more than SASL_ROUNDS_MAX */
} SaslStatus;

/* The first of the table that is in the set; NULL where none is. The table's order is the order of
 * preference. */
const SaslMethod *sasl_choose(unsigned mechanisms);

SaslMechanism sasl_method_bit(const SaslMethod *m);

/* Whether the exchange is known to end in one round trip when the initial response goes with the command, so
 * that commands may follow it (RFC 4954, 4). A refused OAuth login takes one more. */
bool sasl_method_is_one_round_trip(const SaslMethod *m);

/* The initial response: 1; 0 where the mechanism has none; -ENOMEM. */
int sasl_initial_response(const SaslExchange *x, Text *ret);

/* The answer to the server's next challenge. A SaslStatus: RET holds the answer, or the exchange is to be
 * cancelled; -ENOMEM, or -EIO where the library refuses the hash. */
int sasl_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret);

/* Whether the server's yes may be believed: one that has to prove itself first has done so (RFC 5802, 3). */
bool sasl_may_succeed(const SaslExchange *x);

/* Whether TEXT repeats the secret or a part of it, raw or as it goes over the wire: some servers quote the
 * command that they refuse. Such words are not to be shown or kept. 1, 0, -ENOMEM. */
int sasl_text_reveals(const SaslIdentity *who, const char *text);
/* The same of what the exchange made of the secret, from which it could be guessed. */
int sasl_exchange_is_quoted(const SaslExchange *x, const char *text);
