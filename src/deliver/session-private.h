/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the session share:
 *
 *     session.c         the addresses in turn, the connection, octets between transport and client
 *     session-pop3.c    the login by POP3 that comes before, where there is one
 *     session-report.c  what is told of it
 */

#include "deliver/session.h"
#include "deliver/transport.h"
#include "mail/pop3-client.h"
#include "mail/smtp-client.h"

/* Whom a connection goes to. */
typedef struct Peer {
        const char *host, *tls_name;
        uint16_t port;
        Security security;
        char text[RESULT_SERVER_MAX]; /* HOST:PORT */
} Peer;

typedef struct Session {
        const Order *order;
        const Secrets *secrets;
        Control *control;
        Trust trust; /* nothing without TLS */
        Peer mail_server, pop_server;
        const Peer *peer;    /* who is spoken to now */
        Endpoint source;     /* the own end that logged in by POP3; size 0: none yet */
        bool has_no_pop3[2]; /* no POP3 server can be reached by IPv4, by IPv6 */

        /* Of the address that is tried. */
        Transport *transport;
        SmtpClient *client;
        Pop3Client *pop3;
        char address[ENDPOINT_TEXT_MAX];
        char literal[ADDRESS_LITERAL_MAX]; /* our own end */
        Step step;                         /* last reported */
        const char *method;                /* the login method that was last reported, or NULL */
        size_t transaction, recipient;     /* the first of which nothing was reported */
        bool asked;                        /* the commit question is open */
        bool write_broken;
        bool read_wants_write; /* TLS has something to send before it can read on */
} Session;

#define READ_SIZE 16384 /* a TLS record */

/* Looks the peer up, as resolve(). */
int session_look_up(Session *s, Endpoint ret[static RESOLVER_ADDRESSES_MAX], Result *ret_failure);
/* Connects to the peer at E. 1 where the connection is there, TLS on it where that comes first; 0 where not,
 * with the reason in RET_FAILURE; -ENOMEM, or an error of CONTROL. */
int session_reach(Session *s, const Endpoint *e, Result *ret_failure);
/* The same of the handshake on a connection that is up. */
int session_start_tls(Session *s, Result *ret_failure);
void session_close(Session *s);

/* Has the POP3 server open the mail server for us: s->source says from where. FAMILY: AF_INET or AF_INET6.
 * As session_reach(); RET_TRY_NEXT: the other family may do. */
int session_log_in_by_pop3(Session *s, int family, Result *ret_failure, bool *ret_try_next);

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
