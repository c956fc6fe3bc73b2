/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/netlink-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* libnl makes and subscribes the socket; reading is recvmmsg(2) here, since libnl takes a buffer for each
 * datagram and tells ENOBUFS and ENOMEM apart no more.
 *
 * A filter in the kernel drops the routes that are no default routes: each address brings routes of table
 * local, and they would fill half of the receive queue. It must not judge the answers to dumps, which carry
 * many messages to a datagram. */

#define RECEIVE_QUEUE_SIZE 212992 /* the kernel's default; libnl lowers it to 32768 */

#define BUFFERS_SIZE ((size_t)NETLINK_BATCH * NETLINK_DATAGRAM_SIZE)

static int errno_from_nl(int error)
{
        switch (-error) {
        case NLE_NOMEM:
                return -ENOMEM;
        case NLE_PERM:
                return -EPERM;
        case NLE_NOACCESS:
                return -EACCES;
        case NLE_AF_NOSUPPORT:
                return -EAFNOSUPPORT;
        case NLE_PROTO_MISMATCH:
                return -EPROTONOSUPPORT;
        case NLE_AGAIN:
                return -EAGAIN;
        case NLE_BUSY:
                return -EBUSY;
        default:
                return -EIO;
        }
}

static int attach_filter(int fd)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 5),
                BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_flags)),
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NLM_F_MULTI), 3, 0),
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_dst_len)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, 0),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        };
        const struct sock_fprog program = {.len = ELEMENTSOF(code), .filter = code};

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

static int set_up(NetlinkSocket *s)
{
        nl_socket_disable_msg_peek(s->nl);
        nl_socket_set_local_port(s->nl, 0);
        int r = nl_connect(s->nl, NETLINK_ROUTE);
        if (r < 0)
                return errno_from_nl(r);
        s->fd = nl_socket_get_fd(s->nl);
        s->port = nl_socket_get_local_port(s->nl);

        r = nl_socket_set_buffer_size(s->nl, RECEIVE_QUEUE_SIZE, 0);
        if (r >= 0)
                r = nl_socket_set_nonblocking(s->nl);
        if (r < 0)
                return errno_from_nl(r);
        r = attach_filter(s->fd);
        if (r < 0)
                return r;
        r = nl_socket_add_memberships(s->nl, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                      RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, 0);
        return r < 0 ? errno_from_nl(r) : 0;
}

int netlink_socket_open(NetlinkSocket *ret)
{
        _cleanup_(netlink_socket_close) NetlinkSocket s = {
                .nl = nl_socket_alloc(),
                .fd = -1,
                .buffers = aligned_alloc(NETLINK_DATAGRAM_SIZE, BUFFERS_SIZE), /* at a page, of any size */
        };

        if (!s.nl || !s.buffers)
                return -ENOMEM;
        int r = set_up(&s);
        if (r < 0)
                return r;
        *ret = s;
        s = (NetlinkSocket){.fd = -1};
        return 0;
}

void netlink_socket_close(NetlinkSocket *s)
{
        if (s->nl)
                nl_socket_free(s->nl);
        free(s->buffers);
        *s = (NetlinkSocket){.fd = -1};
}

int netlink_socket_request(NetlinkSocket *s, NetworkTable table, uint32_t sequence)
{
        static const uint16_t types[TABLE_COUNT] = {
                [TABLE_LINKS] = RTM_GETLINK,
                [TABLE_ADDRESSES] = RTM_GETADDR,
                [TABLE_ROUTES] = RTM_GETROUTE,
        };
        /* The three families' headers are all zero here, and the largest serves for each. */
        struct {
                struct nlmsghdr header;
                struct ifinfomsg body;
                struct nlattr attribute;
                uint32_t extended_mask;
        } request = {
                .header = {.nlmsg_type = types[table],
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                           .nlmsg_seq = sequence,
                           .nlmsg_pid = s->port},
                .attribute = {.nla_type = IFLA_EXT_MASK, .nla_len = NLA_HDRLEN + sizeof(uint32_t)},
                .extended_mask = RTEXT_FILTER_SKIP_STATS,
        };
        static const uint32_t sizes[TABLE_COUNT] = {
                [TABLE_LINKS] = sizeof(request),
                [TABLE_ADDRESSES] = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
                [TABLE_ROUTES] = NLMSG_LENGTH(sizeof(struct rtmsg)),
        };

        request.header.nlmsg_len = sizes[table];
        int r = nl_sendto(s->nl, &request, sizes[table]);
        return r < 0 ? errno_from_nl(r) : 0;
}

int netlink_socket_receive(NetlinkSocket *s, NetlinkDatagram ret[static NETLINK_BATCH])
{
        struct sockaddr_nl senders[NETLINK_BATCH] = {0};
        struct iovec vectors[NETLINK_BATCH];
        struct mmsghdr messages[NETLINK_BATCH] = {0};

        for (size_t i = 0; i < NETLINK_BATCH; i++) {
                vectors[i] = (struct iovec){s->buffers + i * NETLINK_DATAGRAM_SIZE, NETLINK_DATAGRAM_SIZE};
                messages[i].msg_hdr.msg_name = &senders[i];
                messages[i].msg_hdr.msg_namelen = sizeof(senders[i]);
                messages[i].msg_hdr.msg_iov = &vectors[i];
                messages[i].msg_hdr.msg_iovlen = 1;
        }
        int n = recvmmsg(s->fd, messages, NETLINK_BATCH, MSG_DONTWAIT, NULL);
        if (n < 0)
                return -errno;
        for (int i = 0; i < n; i++)
                ret[i] = (NetlinkDatagram){
                        .data = vectors[i].iov_base,
                        .size = messages[i].msg_len,
                        .from_kernel = messages[i].msg_hdr.msg_namelen == sizeof(senders[i]) &&
                                       senders[i].nl_pid == 0,
                        .truncated = messages[i].msg_hdr.msg_flags & MSG_TRUNC,
                };
        return n;
}

void netlink_socket_give_back(NetlinkSocket *s)
{
        (void)madvise(s->buffers, BUFFERS_SIZE, MADV_DONTNEED);
}
