/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/name-check.h"

#include <netdb.h>
#include <stdlib.h>

#include "address/address-scope.h"

/* By the machine's own resolver, whatever it has in its cache: this is what others get too. Not so a
 * loopback address, which /etc/hosts gives the machine's own name on many systems: it says nothing of DNS.
 *
 * Who asks may do so because the line is down: where the environment has no other wish, each name server is
 * asked once and shortly (resolv.conf(5)), since by default a few of them that are silent take most of a
 * minute. */

#define RESOLVER_OPTIONS "timeout:2 attempts:1"

static IpAddress address_of(const struct addrinfo *a)
{
        IpAddress ret = {0};

        if (a->ai_family == AF_INET)
                (void)ip_address_from_octets(AF_INET, &((const struct sockaddr_in *)a->ai_addr)->sin_addr, 4,
                                             &ret);
        else if (a->ai_family == AF_INET6)
                (void)ip_address_from_octets(AF_INET6, &((const struct sockaddr_in6 *)a->ai_addr)->sin6_addr,
                                             16, &ret);
        return ret;
}

/* Those of the family that is FAMILY; AF_UNSPEC: of both. */
static void append_addresses(const struct addrinfo *list, int family, Text *t)
{
        for (; list; list = list->ai_next) {
                IpAddress a = address_of(list);
                char text[IP_ADDRESS_TEXT_MAX];

                if (!ip_address_is_set(&a) || (family != AF_UNSPEC && a.family != family))
                        continue;
                ip_address_format(&a, text);
                text_appendf(t, "%s%s", t->size > 0 ? ", " : "", text);
        }
}

static NameVerdict compare(const struct addrinfo *list, const IpAddress *here)
{
        NameVerdict verdict = NAME_UNCOMPARED;

        if (!ip_address_is_set(here) || !address_scope_is_reachable(address_scope(here)))
                return verdict;
        for (; list; list = list->ai_next) {
                IpAddress a = address_of(list);

                if (ip_address_equal(&a, here))
                        return NAME_RIGHT;
                if (a.family == here->family && address_scope(&a) != SCOPE_LOOPBACK)
                        verdict = NAME_OLD;
        }
        return verdict;
}

NameVerdict name_check(const char *name, const IpAddress here[static FAMILY_COUNT], Text *ret)
{
        const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
        NameVerdict verdict = NAME_UNCOMPARED;
        struct addrinfo *list = NULL;
        int r;

        (void)setenv("RES_OPTIONS", RESOLVER_OPTIONS, 0); /* without it the look-up is only slower */
        r = getaddrinfo(name, NULL, &hints, &list);
        if (r != 0) {
                text_append_string(ret, gai_strerror(r));
                return NAME_UNKNOWN;
        }
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                NameVerdict v = compare(list, here + f);

                if (v == NAME_OLD)
                        append_addresses(list, family_to_af(f), ret);
                verdict = MAX(verdict, v);
        }
        if (verdict != NAME_OLD)
                append_addresses(list, AF_UNSPEC, ret);
        freeaddrinfo(list);
        return verdict;
}
