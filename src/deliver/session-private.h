/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the session share:
 *
 *     session.c         the addresses in turn, the connection, octets between transport and client
 *     session-report.c  what is told of it
 */

#include "deliver/session.h"
#include "deliver/transport.h"
#include "mail/smtp-client.h"

typedef struct Session {
        const Order *order;
        const Secrets *secrets;
        Control *control;
        gnutls_certificate_credentials_t trust; /* NULL without TLS */
        char server[RESULT_SERVER_MAX];

        /* Of the address that is tried. */
        Transport *transport;
        SmtpClient *client;
        char address[ENDPOINT_TEXT_MAX];
        char literal[ADDRESS_LITERAL_MAX]; /* our own end */
        Step step;                         /* last reported */
        const char *method;                /* the login method that was last reported, or NULL */
        size_t transaction, recipient;     /* the first of which nothing was reported */
        bool asked;                        /* the commit question is open */
        bool write_broken;
        bool read_wants_write; /* TLS has something to send before it can read on */
} Session;

/* What every result is given on its way out. The client leaves out what quotes the login; the server's words
 * in TLS's place, and the names in its certificate, come past it. */
void session_complete_result(const Session *s, Result *r);

/* The others return 0 or an error of CONTROL (control.h). */

/* STEP begins, from our own address where there is a connection; CAUSE: words on it, or "". */
int session_report_step(Session *s, Step step, const char *cause);

/* Tells what the client has come to know since the last time. WANT: what it wants now. */
int session_report_progress(Session *s, unsigned want);

/* Of a test: an address is given up for the next one. */
int session_report_failure(Session *s, const Result *result);

/* Of a test: what the handshake showed, also where it failed. */
int session_report_tls(Session *s, bool is_up);
