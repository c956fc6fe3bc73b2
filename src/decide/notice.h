/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is to be told: the facts of one mail, and who gets them. A notice is one mail transaction. */

#include "address/origin.h"
#include "base/wall-time.h"
#include "settings/settings.h"

#define NOTICE_RECIPIENTS_MAX 100
#define SESSION_NOTICES_MAX   128 /* of one session */
#define MESSAGE_ID_MAX        128 /* without the angle brackets, with the NUL */
#define HOST_NAME_TEXT_MAX    254 /* with the NUL */
#define PAST_ADDRESSES_MAX    5

/* What one family's address was before. */
typedef struct Past {
        size_t n_last; /* the addresses before the new one, or before there was none; newest first */
        IpAddress last[PAST_ADDRESSES_MAX];
        WallTime last_since[PAST_ADDRESSES_MAX]; /* when each had settled */
        uint64_t n_between; /* so many came and went since the reader was told: the first ones of LAST, and
                               where it is more than N_LAST, earlier ones that are not known any more */
        bool away;          /* it was gone since the reader was told, or still is */
        WallTime gone;      /* the last time */
        WallTime back;      /* GONE where it still is */
} Past;

/* A retry of a mail whose fate is unknown says exactly these again. */
typedef struct Facts {
        IpAddress new[FAMILY_COUNT]; /* unset: "none now" */
        IpAddress old[FAMILY_COUNT]; /* what the reader believes so far; unset: nothing, or none */
        char interface[FAMILY_COUNT][IFNAMSIZ];
        Origin origin[FAMILY_COUNT]; /* of the new addresses */
        char host[HOST_NAME_TEXT_MAX];
        bool still;                    /* a reminder: the reader was told these before */
        WallTime changed;              /* when the newest of these addresses had settled */
        uint64_t number[FAMILY_COUNT]; /* of the new addresses, as the ledger counts them */
        Past past[FAMILY_COUNT];
        Language language;
        char mac[MAC_TEXT_MAX]; /* the label of who is told, or "" */
        MailContent content;
} Facts;

typedef struct Notice {
        char message_id[MESSAGE_ID_MAX]; /* left@right */
        WallTime date;
        Facts facts;
        size_t n_recipients; /* 1 to NOTICE_RECIPIENTS_MAX: RCPT goes to these */
        char **recipients;
        size_t n_header_to; /* 0: To: lists whom the server accepted; else exactly these (the retry of an
                               unknown mail) */
        char **header_to;
} Notice;

/* Frees what N points to, and empties it. */
void notice_done(Notice *n);

/* TO is copied. 0; -E2BIG where there are NOTICE_RECIPIENTS_MAX already; -ENOMEM. */
int notice_add_recipient(Notice *n, const char *to);
int notice_add_header_to(Notice *n, const char *to);

/* The same mail, of one ledger: addresses, how many came and went between, language, label and
 * content. */
bool facts_equal(const Facts *a, const Facts *b);

/* For how many seconds the family was gone, by the wall clock; -1 where that was seen to be set meanwhile:
 * back, or for the first time since a boot without a clock chip. */
int64_t past_seconds_away(const Past *p);
