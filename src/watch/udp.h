/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* UDP sockets for what is asked of others on the line: bound to an interface, so that nothing goes by
 * another way, and connected, so that nobody else's datagrams come in. */

#include <sys/types.h>

#include "address/address.h"
#include "nat/nat-address.h"

/* A gateway or a server, and the interface that leads there. */
typedef struct UdpPeer {
        IpAddress address;
        uint16_t port;
        int ifindex; /* where ADDRESS is link-local */
        const char *interface;
} UdpPeer;

/* A socket, non-blocking, connected to PEER; its own address is the kernel's choice, or OWN where it is set.
 * A descriptor or a negative errno. */
int udp_connect(const UdpPeer *peer, const IpAddress *own);

/* The address that the kernel sends from to PEER, without sending anything. 0 or a negative errno. */
int udp_choose_own(const UdpPeer *peer, IpAddress *ret);

/* A socket, non-blocking, that hears what is sent to GROUP and PORT on the link; others may listen beside
 * it. GROUP is one that each node belongs to. A descriptor or a negative errno. */
int udp_listen(const IpAddress *group, uint16_t port, int ifindex, const char *interface);

/* One datagram, cut to SIZE, and who sent it. Its size or a negative errno: -EAGAIN where there is none,
 * what ICMP said of an earlier one of ours. */
ssize_t udp_receive(int fd, void *ret, size_t size, NatAddress *ret_from);

/* Between the two forms. An unset one becomes an unset one. */
NatAddress nat_address_of(const IpAddress *a);
IpAddress ip_address_of(const NatAddress *a);

/* Octets that nobody can guess. 0 or a negative errno. */
int udp_random_octets(void *ret, size_t size);
/* A number of that kind; 0 where there is none to be had: it spreads waits and guards nothing. */
uint32_t random_number(void);
