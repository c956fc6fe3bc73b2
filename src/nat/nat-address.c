/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/nat-address.h"

/* The one form for both families is PCP's own; NAT-PMP and STUN fit into it, and comparing is comparing
 * octets. */

static const uint8_t mapped[NAT_ADDRESS_IPV4_AT] = {[10] = 0xff, [11] = 0xff};

NatAddress nat_address_ipv4(const uint8_t octets[static 4])
{
        NatAddress a;

        memcpy(a.octets, mapped, sizeof(mapped));
        memcpy(a.octets + NAT_ADDRESS_IPV4_AT, octets, 4);
        return a;
}

NatAddress nat_address_ipv6(const uint8_t octets[static 16])
{
        NatAddress a;

        memcpy(a.octets, octets, sizeof(a.octets));
        return a;
}

bool nat_address_is_ipv4(const NatAddress *a)
{
        return memcmp(a->octets, mapped, sizeof(mapped)) == 0;
}

bool nat_address_is_set(const NatAddress *a)
{
        static const uint8_t zero[16];
        size_t from = nat_address_is_ipv4(a) ? NAT_ADDRESS_IPV4_AT : 0;

        return memcmp(a->octets + from, zero, sizeof(zero) - from) != 0;
}

bool nat_address_equal(const NatAddress *a, const NatAddress *b)
{
        return memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}
