/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usage: read-events: reads rtnetlink's events as the service does, and does nothing with them: what part of
 * the service's time the kernel takes. It runs until it is ended. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "watch/netlink-socket.h"

int main(void)
{
        NetlinkDatagram datagrams[NETLINK_BATCH];
        NetlinkSocket s = {.fd = -1};
        int r = netlink_socket_open(&s);

        if (r < 0) {
                fprintf(stderr, "read-events: can't open the socket: %s\n", strerror(-r));
                return 1;
        }
        struct pollfd p = {.fd = s.fd, .events = POLLIN};
        while (poll(&p, 1, -1) >= 0 || errno == EINTR)
                while (netlink_socket_receive(&s, datagrams) == NETLINK_BATCH)
                        continue;
        netlink_socket_close(&s);
        return 1;
}
