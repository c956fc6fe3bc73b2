/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/address.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/string-util.h"

/* An address is a value of 17 octets: family and octets in network order, padded with zeros, so that
 * comparing the whole array is comparing the address. */

size_t ip_address_size(int family)
{
        switch (family) {
        case AF_INET:
                return sizeof(struct in_addr);
        case AF_INET6:
                return sizeof(struct in6_addr);
        default:
                return 0;
        }
}

int ip_address_from_octets(int family, const void *octets, size_t size, IpAddress *ret)
{
        if (size == 0 || size != ip_address_size(family))
                return -EINVAL;

        IpAddress a = {.family = (uint8_t)family};
        memcpy(a.octets, octets, size);
        *ret = a;
        return 0;
}

int ip_address_parse(const char *s, IpAddress *ret)
{
        IpAddress a = {.family = strchr(s, ':') ? AF_INET6 : AF_INET};

        if (inet_pton(a.family, s, a.octets) != 1)
                return -EINVAL;
        *ret = a;
        return 0;
}

void ip_address_format(const IpAddress *a, char ret[static IP_ADDRESS_TEXT_MAX])
{
        if (!ip_address_is_set(a) || !inet_ntop(a->family, a->octets, ret, IP_ADDRESS_TEXT_MAX))
                memcpy(ret, "none", sizeof("none"));
}

int ip_address_compare(const IpAddress *a, const IpAddress *b)
{
        if (a->family != b->family)
                return a->family < b->family ? -1 : 1;
        return memcmp(a->octets, b->octets, sizeof(a->octets));
}

const char *family_name(Family f)
{
        return f == FAMILY_IPV4 ? "IPv4" : "IPv6";
}

static const char *const family_keys[FAMILY_COUNT] = {
        [FAMILY_IPV4] = "ipv4",
        [FAMILY_IPV6] = "ipv6",
};

const char *family_key(Family f)
{
        return family_keys[f];
}

int family_from_key(const char *key, Family *ret)
{
        int i = string_index(family_keys, FAMILY_COUNT, key);

        if (i < 0)
                return i;
        *ret = (Family)i;
        return 0;
}
