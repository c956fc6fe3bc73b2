/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* When a request over UDP is sent again, and when it is given up: the one shape that NAT-PMP, PCP and STUN
 * share, with the figures of each. */

#include "base/macros.h"
#include "base/time-util.h"

typedef struct RetransmitPolicy {
        usec_t first; /* the wait for an answer to the first try; each further one is twice the one before */
        usec_t longest; /* what no wait grows beyond */
        usec_t last;    /* the wait behind the last try; 0: as it comes */
        unsigned tries; /* 0: without an end */
        bool spread;    /* each wait is made longer or shorter by up to a tenth */
} RetransmitPolicy;

extern const RetransmitPolicy retransmit_natpmp; /* RFC 6886, 3.1 */
extern const RetransmitPolicy retransmit_pcp;    /* RFC 6887, 8.1.1 */
extern const RetransmitPolicy retransmit_stun;   /* RFC 8489, 6.2.1 */

typedef struct Retransmit {
        const RetransmitPolicy *policy;
        unsigned sent; /* tries up to now */
        usec_t wait;   /* behind the latest one */
        usec_t due;    /* when the next one goes out, or the last one is given up */
} Retransmit;

/* The first try is due at NOW. */
void retransmit_begin(Retransmit *r, const RetransmitPolicy *policy, usec_t now);

/* True where all tries were in vain once DUE has come. */
bool retransmit_is_last(const Retransmit *r);

/* A try went out at NOW. RANDOM is any number, of which the spread is made. Not where it was the last. */
void retransmit_sent(Retransmit *r, usec_t now, uint32_t random);
