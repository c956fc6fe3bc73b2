/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Asks one gateway for the external address of one family, by NAT-PMP or PCP, again and again: when it is
 * told to, when the gateway announces something, and every few minutes by itself. The caller has the socket,
 * the clock and the random numbers. */

#include "nat/epoch.h"
#include "nat/nat-address.h"
#include "nat/pcp.h"
#include "nat/retransmit.h"

#define GATEWAY_REQUEST_MAX PCP_REQUEST_SIZE

/* How an asking ended. All but the first are "unknown", which is no change of the address. */
typedef enum GatewayVerdict {
        GATEWAY_KNOWN,
        GATEWAY_NO_ADDRESS, /* a success without an address, or with one of the other family */
        GATEWAY_REFUSED,    /* a result code that is no success */
        GATEWAY_SILENT,     /* no answer to all of the tries; PCP goes on, slower and slower */
        GATEWAY_UNREACHABLE /* the caller could not even ask, or the gateway's port is closed */
} GatewayVerdict;

typedef struct GatewayAnswer {
        GatewayVerdict verdict;
        NatAddress external; /* set where it is known */
        unsigned result;     /* the code of GATEWAY_REFUSED */
        bool pcp;            /* which of the two spoke */
} GatewayAnswer;

/* What the caller has to do now. */
typedef enum GatewayStep {
        GATEWAY_WAIT,  /* nothing before gateway_query_deadline() */
        GATEWAY_BEGIN, /* an asking begins: a new socket, then gateway_query_begin() or _unreachable() */
        GATEWAY_SEND,  /* the request goes out */
        GATEWAY_END,   /* the answer says how the asking ended */
} GatewayStep;

typedef struct GatewayQuery {
        NatAddress gateway;
        NatAddress client; /* our own on the way there */
        bool ipv4;
        bool pcp; /* NAT-PMP is for IPv4 alone, and some gateways refuse it */
        uint8_t nonce[PCP_NONCE_SIZE];
        bool asking;      /* a request may be answered */
        bool said_silent; /* of this asking */
        Retransmit retransmit;
        usec_t again;      /* when the next asking begins; USEC_INFINITY: not before this one has ended */
        usec_t began;      /* the latest one */
        bool has_begun;    /* there was one */
        unsigned failures; /* askings that ended unknown, in a row */
        unsigned follow_up;
        unsigned restarts;   /* answers since the latest poll whose epoch did not go on */
        NatAddress external; /* what was answered last; unset: unknown */
        Epoch epoch;         /* so it was then */
} GatewayQuery;

/* The gateway of the family of its address, nothing known of it; asked at NOW. NONCE is random, and names
 * our mapping to a server of PCP. */
void gateway_query_init(GatewayQuery *q, const NatAddress *gateway,
                        const uint8_t nonce[static PCP_NONCE_SIZE], usec_t now);

/* The same in the place of another one, or of {0}; asked no sooner than a second behind the latest asking of
 * that, since on some links anybody may call himself a router, as often as he likes. */
void gateway_query_replace(GatewayQuery *q, const NatAddress *gateway,
                           const uint8_t nonce[static PCP_NONCE_SIZE], usec_t now);

/* A network event at NOW: asked at once, or a second behind the latest asking; not where the next try of
 * that one is due within a second. */
void gateway_query_ask(GatewayQuery *q, usec_t now);

usec_t gateway_query_deadline(const GatewayQuery *q);

/* To be called at the deadline, and again until it says GATEWAY_WAIT. RANDOM is any number. RET_REQUEST and
 * its size are set with GATEWAY_SEND, RET_ANSWER with GATEWAY_END. */
GatewayStep gateway_query_step(GatewayQuery *q, usec_t now, uint32_t random,
                               uint8_t ret_request[static GATEWAY_REQUEST_MAX], size_t *ret_size,
                               GatewayAnswer *ret_answer);

/* After GATEWAY_BEGIN: CLIENT is our own address on the way to the gateway. */
void gateway_query_begin(GatewayQuery *q, const NatAddress *client, usec_t now);

/* There is no way to ask, or the gateway's port is closed (an ICMP error): how the asking ended. */
GatewayAnswer gateway_query_unreachable(GatewayQuery *q, usec_t now);

/* A datagram that came to the socket of the asking, from FROM. True where it ends the asking. One from
 * another address, one that is no answer and one that comes late are passed over. */
bool gateway_query_take(GatewayQuery *q, const NatAddress *from, const uint8_t *data, size_t size,
                        usec_t now, uint32_t random, GatewayAnswer *ret);

/* A datagram that came to the group of the announcements, from FROM. It is no fact, since anybody on the
 * link may send it, only a reason to ask; true where it is one. Asked no more than once a second. */
bool gateway_query_hear(GatewayQuery *q, const NatAddress *from, const uint8_t *data, size_t size,
                        usec_t now);
