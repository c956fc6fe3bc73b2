/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One message of rtnetlink as values (rtnetlink(7), linux/rtnetlink.h). A pure function: what it is given
 * may come from anywhere. */

#include <linux/netlink.h>

#include "address/network.h"

#define NETLINK_MESSAGE_HOPS_MAX 16

typedef enum NetlinkMessageKind {
        MESSAGE_LINK,
        MESSAGE_ADDRESS,
        MESSAGE_ROUTE,
} NetlinkMessageKind;

typedef struct NetlinkMessage {
        NetlinkMessageKind kind;
        bool removed;  /* RTM_DEL* */
        bool replaced; /* NLM_F_REPLACE: another went for it without a message of its own */
        union {
                Link link; /* of a removed one the ifindex alone */
                Address address;
                struct {
                        DefaultRoute routes[NETLINK_MESSAGE_HOPS_MAX];
                        size_t n_routes;
                };
        };
} NetlinkMessage;

/* Reads M, of which SIZE octets are there. 1; 0 where it says nothing about links, addresses or default
 * routes; -EBADMSG where it is malformed. Of links: what is of no family (a bridge's words about its ports
 * are not). Of routes: those of table main that are unicast, for any destination and any type of service,
 * with a device; each nexthop of a multipath route is a route of its own, since each goes when its device
 * goes, and what lies behind NETLINK_MESSAGE_HOPS_MAX is left out. A dead nexthop is none; one without
 * carrier is, for carrier loss takes no address away. Source-specific routes count: a line with a delegated
 * prefix may have no others. Where it is not 1, RET is of no use. Where it is, what M has nothing to say of
 * (routes behind N_ROUTES, the union's other members) is as it was: to clear the whole would take longer
 * than all else. */
int netlink_message_parse(const struct nlmsghdr *m, size_t size, NetlinkMessage *ret);
