/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a delivery ended: data, not errno. Each outcome is one row of the table of waits (retry.c). */

#include "base/macros.h"

/* Where a session was; the names are those of the journal's field IPHERALD_STEP. */
typedef enum Step {
        STEP_NONE,
        STEP_POP3, /* all of the login by POP3 that comes before the mail server: its look-up too */
        STEP_RESOLVE,
        STEP_CONNECT,
        STEP_TLS,
        STEP_GREETING,
        STEP_EHLO,
        STEP_STARTTLS,
        STEP_AUTH,
        STEP_MAIL,
        STEP_RCPT,
        STEP_DATA,
        STEP_BODY,
        STEP_DOT,
        STEP_COUNT,
} Step;

typedef enum Outcome {
        OUTCOME_NONE,        /* nothing on the clock: a session that ended well, a transaction still open */
        OUTCOME_DELIVERED,   /* 2yz to the dot */
        OUTCOME_NOT_REACHED, /* account: look-up, connect, TLS cut or silent, no greeting */
        OUTCOME_TEMPORARY,   /* account: the server answered, and it did not work out this time */
        OUTCOME_DESTINATION_TEMPORARY, /* 4yz (not 421) from RCPT to the dot, 552 to RCPT */
        OUTCOME_INSECURE,    /* account: no STARTTLS, plain text on a TLS port, certificate refused ... */
        OUTCOME_OUT_OF_DATE, /* account: a certificate is not valid yet, or no more; or the clock is wrong */
        OUTCOME_SETTINGS,    /* account: what only the administrator can mend */
        OUTCOME_DESTINATION_PERMANENT, /* 5yz from RCPT to the dot, SIZE too small for this mail */
        OUTCOME_LOGIN_REFUSED,         /* account, held */
        OUTCOME_STILL_HELD, /* the credential is the one that was refused: nothing was looked up */
        OUTCOME_STOPPED,    /* the service said stop at the commit */
        OUTCOME_UNKNOWN,    /* cut between the dot and its reply */
        OUTCOME_NOT_BEGUN,  /* a transaction that the session did not come to */
        OUTCOME_COUNT,
} Outcome;

#define RESULT_ENHANCED_MAX    12
#define RESULT_SERVER_TEXT_MAX 512
#define RESULT_CAUSE_MAX       384
#define RESULT_HINT_MAX        32
#define RESULT_SERVER_MAX      288

/* The text of a refused credential's salted digest (mail/digest), which decide carries unread. */
#define CREDENTIAL_DIGEST_MAX 160

typedef struct Result {
        Outcome outcome;
        Step step;
        unsigned code;                            /* reply code, 0 where there was none */
        char enhanced[RESULT_ENHANCED_MAX];       /* enhanced status code (RFC 3463), or "" */
        char server_text[RESULT_SERVER_TEXT_MAX]; /* the server's words, made harmless, without the codes; or
                                                     "" */
        char cause[RESULT_CAUSE_MAX];   /* ours, where no reply says it: "connection refused"; or "" */
        char hint[RESULT_HINT_MAX];     /* id of a hint (mail/hint), which decide carries unread; or "" */
        char server[RESULT_SERVER_MAX]; /* HOST:PORT, where one was tried; or "" */
        bool pipelining_failed; /* a session's: it may have failed for the commands that it sent together */
} Result;

/* The names in records and in the journal; from_name: 0 or -EINVAL. */
const char *step_name(Step s); /* "" for STEP_NONE */
int step_from_name(const char *name, Step *ret);
const char *outcome_name(Outcome o);
int outcome_from_name(const char *name, Outcome *ret);
