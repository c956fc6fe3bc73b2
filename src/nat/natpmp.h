/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* NAT-PMP (RFC 6886), as far as the external address goes: the request is written, the response read. The
 * gateway's announcement is the same response, unasked. */

#include "nat/nat-address.h"

#define NATPMP_VERSION      0
#define NATPMP_REQUEST_SIZE 2

/* Result codes (RFC 6886, 3.5). */
#define NATPMP_SUCCESS             0
#define NATPMP_UNSUPPORTED_VERSION 1

typedef struct NatpmpResponse {
        uint16_t result;
        uint32_t epoch;      /* seconds since the gateway's tables began */
        NatAddress external; /* unset: the gateway has none, or RESULT is no success */
} NatpmpResponse;

/* The request for the external address (RFC 6886, 3.2). */
void natpmp_write_request(uint8_t ret[static NATPMP_REQUEST_SIZE]);

/* From the SIZE octets of one datagram. A success has 12 octets at least, a failure 8; what follows them
 * is passed over. 0, or -EBADMSG where it is no response to that request. */
int natpmp_parse_response(const uint8_t *data, size_t size, NatpmpResponse *ret);
