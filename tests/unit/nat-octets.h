/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Octets and addresses out of texts, for the codecs of src/nat. cmocka comes before. */

#include <stdio.h>

#include "address/address.h"
#include "nat/nat-address.h"

/* "80 22 00 0b": the count of octets; blanks may stand anywhere between them. */
static inline size_t octets(const char *text, uint8_t *ret, size_t max)
{
        size_t n = 0;
        unsigned value;
        int used;

        for (; sscanf(text, " %2x%n", &value, &used) == 1; text += used) {
                assert_true(n < max);
                ret[n++] = (uint8_t)value;
        }
        return n;
}

/* NULL: unset. */
static inline NatAddress nat(const char *text)
{
        IpAddress a;

        if (!text)
                return (NatAddress){0};
        assert_int_equal(ip_address_parse(text, &a), 0);
        return a.family == AF_INET ? nat_address_ipv4(a.octets) : nat_address_ipv6(a.octets);
}

static inline void assert_nat(const NatAddress *a, const char *text)
{
        NatAddress expected = nat(text);

        assert_memory_equal(a, &expected, sizeof(expected));
}
