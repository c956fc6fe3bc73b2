/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel's picture, as far as it matters here: links, addresses and default routes of table main.
 * watch/netlink feeds it, selection reads it. Core: no sockets, no messages.
 *
 * Resync is mark and sweep: network_begin_sync() opens a new generation for one table, each put marks its
 * entry with it, network_end_sync() drops what was not marked. A put outside of a sync marks as well, so
 * that a multicast that arrives in the middle of a dump is kept. */

#include "address/address-set.h"

typedef enum NetworkTable {
        TABLE_LINKS,
        TABLE_ADDRESSES,
        TABLE_ROUTES,
        TABLE_COUNT,
} NetworkTable;

typedef struct Link {
        int ifindex;
        char name[IFNAMSIZ];
        char kind[16]; /* IFLA_INFO_KIND, "" for hardware */
        bool up;       /* IFF_UP */
} Link;

typedef struct DefaultRoute {
        uint8_t family; /* AF_INET or AF_INET6 */
        uint32_t metric;
        int ifindex;
        IpAddress prefsrc;   /* RTA_PREFSRC, or none */
        IpAddress gateway;   /* or none */
        uint32_t generation; /* the picture's own: the sync that saw it last */
} DefaultRoute;

typedef struct Network Network;

int network_new(Network **ret);
Network *network_free(Network *n);
DEFINE_CLEANUP(Network, network_free)

void network_begin_sync(Network *n, NetworkTable table);
/* The count of entries that were dropped; a dropped link takes its addresses and routes along. */
size_t network_end_sync(Network *n, NetworkTable table);
/* Drops nothing: the dump was not consistent. */
void network_cancel_sync(Network *n, NetworkTable table);

/* Each returns 1 where the picture is another now, 0 where the message was a repeat, -ENOMEM. A link that is
 * put down loses its default routes: the kernel flushes those of IPv4 and says nothing. A route's key is
 * (family, metric, ifindex, gateway). */
int network_put_link(Network *n, const Link *link);
int network_remove_link(Network *n, int ifindex); /* with it go its addresses and routes */
int network_put_address(Network *n, const Address *address);
int network_remove_address(Network *n, const Address *address);
int network_put_route(Network *n, const DefaultRoute *route);
int network_remove_route(Network *n, const DefaultRoute *route);

const AddressSet *network_addresses(const Network *n);
const Link *network_link(const Network *n, int ifindex); /* NULL where it is not known */

const Link *network_link_at(const Network *n, size_t i); /* by ifindex; NULL behind the last */

/* The default routes of a family by metric, best first; ties by ifindex. */
const DefaultRoute *network_routes(const Network *n, Family family, size_t *ret_count);

/* The way out of the link that is called INTERFACE: its ifindex, or 0 where there is no such link; RET is
 * the gateway of its best default route of family F that has one, unset where none has. */
int network_gateway(const Network *n, const char *interface, Family f, IpAddress *ret);

/* wireguard, tun, ovpn, xfrm, vti, vti6 by kind; ppp and ip6tnl are lines. */
bool link_is_tunnel(const Link *link);
