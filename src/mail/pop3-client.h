/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The login by POP3 that opens a server for the mail that follows (RFC 1939, 2449, 2595, 3206), as a pure
 * state machine: bytes and time in, bytes and a result out. It is pulled like the SMTP client, and says
 * USER, PASS and QUIT, nothing else; STLS before them where the connection is not encrypted yet.
 *
 *     while (!((want = pop3_client_wants(c)) & POP3_WANT_DONE))
 *             do what is wanted, with pop3_client_deadline() as the limit */

#include "base/time-util.h"
#include "decide/outcome.h"

#define POP3_LINE_MAX    512 /* octets of a reply with its CRLF (RFC 1939, 3) */
#define POP3_COMMAND_MAX 255 /* octets of a command with its CRLF (RFC 2449, 4) */

/* A set: read and write may stand together. */
typedef enum Pop3Want {
        POP3_WANT_READ = 1 << 0,
        POP3_WANT_WRITE = 1 << 1,
        POP3_WANT_START_TLS = 1 << 2, /* handshake, verify, then pop3_client_tls_up() or _tls_failed() */
        POP3_WANT_DONE = 1 << 3,      /* close the connection; the result is final */
} Pop3Want;

typedef struct Pop3Timeouts {
        usec_t reply, quit; /* for a whole reply, from the last octet written on; for that to QUIT */
} Pop3Timeouts;
extern const Pop3Timeouts pop3_timeouts_default;

typedef struct Pop3Parameters {
        const char *account;  /* outlives the client, as does: */
        const char *password; /* NULL where there is none; wiped by its owner */
        bool tls;             /* implicit TLS is up and verified already; else STLS is asked for */
        Pop3Timeouts timeouts;
} Pop3Parameters;

typedef struct Pop3Client Pop3Client;

/* 0, -ENOMEM. NOW: the connection has just been made. */
int pop3_client_new(const Pop3Parameters *parameters, usec_t now, Pop3Client **ret);
Pop3Client *pop3_client_free(Pop3Client *c); /* wipes what it held of the password */
DEFINE_CLEANUP(Pop3Client, pop3_client_free)

unsigned pop3_client_wants(const Pop3Client *c);
usec_t pop3_client_deadline(const Pop3Client *c);

/* Octets from the server; all are taken. 0 or -ENOMEM (protocol errors are results). */
int pop3_client_feed(Pop3Client *c, const void *data, size_t size, usec_t now);
/* The server closed, or the connection broke: CAUSE says how, for a person. */
void pop3_client_eof(Pop3Client *c, const char *cause);
/* To be called when the deadline has passed; does nothing before it. */
void pop3_client_tick(Pop3Client *c, usec_t now);

/* What is to be written, and that SIZE octets of it (at least one) were. The pointer holds until the next
 * call that takes a client that is not const. */
void pop3_client_output(const Pop3Client *c, const char **ret, size_t *ret_size);
void pop3_client_written(Pop3Client *c, size_t size, usec_t now);

/* While POP3_WANT_START_TLS; the peer is verified. 0 or -ENOMEM. */
int pop3_client_tls_up(Pop3Client *c, usec_t now);
/* The handshake or the verification failed; RESULT (outcome, cause, hint) is transport's. */
void pop3_client_tls_failed(Pop3Client *c, const Result *result);

/* The last reply that went well, once: its words are in server_text. False where there is none. */
bool pop3_client_take_heard(Pop3Client *c, Result *ret);

/* Outcome none: logged in. Final as soon as the login was answered. What QUIT meets with changes nothing. */
void pop3_client_result(const Pop3Client *c, Result *ret);
/* True where the failure lets the next server address be tried: the greeting did not come, or was no yes. */
bool pop3_client_may_try_next(const Pop3Client *c);
