/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/netlink-message.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/string-util.h"

/* Each message is a fixed header and attributes. nlmsg_parse() holds every attribute against the message's
 * bounds and the policies below, so that what reaches the code has at least the size that it reads; sizes
 * that must be exact are checked where the octets are taken. An attribute that is missing is told from one
 * that is malformed: the kernel sends messages of the same type that carry less (wireless events are
 * RTM_NEWLINK without a name), and these are passed over. */

static int parse_kind(struct nlattr *linkinfo, Link *link)
{
        static struct nla_policy policy[IFLA_INFO_MAX + 1] = {[IFLA_INFO_KIND] = {.type = NLA_STRING}};
        struct nlattr *tb[IFLA_INFO_MAX + 1];

        if (!linkinfo)
                return 0;
        if (nla_parse_nested(tb, IFLA_INFO_MAX, linkinfo, policy) < 0)
                return -EBADMSG;
        if (tb[IFLA_INFO_KIND])
                (void)nla_strlcpy(link->kind, tb[IFLA_INFO_KIND], sizeof(link->kind));
        return 0;
}

static int parse_link(struct nlmsghdr *m, NetlinkMessage *ret)
{
        static struct nla_policy policy[IFLA_MAX + 1] = {
                [IFLA_IFNAME] = {.type = NLA_STRING, .minlen = 1, .maxlen = IFNAMSIZ},
                [IFLA_LINKINFO] = {.type = NLA_NESTED},
        };
        const struct ifinfomsg *header = nlmsg_data(m);
        struct nlattr *tb[IFLA_MAX + 1];

        if (nlmsg_parse(m, sizeof(*header), tb, IFLA_MAX, policy) < 0 || header->ifi_index <= 0)
                return -EBADMSG;
        if (header->ifi_family != AF_UNSPEC)
                return 0;

        Link link = {.ifindex = header->ifi_index, .up = header->ifi_flags & IFF_UP};
        if (!ret->removed) {
                if (!tb[IFLA_IFNAME])
                        return 0;
                /* The kernel takes nearly any octet in a name, and this one is shown to people. */
                string_make_harmless(nla_data(tb[IFLA_IFNAME]),
                                     strnlen(nla_data(tb[IFLA_IFNAME]), (size_t)nla_len(tb[IFLA_IFNAME])),
                                     link.name, sizeof(link.name));
                int r = parse_kind(tb[IFLA_LINKINFO], &link);
                if (r < 0)
                        return r;
        }
        ret->kind = MESSAGE_LINK;
        ret->link = link;
        return 1;
}

static int take_address(int family, struct nlattr *attribute, IpAddress *ret)
{
        if (ip_address_from_octets(family, nla_data(attribute), (size_t)nla_len(attribute), ret) < 0)
                return -EBADMSG;
        return 0;
}

static int parse_address(struct nlmsghdr *m, NetlinkMessage *ret)
{
        static struct nla_policy policy[IFA_MAX + 1] = {
                [IFA_FLAGS] = {.type = NLA_U32},
                [IFA_CACHEINFO] = {.minlen = sizeof(struct ifa_cacheinfo)},
        };
        const struct ifaddrmsg *header = nlmsg_data(m);
        struct ifa_cacheinfo cacheinfo = {.ifa_prefered = UINT32_MAX};
        struct nlattr *tb[IFA_MAX + 1];

        if (nlmsg_parse(m, sizeof(*header), tb, IFA_MAX, policy) < 0)
                return -EBADMSG;
        if (ip_address_size(header->ifa_family) == 0)
                return 0;
        if (header->ifa_index == 0 || header->ifa_index > INT_MAX ||
            header->ifa_prefixlen > 8 * ip_address_size(header->ifa_family))
                return -EBADMSG;

        struct nlattr *ours = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
        if (!ours)
                return -EBADMSG;
        if (tb[IFA_CACHEINFO])
                memcpy(&cacheinfo, nla_data(tb[IFA_CACHEINFO]), sizeof(cacheinfo));

        Address a = {
                .ifindex = (int)header->ifa_index,
                .prefixlen = header->ifa_prefixlen,
                .scope = header->ifa_scope,
                .flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : header->ifa_flags,
                .prefered = cacheinfo.ifa_prefered,
                .cstamp = cacheinfo.cstamp,
        };
        int r = take_address(header->ifa_family, ours, &a.ip);
        if (r >= 0 && tb[IFA_ADDRESS])
                r = take_address(header->ifa_family, tb[IFA_ADDRESS], &a.peer);
        if (r < 0)
                return r;
        ret->kind = MESSAGE_ADDRESS;
        ret->address = a;
        return 1;
}

static struct nla_policy route_policy[RTA_MAX + 1] = {
        [RTA_OIF] = {.type = NLA_U32},
        [RTA_PRIORITY] = {.type = NLA_U32},
        [RTA_TABLE] = {.type = NLA_U32},
};

/* Adds one nexthop; one without a device in use is none. */
static int add_hop(NetlinkMessage *ret, const DefaultRoute *route, uint32_t ifindex, unsigned flags,
                   struct nlattr *gateway)
{
        DefaultRoute hop = *route;

        if (ifindex > INT_MAX)
                return -EBADMSG;
        if (gateway) {
                int r = take_address(route->family, gateway, &hop.gateway);
                if (r < 0)
                        return r;
        }
        if (ifindex == 0 || ret->n_routes == ELEMENTSOF(ret->routes))
                return 0;
        if ((flags & RTNH_F_DEAD) && !ret->removed)
                return 0;
        hop.ifindex = (int)ifindex;
        ret->routes[ret->n_routes++] = hop;
        return 0;
}

static int add_hops(NetlinkMessage *ret, const DefaultRoute *route, struct nlattr *multipath)
{
        const uint8_t *p = nla_data(multipath);
        size_t left = (size_t)nla_len(multipath);

        while (left > 0) {
                struct nlattr *tb[RTA_MAX + 1];
                struct rtnexthop hop;

                if (left < sizeof(hop))
                        return -EBADMSG;
                memcpy(&hop, p, sizeof(hop));
                if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left || hop.rtnh_ifindex < 0)
                        return -EBADMSG;
                if (nla_parse(tb, RTA_MAX, (struct nlattr *)(p + sizeof(hop)),
                              (int)(hop.rtnh_len - sizeof(hop)), route_policy) < 0)
                        return -EBADMSG;

                int r = add_hop(ret, route, (uint32_t)hop.rtnh_ifindex, hop.rtnh_flags, tb[RTA_GATEWAY]);
                if (r < 0)
                        return r;
                size_t step = MIN((size_t)RTNH_ALIGN(hop.rtnh_len), left);
                p += step;
                left -= step;
        }
        return 0;
}

static int parse_route(struct nlmsghdr *m, NetlinkMessage *ret)
{
        const struct rtmsg *header = nlmsg_data(m);
        struct nlattr *tb[RTA_MAX + 1];

        if (nlmsg_parse(m, sizeof(*header), tb, RTA_MAX, route_policy) < 0)
                return -EBADMSG;
        if (ip_address_size(header->rtm_family) == 0 || header->rtm_dst_len != 0 || header->rtm_tos != 0 ||
            header->rtm_type != RTN_UNICAST || (header->rtm_flags & RTM_F_CLONED))
                return 0;
        if ((tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : header->rtm_table) != RT_TABLE_MAIN)
                return 0;

        DefaultRoute route = {
                .family = header->rtm_family,
                .metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0,
        };
        int r = 0;
        ret->n_routes = 0;
        if (tb[RTA_PREFSRC])
                r = take_address(route.family, tb[RTA_PREFSRC], &route.prefsrc);
        if (r >= 0 && tb[RTA_MULTIPATH])
                r = add_hops(ret, &route, tb[RTA_MULTIPATH]);
        else if (r >= 0 && tb[RTA_OIF])
                r = add_hop(ret, &route, nla_get_u32(tb[RTA_OIF]), header->rtm_flags, tb[RTA_GATEWAY]);
        if (r < 0)
                return r;
        ret->kind = MESSAGE_ROUTE;
        return 1;
}

int netlink_message_parse(const struct nlmsghdr *m, size_t size, NetlinkMessage *ret)
{
        struct nlmsghdr *header = (struct nlmsghdr *)m; /* libnl takes no const */

        if (size < sizeof(*m) || m->nlmsg_len < sizeof(*m) || m->nlmsg_len > size)
                return -EBADMSG;
        ret->removed = false;
        ret->replaced = m->nlmsg_flags & NLM_F_REPLACE;
        switch (m->nlmsg_type) {
        case RTM_DELLINK:
                ret->removed = true;
                __attribute__((fallthrough));
        case RTM_NEWLINK:
                return parse_link(header, ret);
        case RTM_DELADDR:
                ret->removed = true;
                __attribute__((fallthrough));
        case RTM_NEWADDR:
                return parse_address(header, ret);
        case RTM_DELROUTE:
                ret->removed = true;
                __attribute__((fallthrough));
        case RTM_NEWROUTE:
                return parse_route(header, ret);
        }
        return 0;
}
