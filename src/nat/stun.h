/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STUN's Binding without credentials (RFC 8489): the request is written, the response read. */

#include "nat/nat-address.h"

#define STUN_PORT         3478
#define STUN_REQUEST_SIZE 20
#define STUN_ID_SIZE      12

typedef struct StunResponse {
        NatAddress mapped; /* where the request came from, as the server saw it; unset with an error */
        unsigned error;    /* 300 to 699 (RFC 8489, 14.8); 0: success */
} StunResponse;

/* A Binding request of the transaction ID, which is the caller's, random and never used twice. */
void stun_write_request(const uint8_t id[static STUN_ID_SIZE], uint8_t ret[static STUN_REQUEST_SIZE]);

/* From the SIZE octets of one datagram: the response to the Binding of ID. XOR-MAPPED-ADDRESS alone counts,
 * since MAPPED-ADDRESS is rewritten by some routers. A FINGERPRINT need not be there; a wrong one, and an
 * attribute that has to be understood and is not, make it none. 0, or -EBADMSG where it is none. */
int stun_parse_response(const uint8_t *data, size_t size, const uint8_t id[static STUN_ID_SIZE],
                        StunResponse *ret);
