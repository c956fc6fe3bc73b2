/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* PCP (RFC 6887), as far as the external address goes. The protocol has no request for the address alone;
 * its own way (RFC 6887, 11.6) is a short mapping of a port that nobody uses, whose response names it. */

#include "nat/nat-address.h"

#define PCP_VERSION      2
#define PCP_REQUEST_SIZE 60
#define PCP_NONCE_SIZE   12

/* Result codes (RFC 6887, 7.4). */
#define PCP_SUCCESS             0
#define PCP_UNSUPPORTED_VERSION 1

/* Seconds that the mapping is asked for: the least that the RFC would have a server give (15). */
#define PCP_MAPPING_LIFETIME 120

typedef struct PcpResponse {
        uint8_t result;
        uint32_t lifetime;   /* seconds: of the mapping; of a failure, for how long it will be one */
        uint32_t epoch;      /* seconds since the server's tables began */
        NatAddress external; /* unset: none was given, or RESULT is no success */
} PcpResponse;

/* MAP of a UDP port of CLIENT, our own address on the way to the gateway; NONCE is the caller's, random, and
 * chooses the port. */
void pcp_write_request(const NatAddress *client, const uint8_t nonce[static PCP_NONCE_SIZE],
                       uint8_t ret[static PCP_REQUEST_SIZE]);

/* From the SIZE octets of one datagram: the response to that MAP. A failure may end behind the header, as
 * that of a server which speaks another version does. 0, or -EBADMSG where it is none, also with another
 * nonce, protocol or port than ours. */
int pcp_parse_response(const uint8_t *data, size_t size, const uint8_t nonce[static PCP_NONCE_SIZE],
                       PcpResponse *ret);

/* An ANNOUNCE that the server sent (RFC 6887, 14.1): its tables were lost or its address changed. 0 and its
 * epoch, or -EBADMSG. */
int pcp_parse_announcement(const uint8_t *data, size_t size, uint32_t *ret_epoch);

/* Whether that is how a server which speaks PCP alone refuses NAT-PMP (RFC 6887, 9 and appendix A). */
bool pcp_refuses_version(const uint8_t *data, size_t size);
