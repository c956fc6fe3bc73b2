/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The SMTP submission client as a pure state machine (RFC 5321, 6409, 3207, 4954, 2920): bytes and time in,
 * bytes and results out. It is pulled and never calls back; one object per server address that is tried.
 *
 *     while (!((want = smtp_client_wants(c)) & (SMTP_WANT_CLOSE | SMTP_WANT_DONE)))
 *             do what is wanted, with smtp_client_deadline() as the limit */

#include "base/time-util.h"
#include "decide/outcome.h"
#include "mail/order.h"
#include "mail/sasl.h"

/* A set: read and write may stand together. */
typedef enum SmtpWant {
        SMTP_WANT_READ = 1 << 0,
        SMTP_WANT_WRITE = 1 << 1,
        SMTP_WANT_START_TLS = 1 << 2, /* handshake, verify, then smtp_client_tls_up() or _tls_failed() */
        SMTP_WANT_COMMIT = 1 << 3,    /* ask, then smtp_client_commit_answer(); read goes on meanwhile */
        SMTP_WANT_CLOSE = 1 << 4,     /* close the connection (no dot, no QUIT); the result is final */
        SMTP_WANT_DONE = 1 << 5,      /* the same with QUIT said, or not worth it */
} SmtpWant;

typedef struct SmtpTimeouts {
        usec_t greeting, command, auth, data, block, dot, quit; /* RFC 5321, 4.5.3.2 */
        usec_t reply; /* from the first octet of a reply to its end */
} SmtpTimeouts;
extern const SmtpTimeouts smtp_timeouts_default;

typedef struct SmtpParameters {
        const Order *order; /* account, transactions; outlives the client */
        const char *secret; /* the password, or the token where the order has a token file; NULL where there
                               is none; wiped by its owner, who outlives the client */
        uint8_t nonce[SASL_NONCE_SIZE]; /* random, one for each client */
        const char *helo;               /* the EHLO argument: a host name or an address literal */
        bool tls;                       /* implicit TLS is up and verified already */
        SmtpTimeouts timeouts;
} SmtpParameters;

typedef struct SmtpClient SmtpClient;

/* 0, -ENOMEM. NOW: the connection has just been made. */
int smtp_client_new(const SmtpParameters *parameters, usec_t now, SmtpClient **ret);
SmtpClient *smtp_client_free(SmtpClient *c); /* wipes what it held of the credential */
DEFINE_CLEANUP(SmtpClient, smtp_client_free)

unsigned smtp_client_wants(const SmtpClient *c);
usec_t smtp_client_deadline(const SmtpClient *c);

/* Octets from the server; all are taken. 0, -ENOMEM, or -EIO where the library refuses a login's hash
 * (protocol errors are results). */
int smtp_client_feed(SmtpClient *c, const void *data, size_t size, usec_t now);
/* The server closed, or the connection broke: CAUSE says how, for a person. */
void smtp_client_eof(SmtpClient *c, const char *cause, usec_t now);
/* To be called when the deadline has passed; does nothing before it. */
void smtp_client_tick(SmtpClient *c, usec_t now);

/* What is to be written, at most 16,384 octets at once. Octets that this hands out count as handed to the
 * socket (the dot's among them), whatever the write returns; the pointer holds until the next call that
 * takes a client that is not const. */
void smtp_client_output(SmtpClient *c, const char **ret, size_t *ret_size);
void smtp_client_written(SmtpClient *c, size_t size, usec_t now);

/* While SMTP_WANT_START_TLS; the peer is verified. 0 or -ENOMEM. */
int smtp_client_tls_up(SmtpClient *c, usec_t now);
/* The handshake or the verification failed; RESULT (outcome, cause, hint) is transport's. */
void smtp_client_tls_failed(SmtpClient *c, const Result *result);

/* While SMTP_WANT_COMMIT: of which transaction, with the indexes of its accepted recipients. */
void smtp_client_commit_question(const SmtpClient *c, size_t *ret_transaction, const uint8_t **ret_accepted,
                                 size_t *ret_n_accepted);
/* 0 or -ENOMEM. */
int smtp_client_commit_answer(SmtpClient *c, bool go, usec_t now);

/* Where it is now, for reports. */
Step smtp_client_step(const SmtpClient *c);

/* Of a test's order, oldest first and each once: a reply that went well and that no result below tells, with
 * its step, codes and words. False where none is left. */
bool smtp_client_take_heard(SmtpClient *c, Result *ret);
/* The login method in use, and all that the server offers; NULL as long as none was chosen. */
const char *smtp_client_method(const SmtpClient *c, const char **ret_offered);

/* The reply to RCPT of a transaction's recipient: false until there is one. Accepted: outcome none. */
bool smtp_client_recipient_result(const SmtpClient *c, size_t transaction, size_t recipient, Result *ret);
/* False until the transaction has its result (delivered, refused, unknown ...): final from then on. What the
 * session did not come to is OUTCOME_NOT_BEGUN once the session is over. */
bool smtp_client_transaction_result(const SmtpClient *c, size_t transaction, Result *ret);
/* The session's: what the account's clock gets. Meaningful once close or done is wanted. Where a transaction
 * is unknown, or the service said stop, it is none, or temporary where others were not begun; its cause then
 * says what happened. Pipelining counts as failed where commands were sent together, and before a dot
 * was handed out the server broke the protocol, kept silent, or said 500 or 503. */
void smtp_client_session_result(const SmtpClient *c, Result *ret);
/* True where the failure lets the next server address be tried: no greeting, or any but 220. Nothing was
 * said to the server then. */
bool smtp_client_may_try_next(const SmtpClient *c);
