/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/tcp.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/macros.h"
#include "store/fd.h"

/* A path that carries nothing any more (the line was dialled anew, here or behind a router) says nothing
 * either: SMTP's own limits are minutes, and meant for a server that thinks. The peer's kernel answers
 * probes whatever its program does. The first goes out before routers forget a connection, and five stay
 * without an answer before it is given up: most re-dials are over by then, and one that brings the same
 * address back costs nothing. Octets on their way have the same time (tcp(7)). So has a window that stays
 * shut, which no honest server's does: its buffer takes a whole mail. */
#define PROBE_IDLE     20 /* seconds */
#define PROBE_INTERVAL 5
#define PROBE_COUNT    5
#define PATH_TIMEOUT   ((PROBE_IDLE + PROBE_COUNT * PROBE_INTERVAL) * 1000) /* milliseconds */

/* Whoever closes it, the kernel at the mailer's death too: what the peer has not taken is thrown away then,
 * and not sent on for minutes. It may be the rest of a mail that was given up, and untrue when it arrives.
 */
static void set_reset_at_close(int fd, bool on)
{
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = on}, sizeof(struct linger));
}

static void set_options(int fd)
{
        static const struct {
                int level, name, value;
        } options[] = {
                /* Flights are written whole: Nagle's algorithm would only hold back their last segment. */
                {IPPROTO_TCP, TCP_NODELAY, 1},           {SOL_SOCKET, SO_KEEPALIVE, 1},
                {IPPROTO_TCP, TCP_KEEPIDLE, PROBE_IDLE}, {IPPROTO_TCP, TCP_KEEPINTVL, PROBE_INTERVAL},
                {IPPROTO_TCP, TCP_KEEPCNT, PROBE_COUNT}, {IPPROTO_TCP, TCP_USER_TIMEOUT, PATH_TIMEOUT},
        };

        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                                 sizeof(options[i].value));
        set_reset_at_close(fd, true);
}

/* The port is left to connect(), which finds one that is free towards this peer. */
static int bind_source(int fd, const Endpoint *source)
{
        Endpoint any_port = *source;

        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
        if (any_port.address.ss_family == AF_INET6)
                ((struct sockaddr_in6 *)&any_port.address)->sin6_port = 0;
        else
                ((struct sockaddr_in *)&any_port.address)->sin_port = 0;
        return bind(fd, (const struct sockaddr *)&any_port.address, any_port.size) < 0 ? -errno : 0;
}

int tcp_socket(const Endpoint *peer, const Endpoint *source)
{
        _cleanup_close_ int fd = socket(peer->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                        IPPROTO_TCP);
        int r;

        if (fd < 0)
                return -errno;
        set_options(fd);
        if (source && source->size > 0) {
                r = bind_source(fd, source);
                if (r < 0)
                        return r;
        }
        return TAKE_FD(fd);
}

void tcp_close(int *fd)
{
        int unsent;

        if (*fd < 0)
                return;
        if (ioctl(*fd, SIOCOUTQ, &unsent) == 0 && unsent == 0)
                set_reset_at_close(*fd, false);
        (void)close(*fd);
        *fd = -1;
}
