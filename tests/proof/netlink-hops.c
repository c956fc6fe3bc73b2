/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever the hops of a route say, of whatever sizes: no octet behind them is read, and where as many are
 * kept as there is room for, the next ones are left out.
 *
 * sources: src/address/address.c tests/proof/libnl.c tests/proof/libc.c
 * options: -I/usr/include/libnl3 --unwind 20 --unwindset add_hops.0:3 */
#include "watch/netlink-message.c"

#include "libnl.h"
#include "proof.h"

#define MULTIPATH_MAX (NLA_HDRLEN + 8 + NLA_HDRLEN + 4) /* one by an IPv4 gateway, or two by none */

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(!"a hop has no name");
}

int main(void)
{
        uint8_t octets[MULTIPATH_MAX];
        struct nlattr *multipath = (struct nlattr *)octets;
        NetlinkMessage message; /* with whatever lay there */
        const DefaultRoute route = {.family = nondet_bool() ? AF_INET : AF_INET6};

        message.removed = nondet_bool();
        message.n_routes = NETLINK_MESSAGE_HOPS_MAX;
        assume(multipath->nla_len >= NLA_HDRLEN && multipath->nla_len <= sizeof(octets));
        int r = add_hops(&message, &route, multipath);

        claim(r == 0 || r == -EBADMSG);
        claim(message.n_routes == NETLINK_MESSAGE_HOPS_MAX);
        return 0;
}
