/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An address as PCP has it (RFC 6887, 5): 16 octets in network order, an IPv4 address as the IPv4-mapped
 * IPv6 address of RFC 4291, 2.5.5.2. All octets zero, and 0.0.0.0 as well, stand for no address. */

#include "base/macros.h"

typedef struct NatAddress {
        uint8_t octets[16];
} NatAddress;

#define NAT_ADDRESS_IPV4_AT 12 /* where the four octets of an IPv4 address lie */

/* Of four octets, of sixteen. An IPv4-mapped one counts as IPv4. */
NatAddress nat_address_ipv4(const uint8_t octets[static 4]);
NatAddress nat_address_ipv6(const uint8_t octets[static 16]);

bool nat_address_is_set(const NatAddress *a);
bool nat_address_is_ipv4(const NatAddress *a);
bool nat_address_equal(const NatAddress *a, const NatAddress *b);
