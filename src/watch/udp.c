/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* SO_BINDTODEVICE needs no privilege on a socket that isn't bound yet (Linux 5.7). It makes the route
 * look-up pass over what leads elsewhere, a VPN's default route too. */

typedef union SocketAddress {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
} SocketAddress;

static socklen_t fill(const IpAddress *a, uint16_t port, int ifindex, SocketAddress *ret)
{
        *ret = (SocketAddress){0};
        ret->any.sa_family = a->family;
        if (a->family == AF_INET) {
                ret->ipv4.sin_port = htons(port);
                memcpy(&ret->ipv4.sin_addr, a->octets, sizeof(ret->ipv4.sin_addr));
                return sizeof(ret->ipv4);
        }
        ret->ipv6.sin6_port = htons(port);
        memcpy(&ret->ipv6.sin6_addr, a->octets, sizeof(ret->ipv6.sin6_addr));
        if (IN6_IS_ADDR_LINKLOCAL(&ret->ipv6.sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&ret->ipv6.sin6_addr))
                ret->ipv6.sin6_scope_id = (uint32_t)ifindex;
        return sizeof(ret->ipv6);
}

static IpAddress read_back(const SocketAddress *from)
{
        IpAddress a = {0};

        if (from->any.sa_family == AF_INET)
                (void)ip_address_from_octets(AF_INET, &from->ipv4.sin_addr, 4, &a);
        else if (from->any.sa_family == AF_INET6)
                (void)ip_address_from_octets(AF_INET6, &from->ipv6.sin6_addr, 16, &a);
        return a;
}

static int bind_to_device(int fd, const char *interface)
{
        return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface));
}

static int set_up(int fd, const UdpPeer *peer, const IpAddress *own)
{
        SocketAddress address;

        if (bind_to_device(fd, peer->interface) < 0)
                return -errno;
        if (own && ip_address_is_set(own)) {
                socklen_t size = fill(own, 0, peer->ifindex, &address);
                if (bind(fd, &address.any, size) < 0)
                        return -errno;
        }
        socklen_t size = fill(&peer->address, peer->port, peer->ifindex, &address);
        return connect(fd, &address.any, size) < 0 ? -errno : 0;
}

int udp_connect(const UdpPeer *peer, const IpAddress *own)
{
        int fd = socket(peer->address.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        int r = set_up(fd, peer, own);
        if (r < 0) {
                (void)close(fd);
                return r;
        }
        return fd;
}

int udp_choose_own(const UdpPeer *peer, IpAddress *ret)
{
        SocketAddress own = {0};
        socklen_t size = sizeof(own);
        int fd = udp_connect(peer, NULL);

        if (fd < 0)
                return fd;
        int r = getsockname(fd, &own.any, &size) < 0 ? -errno : 0;
        (void)close(fd);
        if (r == 0)
                *ret = read_back(&own);
        return r;
}

int udp_listen(const IpAddress *group, uint16_t port, int ifindex, const char *interface)
{
        static const int yes = 1;
        SocketAddress address;
        int fd = socket(group->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        socklen_t size = fill(group, port, ifindex, &address);
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
            bind_to_device(fd, interface) < 0 || bind(fd, &address.any, size) < 0) {
                int r = -errno;
                (void)close(fd);
                return r;
        }
        return fd;
}

ssize_t udp_receive(int fd, void *ret, size_t size, NatAddress *ret_from)
{
        SocketAddress from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t n = recvfrom(fd, ret, size, 0, &from.any, &from_size);

        if (n < 0)
                return -errno;
        IpAddress a = read_back(&from);
        *ret_from = nat_address_of(&a);
        return n;
}

NatAddress nat_address_of(const IpAddress *a)
{
        if (!ip_address_is_set(a))
                return (NatAddress){0};
        return a->family == AF_INET ? nat_address_ipv4(a->octets) : nat_address_ipv6(a->octets);
}

IpAddress ip_address_of(const NatAddress *a)
{
        IpAddress ip = {0};

        if (!nat_address_is_set(a))
                return ip;
        if (nat_address_is_ipv4(a))
                (void)ip_address_from_octets(AF_INET, a->octets + NAT_ADDRESS_IPV4_AT, 4, &ip);
        else
                (void)ip_address_from_octets(AF_INET6, a->octets, sizeof(a->octets), &ip);
        return ip;
}

int udp_random_octets(void *ret, size_t size)
{
        return getrandom(ret, size, 0) == (ssize_t)size ? 0 : -EIO;
}

uint32_t random_number(void)
{
        uint32_t number = 0;

        (void)udp_random_octets(&number, sizeof(number));
        return number;
}
