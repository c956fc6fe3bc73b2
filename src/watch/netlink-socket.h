/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The rtnetlink socket: opened and subscribed, asked for tables, emptied by batches. */

#include <linux/netlink.h>
#include <netlink/socket.h>

#include "address/network.h"

#define NETLINK_BATCH         16
#define NETLINK_DATAGRAM_SIZE (64 * 1024) /* the kernel fills dumps up to what it is offered */

typedef struct NetlinkDatagram {
        const uint8_t *data;
        size_t size;
        bool from_kernel;
        bool truncated;
} NetlinkDatagram;

typedef struct NetlinkSocket {
        struct nl_sock *nl;
        int fd; /* the one in nl */
        uint32_t port;
        uint8_t *buffers; /* NETLINK_BATCH of them */
} NetlinkSocket;

/* Non-blocking, and a member of the groups of links, addresses and routes of both families; of the routes
 * only those of prefix length 0 come through, but for answers to dumps. 0, or a negative errno. */
int netlink_socket_open(NetlinkSocket *ret);
void netlink_socket_close(NetlinkSocket *s);

/* Asks for the whole of TABLE. 0, or a negative errno. */
int netlink_socket_request(NetlinkSocket *s, NetworkTable table, uint32_t sequence);

/* Up to NETLINK_BATCH datagrams, valid until the next call; their count. -EAGAIN where there is none,
 * -ENOBUFS where the kernel dropped some, or another negative errno. */
int netlink_socket_receive(NetlinkSocket *s, NetlinkDatagram ret[static NETLINK_BATCH]);

/* Gives the pages of the buffers back: what was received is gone, and the next call takes as many as it
 * needs. A dump of a large table would else keep a megabyte for years. */
void netlink_socket_give_back(NetlinkSocket *s);
