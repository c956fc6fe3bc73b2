/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is to be told: the facts of one mail, and who gets them. A notice is one mail transaction. */

#include "address/address.h"
#include "base/wall-time.h"
#include "settings/settings.h"

#define NOTICE_RECIPIENTS_MAX 100
#define SESSION_NOTICES_MAX   128 /* of one session */
#define MESSAGE_ID_MAX        128 /* without the angle brackets, with the NUL */
#define HOST_NAME_TEXT_MAX    254 /* with the NUL */

/* A retry of a mail whose fate is unknown says exactly these again. */
typedef struct Facts {
        IpAddress new[FAMILY_COUNT]; /* unset: "none now" */
        IpAddress old[FAMILY_COUNT]; /* what the reader believes so far; unset: nothing, or none */
        char interface[FAMILY_COUNT][IFNAMSIZ];
        char host[HOST_NAME_TEXT_MAX];
        WallTime changed; /* when the newest of these addresses had settled */
        Language language;
        char mac[MAC_TEXT_MAX]; /* the label of who is told, or "" */
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

/* The same mail: addresses, language and label. */
bool facts_equal(const Facts *a, const Facts *b);
