/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever attributes a message about a route of one hop has, of whatever sizes: no octet behind one is
 * read, and an address comes from an attribute of exactly its family's size.
 *
 * sources: src/address/address.c tests/proof/libnl.c tests/proof/libc.c
 * options: -I/usr/include/libnl3 --unwind 20 --unwindset add_hops.0:1 */
#include "watch/netlink-message.c"

#include "libnl.h"
#include "proof.h"

typedef struct RouteMessage {
        struct nlmsghdr header;
        struct rtmsg route;
        uint8_t attributes[NLA_HDRLEN + 16];
} RouteMessage;

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(!"a route has no name");
}

int main(void)
{
        RouteMessage m;
        NetlinkMessage message; /* with whatever lay there */

        message.removed = nondet_bool();
        assume(m.header.nlmsg_len >= sizeof(m.header) && m.header.nlmsg_len <= sizeof(m));
        int r = parse_route(&m.header, &message), family = m.route.rtm_family;

        claim(r == 1 || r == 0 || r == -EBADMSG);
        if (r != 1)
                return 0;
        claim(m.header.nlmsg_len >= sizeof(m.header) + sizeof(m.route));
        claim(message.kind == MESSAGE_ROUTE && (family == AF_INET || family == AF_INET6));
        claim(m.route.rtm_type == RTN_UNICAST && m.route.rtm_dst_len == 0);
        claim(message.n_routes <= 1 && (message.n_routes == 0 || parsed[RTA_OIF]));
        if (message.n_routes == 0)
                return 0;
        claim(message.routes[0].ifindex > 0 && message.routes[0].family == family);
        claim(comes_from(&message.routes[0].prefsrc, family, parsed[RTA_PREFSRC]));
        claim(comes_from(&message.routes[0].gateway, family, parsed[RTA_GATEWAY]));
        return 0;
}
