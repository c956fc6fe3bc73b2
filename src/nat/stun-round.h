/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One round of asking: each of a few STUN servers is asked what our address is, and what they say is
 * weighed. The caller has the sockets, one for each server and connected to it, the clock and the random
 * numbers. */

#include "nat/retransmit.h"
#include "nat/stun.h"

#define STUN_ROUND_MAX 4

typedef enum StunState {
        STUN_ASKING,
        STUN_ANSWERED, /* MAPPED says what */
        STUN_REFUSED,  /* an error response; ERROR says which */
        STUN_SILENT,   /* no answer to all of the tries, or not even reachable */
} StunState;

typedef struct StunAsked {
        StunState state;
        uint8_t id[STUN_ID_SIZE];
        Retransmit retransmit;
        NatAddress mapped;
        unsigned error;
} StunAsked;

typedef struct StunRound {
        bool ipv4;
        size_t n;
        StunAsked servers[STUN_ROUND_MAX];
} StunRound;

typedef enum StunVerdict {
        STUN_UNDECIDED, /* servers are still being asked */
        STUN_AGREED,    /* on one address */
        STUN_DISAGREED,
        STUN_NO_ANSWER, /* none of them gave an address */
} StunVerdict;

/* Asks N servers, 1 to STUN_ROUND_MAX, over IPv4 or IPv6, from NOW on. IDS are random. */
void stun_round_begin(StunRound *r, bool ipv4, size_t n, const uint8_t ids[][STUN_ID_SIZE], usec_t now);

usec_t stun_round_deadline(const StunRound *r);

/* To be called at the deadline, and again until it says false: true where RET_REQUEST is to be sent to
 * server RET_INDEX. Gives up who didn't answer. */
bool stun_round_step(StunRound *r, usec_t now, size_t *ret_index,
                     uint8_t ret_request[static STUN_REQUEST_SIZE]);

/* A datagram that server I's socket received. What is no answer is passed over. */
void stun_round_take(StunRound *r, size_t i, const uint8_t *data, size_t size);

/* Server I can't be reached: an ICMP error, no route. */
void stun_round_give_up(StunRound *r, size_t i);

/* The round is decided as soon as more than half of the servers say the same, or each has answered or was
 * given up: then all that gave an address must have given the same one. RET is set with STUN_AGREED. */
StunVerdict stun_round_verdict(const StunRound *r, NatAddress *ret);
