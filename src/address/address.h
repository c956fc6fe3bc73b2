/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An IP address as a value. The families are counted, so that what is kept "per family" is an array. */

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/macros.h"

typedef enum Family {
        FAMILY_IPV4,
        FAMILY_IPV6,
        FAMILY_COUNT,
} Family;

/* All octets zero where there is no address; IPv4 uses the first four octets, the rest is zero. */
typedef struct IpAddress {
        uint8_t family; /* AF_UNSPEC (no address), AF_INET or AF_INET6 */
        uint8_t octets[16];
} IpAddress;

#define IP_ADDRESS_TEXT_MAX INET6_ADDRSTRLEN

static inline bool ip_address_is_set(const IpAddress *a)
{
        return a->family != AF_UNSPEC;
}

/* The count of octets of an address of FAMILY (AF_INET, AF_INET6), else 0. */
size_t ip_address_size(int family);

/* From SIZE octets in network order. 0, or -EINVAL where family and size don't go together. */
int ip_address_from_octets(int family, const void *octets, size_t size, IpAddress *ret);

/* Dotted quad or RFC 4291 text, no prefix length, no scope. 0 or -EINVAL. */
int ip_address_parse(const char *s, IpAddress *ret);

/* The canonical text (RFC 5952); "none" where there is no address. */
void ip_address_format(const IpAddress *a, char ret[static IP_ADDRESS_TEXT_MAX]);

/* By family, then by octets: negative, 0, positive. */
int ip_address_compare(const IpAddress *a, const IpAddress *b);

static inline bool ip_address_equal(const IpAddress *a, const IpAddress *b)
{
        return ip_address_compare(a, b) == 0;
}

static inline int family_to_af(Family f)
{
        return f == FAMILY_IPV4 ? AF_INET : AF_INET6;
}

/* For a person: "IPv4", "IPv6". */
const char *family_name(Family f);

/* In settings and records: "ipv4", "ipv6". from_key: 0 or -EINVAL. */
const char *family_key(Family f);
int family_from_key(const char *key, Family *ret);
