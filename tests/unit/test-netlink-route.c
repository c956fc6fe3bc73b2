/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The route messages of watch/netlink-message, with the same treatment as the others. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlink-builder.h"

static const uint8_t gateway[] = {192, 0, 2, 254}, source[] = {192, 0, 2, 1};

static Builder begin_route(struct rtmsg body)
{
        return begin(RTM_NEWROUTE, &body, sizeof(body));
}

static struct rtmsg body_of(uint8_t family)
{
        return (struct rtmsg){.rtm_family = family, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};
}

static void test_single(void **state)
{
        Builder b = begin_route(body_of(AF_INET));
        NetlinkMessage m;

        add_u32(&b, RTA_TABLE, RT_TABLE_MAIN);
        add_u32(&b, RTA_OIF, 5);
        add_u32(&b, RTA_PRIORITY, 100);
        add(&b, RTA_GATEWAY, gateway, sizeof(gateway));
        add(&b, RTA_PREFSRC, source, sizeof(source));
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.kind, MESSAGE_ROUTE);
        assert_int_equal(m.n_routes, 1);
        assert_int_equal(m.routes[0].family, AF_INET);
        assert_int_equal(m.routes[0].metric, 100);
        assert_int_equal(m.routes[0].ifindex, 5);
        assert_memory_equal(m.routes[0].gateway.octets, gateway, sizeof(gateway));
        assert_memory_equal(m.routes[0].prefsrc.octets, source, sizeof(source));
        assert_false(m.replaced);
        parse_damaged(&b);

        b.header.nlmsg_flags = NLM_F_REPLACE;
        assert_int_equal(parse(&b, &m), 1);
        assert_true(m.replaced);
        b.header.nlmsg_type = RTM_DELROUTE;
        assert_int_equal(parse(&b, &m), 1);
        assert_true(m.removed);
}

static void test_bare(void **state)
{
        Builder b = begin_route(body_of(AF_INET6));
        NetlinkMessage m;

        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 0);
        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 1);
        assert_int_equal(m.routes[0].metric, 0);
        assert_false(ip_address_is_set(&m.routes[0].gateway));
        assert_false(ip_address_is_set(&m.routes[0].prefsrc));
}

static void expect_none(struct rtmsg body)
{
        Builder b = begin_route(body);
        NetlinkMessage m;

        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), 0);
}

static void test_routes_that_are_none(void **state)
{
        struct rtmsg body;

        body = body_of(AF_INET);
        body.rtm_dst_len = 8;
        expect_none(body);
        body = body_of(AF_INET);
        body.rtm_tos = 4;
        expect_none(body);
        body = body_of(AF_INET6);
        body.rtm_type = RTN_UNREACHABLE;
        expect_none(body);
        body = body_of(AF_INET);
        body.rtm_type = RTN_BLACKHOLE;
        expect_none(body);
        body = body_of(AF_INET);
        body.rtm_table = RT_TABLE_LOCAL;
        expect_none(body);
        body = body_of(AF_INET6);
        body.rtm_flags = RTM_F_CLONED;
        expect_none(body);
        expect_none(body_of(AF_MPLS));
}

static void test_table_by_attribute(void **state)
{
        Builder b = begin_route(body_of(AF_INET));
        NetlinkMessage m;

        add_u32(&b, RTA_TABLE, 1000);
        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), 0);
}

static void test_source_specific(void **state)
{
        struct rtmsg body = body_of(AF_INET6);
        NetlinkMessage m;

        body.rtm_src_len = 56;
        Builder b = begin_route(body);
        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 1);
}

static void test_dead(void **state)
{
        struct rtmsg body = body_of(AF_INET);
        NetlinkMessage m;

        body.rtm_flags = RTNH_F_DEAD | RTNH_F_LINKDOWN;
        Builder b = begin_route(body);
        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 0);
        b.header.nlmsg_type = RTM_DELROUTE;
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 1);
        body.rtm_flags = RTNH_F_LINKDOWN;
        b = begin_route(body);
        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 1);
}

/* N hops on interfaces 1 to N, each with a gateway; the second is dead. */
static size_t build_hops(uint8_t *p, unsigned n)
{
        const size_t hop_size = sizeof(struct rtnexthop) + NLA_HDRLEN + sizeof(gateway);

        for (unsigned i = 0; i < n; i++) {
                const struct rtnexthop hop = {.rtnh_len = (uint16_t)hop_size,
                                              .rtnh_flags = i == 1 ? RTNH_F_DEAD : 0,
                                              .rtnh_ifindex = (int)i + 1};
                const struct nlattr a = {.nla_len = NLA_HDRLEN + sizeof(gateway), .nla_type = RTA_GATEWAY};

                memcpy(p, &hop, sizeof(hop));
                memcpy(p + sizeof(hop), &a, sizeof(a));
                memcpy(p + sizeof(hop) + NLA_HDRLEN, gateway, sizeof(gateway));
                p += hop_size;
        }
        return n * hop_size;
}

static void test_multipath(void **state)
{
        Builder b = begin_route(body_of(AF_INET));
        uint8_t hops[1024];
        NetlinkMessage m;

        add(&b, RTA_MULTIPATH, hops, build_hops(hops, 3));
        add_u32(&b, RTA_PRIORITY, 7);
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, 2);
        assert_int_equal(m.routes[0].ifindex, 1);
        assert_int_equal(m.routes[1].ifindex, 3);
        assert_int_equal(m.routes[1].metric, 7);
        assert_memory_equal(m.routes[1].gateway.octets, gateway, sizeof(gateway));
        parse_damaged(&b);

        b = begin_route(body_of(AF_INET));
        add(&b, RTA_MULTIPATH, hops, build_hops(hops, 40));
        assert_int_equal(parse(&b, &m), 1);
        assert_int_equal(m.n_routes, NETLINK_MESSAGE_HOPS_MAX);
}

static void test_malformed(void **state)
{
        static const size_t cuts[] = {1, 7, 9, 15};
        uint8_t hops[64];
        NetlinkMessage m;

        for (size_t i = 0; i < ELEMENTSOF(cuts); i++) {
                Builder b = begin_route(body_of(AF_INET));

                add(&b, RTA_MULTIPATH, hops, build_hops(hops, 2) - cuts[i]);
                assert_int_equal(parse(&b, &m), -EBADMSG);
        }
        Builder b = begin_route(body_of(AF_INET));
        add(&b, RTA_MULTIPATH, (uint8_t[8]){0}, 8);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = begin_route(body_of(AF_INET));
        add(&b, RTA_GATEWAY, gateway, 3);
        add_u32(&b, RTA_OIF, 5);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = begin_route(body_of(AF_INET));
        add(&b, RTA_OIF, gateway, 3);
        assert_int_equal(parse(&b, &m), -EBADMSG);
        b = begin_route(body_of(AF_INET));
        add_u32(&b, RTA_OIF, UINT32_MAX);
        assert_int_equal(parse(&b, &m), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_single),
                cmocka_unit_test(test_bare),
                cmocka_unit_test(test_routes_that_are_none),
                cmocka_unit_test(test_table_by_attribute),
                cmocka_unit_test(test_source_specific),
                cmocka_unit_test(test_dead),
                cmocka_unit_test(test_multipath),
                cmocka_unit_test(test_malformed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
