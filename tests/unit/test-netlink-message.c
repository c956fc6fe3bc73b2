/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages are built by hand, so that the malformed ones can be built too. Each one is also parsed damaged
 * (netlink-builder.h). */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlink-builder.h"

static Builder link_message(uint16_t type, const char *name, unsigned flags)
{
        Builder b = begin(type, &(struct ifinfomsg){.ifi_index = 5, .ifi_flags = flags},
                          sizeof(struct ifinfomsg));

        if (name)
                add(&b, IFLA_IFNAME, name, strlen(name) + 1);
        return b;
}

static void add_link_kind(Builder *b, const char *kind)
{
        uint8_t nested[64] = {0};
        const struct nlattr a = {.nla_len = (uint16_t)(NLA_HDRLEN + strlen(kind) + 1),
                                 .nla_type = IFLA_INFO_KIND};

        memcpy(nested, &a, sizeof(a));
        memcpy(nested + NLA_HDRLEN, kind, strlen(kind));
        add(b, IFLA_LINKINFO, nested, NLA_ALIGN(a.nla_len));
}

static void test_link(void **state)
{
        Builder b = link_message(RTM_NEWLINK, "vpn0", IFF_UP | IFF_RUNNING);
        NetlinkMessage m;

        add_link_kind(&b, "wireguard");
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.kind, MESSAGE_LINK);
        assert_false(m.removed);
        assert_int_equal(m.link.ifindex, 5);
        assert_true(m.link.up);
        assert_string_equal(m.link.name, "vpn0");
        assert_string_equal(m.link.kind, "wireguard");
        parse_damaged(&b);

        b = link_message(RTM_NEWLINK, "fifteen-octets0", 0);
        assert_int_equal(parse(&b, &m), 1);
        assert_string_equal(m.link.name, "fifteen-octets0");
        assert_string_equal(m.link.kind, "");
        assert_false(m.link.up);

        b = link_message(RTM_NEWLINK, "\033[31m", IFF_UP);
        assert_int_equal(parse(&b, &m), 1);
        assert_string_equal(m.link.name, "?[31m");

        b = link_message(RTM_DELLINK, NULL, 0);
        assert_int_equal(parse(&b, &m), 1);
        assert_true(m.removed);
        assert_int_equal(m.link.ifindex, 5);
}

static void test_links_that_are_none(void **state)
{
        Builder b = begin(RTM_DELLINK, &(struct ifinfomsg){.ifi_family = AF_BRIDGE, .ifi_index = 5},
                          sizeof(struct ifinfomsg));
        NetlinkMessage m;

        assert_int_equal(parse(&b, &m), 0);
        b = link_message(RTM_NEWLINK, NULL, IFF_UP);
        assert_int_equal(parse(&b, &m), 0);
        b = link_message(RTM_NEWLINK, "sixteen-octets-0", 0);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = begin(RTM_NEWLINK, &(struct ifinfomsg){.ifi_index = -1}, sizeof(struct ifinfomsg));
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = begin(RTM_GETLINK, &(struct ifinfomsg){.ifi_index = 5}, sizeof(struct ifinfomsg));
        assert_int_equal(parse(&b, &m), 0);
}

static Builder address_message(uint16_t type, uint8_t family)
{
        const struct ifaddrmsg body = {.ifa_family = family,
                                       .ifa_prefixlen = 24,
                                       .ifa_flags = IFA_F_PERMANENT,
                                       .ifa_scope = RT_SCOPE_SITE,
                                       .ifa_index = 5};

        return begin(type, &body, sizeof(body));
}

static void test_ipv4_address(void **state)
{
        static const uint8_t ours[] = {192, 0, 2, 1}, peer[] = {192, 0, 2, 2};
        Builder b = address_message(RTM_NEWADDR, AF_INET);
        NetlinkMessage m;

        add(&b, IFA_ADDRESS, peer, sizeof(peer));
        add(&b, IFA_LOCAL, ours, sizeof(ours));
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.kind, MESSAGE_ADDRESS);
        assert_memory_equal(m.address.ip.octets, ours, sizeof(ours));
        assert_int_equal(m.address.ip.family, AF_INET);
        assert_memory_equal(m.address.peer.octets, peer, sizeof(peer));
        assert_int_equal(m.address.ifindex, 5);
        assert_int_equal(m.address.prefixlen, 24);
        assert_int_equal(m.address.scope, RT_SCOPE_SITE);
        assert_int_equal(m.address.flags, IFA_F_PERMANENT);
        assert_false(address_is_deprecated(&m.address));
        parse_damaged(&b);
}

static void test_ipv6_address(void **state)
{
        static const uint8_t ours[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9};
        const struct ifa_cacheinfo cacheinfo = {
                .ifa_prefered = 1800, .ifa_valid = 3600, .cstamp = 77, .tstamp = 99};
        Builder b = address_message(RTM_DELADDR, AF_INET6);
        NetlinkMessage m;

        add(&b, IFA_ADDRESS, ours, sizeof(ours));
        add(&b, IFA_CACHEINFO, &cacheinfo, sizeof(cacheinfo));
        add_u32(&b, IFA_FLAGS, IFA_F_TEMPORARY | IFA_F_NOPREFIXROUTE);
        assert_int_equal(parse(&b, &m), 1);
        assert_true(m.removed);
        assert_memory_equal(m.address.ip.octets, ours, sizeof(ours));
        assert_int_equal(m.address.flags, IFA_F_TEMPORARY | IFA_F_NOPREFIXROUTE);
        assert_int_equal(m.address.prefered, 1800);
        assert_int_equal(m.address.cstamp, 77);
        parse_damaged(&b);
}

static void test_addresses_that_are_none(void **state)
{
        static const uint8_t octets[16] = {0};
        Builder b = address_message(RTM_NEWADDR, AF_INET);
        NetlinkMessage m;

        assert_int_equal(parse(&b, &m), -EBADMSG);
        add(&b, IFA_LOCAL, octets, 5);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = address_message(RTM_NEWADDR, AF_INET);
        add(&b, IFA_LOCAL, octets, 4);
        add(&b, IFA_ADDRESS, octets, 3);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = address_message(RTM_NEWADDR, AF_DECnet);
        add(&b, IFA_LOCAL, octets, 2);
        assert_int_equal(parse(&b, &m), 0);
        b = address_message(RTM_NEWADDR, AF_INET6);
        add(&b, IFA_ADDRESS, octets, 16);
        add(&b, IFA_CACHEINFO, octets, sizeof(struct ifa_cacheinfo) - 1);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = begin(RTM_NEWADDR,
                  &(struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = 33, .ifa_index = 1},
                  sizeof(struct ifaddrmsg));
        add(&b, IFA_LOCAL, octets, 4);
        assert_int_equal(parse(&b, &m), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_link),
                cmocka_unit_test(test_links_that_are_none),
                cmocka_unit_test(test_ipv4_address),
                cmocka_unit_test(test_ipv6_address),
                cmocka_unit_test(test_addresses_that_are_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
