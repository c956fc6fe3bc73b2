/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "address/address.h"

/* What an address is good for, judged by its bits alone (IANA's special-purpose registries, RFC 6890). The
 * order is the rank in which selection prefers them: smaller is better; documentation ranks with public. */
typedef enum AddressScope {
        SCOPE_PUBLIC,
        SCOPE_DOCUMENTATION, /* 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20 */
        SCOPE_CGN,           /* 100.64.0.0/10, RFC 6598 */
        SCOPE_PRIVATE,       /* RFC 1918 */
        SCOPE_ULA,           /* fc00::/7 */
        SCOPE_DSLITE,        /* 192.0.0.0/29, RFC 6333 */
        SCOPE_LINK_LOCAL,
        SCOPE_LOOPBACK,
        SCOPE_UNUSABLE, /* unspecified, multicast, reserved, IPv4-mapped ... */
        SCOPE_COUNT,
} AddressScope;

AddressScope address_scope(const IpAddress *a);

/* "public", "documentation", "cgn", "private", "ula", "ds-lite", "link-local", "loopback", "unusable" */
const char *address_scope_name(AddressScope s);

/* Loopback, link-local and what is unusable never count as an address to tell. */
bool address_scope_counts(AddressScope s);

/* Can a stranger on the Internet reach it, as far as its bits tell? */
bool address_scope_is_reachable(AddressScope s);
