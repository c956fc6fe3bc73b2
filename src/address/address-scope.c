/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/address-scope.h"

/* The scope of an address is the first row of its family's table that it lies in. The rows are those of
 * IANA's special-purpose registries; where two overlap the narrower one stands first. An IPv4 address in no
 * row is public; of IPv6 only 2000::/3 has been given out, so that what lies in no row is unusable. */

typedef struct Prefix {
        uint8_t octets[16];
        uint8_t length; /* bits */
        AddressScope scope;
} Prefix;

static const Prefix ipv4_prefixes[] = {
        {{0}, 8, SCOPE_UNUSABLE},                  /* RFC 1122: this network */
        {{10}, 8, SCOPE_PRIVATE},                  /* RFC 1918 */
        {{100, 64}, 10, SCOPE_CGN},                /* RFC 6598 */
        {{127}, 8, SCOPE_LOOPBACK},                /* RFC 1122 */
        {{169, 254}, 16, SCOPE_LINK_LOCAL},        /* RFC 3927 */
        {{172, 16}, 12, SCOPE_PRIVATE},            /* RFC 1918 */
        {{192, 0, 0}, 29, SCOPE_DSLITE},           /* RFC 6333; RFC 7335 lends it to others of its kind */
        {{192, 0, 0}, 24, SCOPE_UNUSABLE},         /* RFC 6890: protocol assignments */
        {{192, 0, 2}, 24, SCOPE_DOCUMENTATION},    /* RFC 5737 */
        {{192, 88, 99}, 24, SCOPE_UNUSABLE},       /* RFC 7526: the former 6to4 anycast */
        {{192, 168}, 16, SCOPE_PRIVATE},           /* RFC 1918 */
        {{198, 18}, 15, SCOPE_UNUSABLE},           /* RFC 2544: benchmarks */
        {{198, 51, 100}, 24, SCOPE_DOCUMENTATION}, /* RFC 5737 */
        {{203, 0, 113}, 24, SCOPE_DOCUMENTATION},  /* RFC 5737 */
        {{224}, 4, SCOPE_UNUSABLE},                /* RFC 5771: multicast */
        {{240}, 4, SCOPE_UNUSABLE},                /* RFC 1112: reserved, and limited broadcast */
        {{0}, 0, SCOPE_PUBLIC},
};

static const Prefix ipv6_prefixes[] = {
        {{[15] = 1}, 128, SCOPE_LOOPBACK},                   /* RFC 4291 */
        {{0x20, 0x01, 0x0d, 0xb8}, 32, SCOPE_DOCUMENTATION}, /* RFC 3849 */
        {{0x3f, 0xff}, 20, SCOPE_DOCUMENTATION},             /* RFC 9637 */
        {{0x20, 0x01}, 23, SCOPE_UNUSABLE},                  /* RFC 2928: Teredo, ORCHID, benchmarks ... */
        {{0x20}, 3, SCOPE_PUBLIC},                           /* RFC 4291: global unicast */
        {{0xfc}, 7, SCOPE_ULA},                              /* RFC 4193 */
        {{0xfe, 0x80}, 10, SCOPE_LINK_LOCAL},                /* RFC 4291 */
        {{0xfe, 0xc0}, 10, SCOPE_ULA},                       /* RFC 3879: site-local, the ULA's forerunner */
        {{0}, 0, SCOPE_UNUSABLE},
};

static bool prefix_contains(const Prefix *p, const IpAddress *a)
{
        size_t whole = p->length / 8;
        unsigned rest = p->length % 8;

        if (memcmp(p->octets, a->octets, whole) != 0)
                return false;
        if (rest == 0)
                return true;

        uint8_t mask = (uint8_t)(0xff << (8 - rest));
        return (p->octets[whole] & mask) == (a->octets[whole] & mask);
}

static AddressScope look_up(const Prefix *p, const IpAddress *a)
{
        while (!prefix_contains(p, a))
                p++;
        return p->scope;
}

AddressScope address_scope(const IpAddress *a)
{
        switch (a->family) {
        case AF_INET:
                return look_up(ipv4_prefixes, a);
        case AF_INET6:
                return look_up(ipv6_prefixes, a);
        default:
                return SCOPE_UNUSABLE;
        }
}

const char *address_scope_name(AddressScope s)
{
        static const char *const names[SCOPE_COUNT] = {
                [SCOPE_PUBLIC] = "public",
                [SCOPE_DOCUMENTATION] = "documentation",
                [SCOPE_CGN] = "cgn",
                [SCOPE_PRIVATE] = "private",
                [SCOPE_ULA] = "ula",
                [SCOPE_DSLITE] = "ds-lite",
                [SCOPE_LINK_LOCAL] = "link-local",
                [SCOPE_LOOPBACK] = "loopback",
                [SCOPE_UNUSABLE] = "unusable",
        };

        assert(s < SCOPE_COUNT);
        return names[s];
}

bool address_scope_counts(AddressScope s)
{
        return s < SCOPE_LINK_LOCAL;
}

bool address_scope_is_reachable(AddressScope s)
{
        return s == SCOPE_PUBLIC || s == SCOPE_DOCUMENTATION;
}
