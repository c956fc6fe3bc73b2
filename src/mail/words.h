/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a mail says, in each language: the sentences alone. Which of them it says is mail/template's part. */

#include "base/text.h"
#include "settings/settings.h"

typedef enum Words {
        WORDS_SUBJECT,         /* no change: a first mail */
        WORDS_SUBJECT_CHANGED, /* the address has changed */
        WORDS_SUBJECT_STILL,   /* a reminder */
        WORDS_SUBJECT_TEST,    /* before either of them */
        WORDS_WAS,             /* {1} the old address */
        WORDS_THIS_IS_A_TEST,
        WORDS_HAS_CHANGED,   /* {1} the host */
        WORDS_IS,            /* {1} the host */
        WORDS_IS_STILL,      /* {1} the host */
        WORDS_NEW_ADDRESS,   /* {1} the family */
        WORDS_THE_ADDRESS,   /* {1} the family */
        WORDS_OLD_ADDRESS,   /* {1} the family, {2} the address */
        WORDS_PREFIX,        /* {1} the new one, {2} the old one */
        WORDS_INTERFACE,     /* {1} its name */
        WORDS_REACHED_IPV4,  /* public */
        WORDS_REACHED_IPV6,  /* public */
        WORDS_BEHIND_CGN,    /* RFC 6598 */
        WORDS_BEHIND_DSLITE, /* RFC 6333 */
        WORDS_BEHIND_NAT,    /* private */
        WORDS_UNIQUE_LOCAL,
        WORDS_SAID_BY_GATEWAY, /* where an address that is not the interface's is known from */
        WORDS_SAID_BY_STUN,
        WORDS_SAID_BY_FILE,
        WORDS_BEHIND_ROUTER,  /* what the sources together say of the way in */
        WORDS_ROUTER_PRIVATE, /* {1}: the router's own address */
        WORDS_ROUTER_SHARED,
        WORDS_SOURCES_DISAGREE, /* {1}: the other address */ /* RFC 4193 */
        WORDS_AS_BEFORE,                                     /* {1} the family, {2} the address */
        WORDS_NONE_WAS,                                      /* {1} the family, {2} the address before */
        WORDS_NONE,                                          /* {1} the family */
        WORDS_STILL_GONE,                                    /* {1} the family, {2} since when */
        WORDS_GONE_UNTIL, /* {1} the family, {2} until when: the clock does not say since when */
        WORDS_GONE_FROM,  /* {1} the family, {2} since when */
        WORDS_GONE_TO,    /* {1} until when, {2} how long */
        WORDS_DAYS_HOURS,
        WORDS_HOURS_MINUTES,
        WORDS_MINUTES,
        WORDS_SECONDS,
        WORDS_BETWEEN,               /* {1} the family; a list follows */
        WORDS_SINCE,                 /* {1} an address, {2} since when */
        WORDS_EARLIER,               /* {1} how many there were before these */
        WORDS_BEFORE,                /* {1} the family; a list follows */
        WORDS_TIME,                  /* {1} when it had settled */
        WORDS_PHONE,                 /* {1} the label */
        WORDS_OTHERS,                /* a list follows */
        WORDS_WHAT_TO_DO,            /* {1} the family whose new address can be reached, or both */
        WORDS_NOTHING_TO_DO,         /* {1} the family whose address can be reached, and is as before */
        WORDS_NOTHING_GETS_IN,       /* no address can be reached from outside */
        WORDS_HOW_TO_STOP,           /* {1} the host */
        WORDS_TEMPLATE_UNUSED,       /* {1} its name in the settings */
        WORDS_ATTACHMENT_UNUSED,     /* {1} its name in the settings */
        WORDS_ATTACHMENT_NO_ADDRESS, /* {1} its name in the settings */
        WORDS_COUNT,
} Words;

/* {1} and {2} in the sentence give way to A and B, which are taken as they are; they may be NULL where the
 * sentence has no place for them. Lines have at most 78 columns as far as A and B let them. */
void words_append(Text *t, Words w, Language l, const char *a, const char *b);
