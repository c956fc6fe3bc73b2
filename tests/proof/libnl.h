/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netlink/attr.h>

#include "address/address.h"
#include "proof.h"

/* Attributes by type, as the last parse left them; libnl.c knows which it asks for. */
#define PARSED_TYPES 19

extern const struct nlattr *parsed[PARSED_TYPES];

/* Whether A is what ATTRIBUTE holds, and all of it; or nothing, where there is none. */
static inline bool comes_from(const IpAddress *a, int family, const struct nlattr *attribute)
{
        size_t at = any_size(sizeof(a->octets) - 1), size = ip_address_size(family);

        if (!attribute)
                return !ip_address_is_set(a);
        if (a->family != family || attribute->nla_len != NLA_HDRLEN + size)
                return false;
        return a->octets[at] == (at < size ? ((const uint8_t *)(attribute + 1))[at] : 0);
}
