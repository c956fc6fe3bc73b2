/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each test builds a picture out of eth0 (2), eth1 (3), br-lan (4) and tun0 (9). */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "selection-scene.h"

enum {
        ETH0 = 2,
        ETH1 = 3,
        LAN = 4,
        TUN = 9
};

static int set_up(void **state)
{
        static const Link links[] = {
                {.ifindex = ETH0, .name = "eth0", .up = true},
                {.ifindex = ETH1, .name = "eth1", .up = true},
                {.ifindex = LAN, .name = "br-lan", .kind = "bridge", .up = true},
                {.ifindex = TUN, .name = "tun0", .kind = "tun", .up = true},
        };

        *state = scene_new(links, ELEMENTSOF(links));
        return 0;
}

/* CSTAMP in 1/100 s. */
static void add(Scene *s, int ifindex, const char *text, uint32_t flags, uint32_t cstamp)
{
        Address a = {.ip = ip(text),
                     .ifindex = ifindex,
                     .flags = flags,
                     .prefered = UINT32_MAX,
                     .cstamp = cstamp};

        assert_true(network_put_address(s->network, &a) >= 0);
}

static void drop(Scene *s, int ifindex, const char *text)
{
        assert_int_equal(network_remove_address(s->network, &(Address){.ip = ip(text), .ifindex = ifindex}),
                         1);
}

static void add_route(Scene *s, Family f, uint32_t metric, int ifindex, const char *prefsrc)
{
        DefaultRoute r = {.family = (uint8_t)family_to_af(f),
                          .metric = metric,
                          .ifindex = ifindex,
                          .prefsrc = ip(prefsrc)};

        assert_true(network_put_route(s->network, &r) >= 0);
}

static void expect(Scene *s, Family f, const char *address, const char *interface)
{
        expect_address(s, f, address);
        assert_string_equal(s->selection.family[f].interface, interface);
        assert_int_equal(s->selection.reason[f] == REASON_SELECTED, !streq(address, "none"));
}

static void expect_none(Scene *s, Family f, SelectionReason reason, const char *sentence)
{
        char text[256];

        expect(s, f, "none", "");
        assert_int_equal(s->selection.reason[f], reason);
        selection_explain(&s->selection, f, text, sizeof(text));
        assert_string_equal(text, sentence);
}

static void test_default_route_decides(void **state)
{
        Scene *s = *state;

        add(s, ETH0, "192.0.2.1", 0, 1);
        add(s, ETH1, "198.51.100.1", 0, 2);
        expect_none(s, FAMILY_IPV4, REASON_NO_DEFAULT_ROUTE, "there is no IPv4 default route");
        add_route(s, FAMILY_IPV4, 100, ETH0, NULL);
        add_route(s, FAMILY_IPV4, 200, ETH1, NULL);
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth0");
        add_route(s, FAMILY_IPV4, 50, ETH1, NULL);
        expect(s, FAMILY_IPV4, "198.51.100.1", "eth1");
        expect_none(s, FAMILY_IPV6, REASON_NO_DEFAULT_ROUTE, "there is no IPv6 default route");
}

static void test_families_part_ways(void **state)
{
        Scene *s = *state;

        add(s, ETH0, "192.0.2.1", 0, 1);
        add(s, ETH1, "2001:db8::1", 0, 1);
        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        add_route(s, FAMILY_IPV6, 1024, ETH1, NULL);
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth0");
        expect(s, FAMILY_IPV6, "2001:db8::1", "eth1");
        s->options.family[FAMILY_IPV6] = false;
        expect_none(s, FAMILY_IPV6, REASON_NOT_WATCHED, "watch.families leaves IPv6 out");
}

/* The hops of a multipath route stand in the order of ifindex; the newer address does not win. */
static void test_equal_routes(void **state)
{
        Scene *s = *state;

        add(s, ETH0, "192.0.2.1", 0, 1);
        add(s, ETH1, "198.51.100.1", 0, 100000);
        add_route(s, FAMILY_IPV4, 0, ETH1, NULL);
        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth0");
}

/* Of the hops of one metric the first that has an address is asked, tunnels and what is down passed over; a
 * route of another metric is no hop of it. */
static void test_hop_without_address(void **state)
{
        static const Link down = {.ifindex = ETH1, .name = "eth1", .up = false};
        Scene *s = *state;

        add(s, LAN, "192.0.2.1", 0, 1);
        add(s, TUN, "198.51.100.9", 0, 1);
        add_route(s, FAMILY_IPV4, 100, ETH0, NULL);
        add_route(s, FAMILY_IPV4, 200, LAN, NULL);
        expect_none(s, FAMILY_IPV4, REASON_NO_ADDRESS, "eth0 has no IPv4 address");
        add_route(s, FAMILY_IPV4, 100, TUN, NULL);
        add_route(s, FAMILY_IPV4, 100, ETH1, NULL);
        expect_none(s, FAMILY_IPV4, REASON_NO_ADDRESS, "eth0 has no IPv4 address");
        add(s, ETH1, "198.51.100.1", 0, 1);
        expect(s, FAMILY_IPV4, "198.51.100.1", "eth1");
        assert_int_equal(network_put_link(s->network, &down), 1);
        add_route(s, FAMILY_IPV4, 100, LAN, NULL);
        expect(s, FAMILY_IPV4, "192.0.2.1", "br-lan");
}

static void test_tunnel_is_passed_over(void **state)
{
        Scene *s = *state;
        char text[256];

        add(s, ETH0, "192.0.2.1", 0, 1);
        add(s, TUN, "10.8.0.2", 0, 9);
        add_route(s, FAMILY_IPV4, 0, TUN, NULL);
        expect_none(s, FAMILY_IPV4, REASON_ONLY_TUNNEL,
                    "the IPv4 default route leads through the tunnel tun0, which counts only where "
                    "watch.interfaces names it");
        assert_string_equal(s->selection.tunnel[FAMILY_IPV4], "tun0");
        add_route(s, FAMILY_IPV4, 100, ETH0, NULL);
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth0");
        assert_string_equal(s->selection.tunnel[FAMILY_IPV4], "tun0");
        selection_explain(&s->selection, FAMILY_IPV4, text, sizeof(text));
        assert_string_equal(text,
                            "192.0.2.1 on eth0 (the default route through the tunnel tun0 is passed over)");
}

static void test_worse_tunnel_is_not_named(void **state)
{
        Scene *s = *state;

        add(s, ETH0, "192.0.2.1", 0, 1);
        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        add_route(s, FAMILY_IPV4, 100, TUN, NULL);
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth0");
        assert_string_equal(s->selection.tunnel[FAMILY_IPV4], "");
}

static void test_named_interfaces(void **state)
{
        Scene *s = *state;
        char *names[] = {(char *)"br-*", (char *)"tun0"}, *missing[] = {(char *)"wan*"};

        add(s, ETH0, "192.0.2.1", 0, 1);
        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        s->options.interfaces = names;
        s->options.n_interfaces = ELEMENTSOF(names);
        expect_none(s, FAMILY_IPV4, REASON_NO_ADDRESS, "what watch.interfaces names has no IPv4 address");
        add(s, LAN, "10.0.0.1", 0, 1);
        expect(s, FAMILY_IPV4, "10.0.0.1", "br-lan");
        add(s, TUN, "203.0.113.7", 0, 1);
        expect(s, FAMILY_IPV4, "203.0.113.7", "tun0");
        s->options.interfaces = missing;
        s->options.n_interfaces = 1;
        expect_none(s, FAMILY_IPV4, REASON_NO_INTERFACE, "no interface that is up matches watch.interfaces");
}

/* The preferred source of a route that leads through no named interface says nothing about them. */
static void test_named_interfaces_and_preferred_source(void **state)
{
        Scene *s = *state;
        char *names[] = {(char *)"eth1"};

        add(s, ETH1, "192.0.2.1", 0, 1);
        add(s, ETH1, "192.0.2.2", 0, 2);
        add_route(s, FAMILY_IPV4, 0, ETH0, "192.0.2.1");
        s->options.interfaces = names;
        s->options.n_interfaces = 1;
        expect(s, FAMILY_IPV4, "192.0.2.2", "eth1");
        add_route(s, FAMILY_IPV4, 100, ETH1, "192.0.2.1");
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth1");
}

static void test_link_down(void **state)
{
        Scene *s = *state;
        Link down = {.ifindex = ETH0, .name = "eth0"};
        char *names[] = {(char *)"eth0"};

        add(s, ETH0, "192.0.2.1", 0, 1);
        s->options.interfaces = names;
        s->options.n_interfaces = 1;
        expect(s, FAMILY_IPV4, "192.0.2.1", "eth0");
        assert_int_equal(network_put_link(s->network, &down), 1);
        expect_none(s, FAMILY_IPV4, REASON_NO_INTERFACE, "no interface that is up matches watch.interfaces");
}

static void test_delegated_prefix(void **state)
{
        Scene *s = *state;

        add_route(s, FAMILY_IPV6, 1024, ETH0, NULL);
        add(s, ETH0, "fe80::1", 0, 1);
        add(s, LAN, "fd00::1", 0, 9);
        add(s, TUN, "2001:db8:7::1", 0, 9);
        expect_none(s, FAMILY_IPV6, REASON_NONE_COUNTS,
                    "eth0 has only IPv6 addresses that do not count (link-local, tentative, temporary, "
                    "deprecated or left out by watch.private)");
        add(s, LAN, "2001:db8:1::1", 0, 1);
        expect(s, FAMILY_IPV6, "2001:db8:1::1", "br-lan");
        assert_int_equal(s->selection.n_others, 0);
        add(s, ETH0, "fd00::2", 0, 1);
        expect(s, FAMILY_IPV6, "fd00::2", "eth0");
}

static void test_no_delegation_for_ipv4(void **state)
{
        Scene *s = *state;

        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        add(s, LAN, "192.0.2.1", 0, 1);
        expect_none(s, FAMILY_IPV4, REASON_NO_ADDRESS, "eth0 has no IPv4 address");
}

static void test_what_does_not_count(void **state)
{
        static const uint32_t flags[] = {IFA_F_TENTATIVE,  IFA_F_TENTATIVE | IFA_F_OPTIMISTIC,
                                         IFA_F_DADFAILED,  IFA_F_DADFAILED | IFA_F_PERMANENT,
                                         IFA_F_DEPRECATED, IFA_F_TEMPORARY};
        Scene *s = *state;

        add_route(s, FAMILY_IPV6, 1024, ETH0, NULL);
        for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
                add(s, ETH0, "2001:db8::1", flags[i], 1);
                select_addresses(s->network, &s->options, s->settled, &s->selection);
                assert_int_equal(s->selection.reason[FAMILY_IPV6], REASON_NONE_COUNTS);
        }
        s->options.temporary = true;
        expect(s, FAMILY_IPV6, "2001:db8::1", "eth0");
        add(s, ETH0, "2001:db8::1", IFA_F_DEPRECATED, 1);
        s->options.deprecated = true;
        expect(s, FAMILY_IPV6, "2001:db8::1", "eth0");
}

static void test_deprecated_by_lifetime(void **state)
{
        Scene *s = *state;
        Address a = {.ip = ip("2001:db8::1"), .ifindex = ETH0, .prefered = 0};

        add_route(s, FAMILY_IPV6, 1024, ETH0, NULL);
        assert_int_equal(network_put_address(s->network, &a), 1);
        select_addresses(s->network, &s->options, s->settled, &s->selection);
        assert_int_equal(s->selection.reason[FAMILY_IPV6], REASON_NONE_COUNTS);
}

static void test_kernel_scope(void **state)
{
        Scene *s = *state;
        Address a = {.ip = ip("192.0.2.1"), .ifindex = ETH0, .prefered = 9, .scope = RT_SCOPE_LINK};

        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        assert_int_equal(network_put_address(s->network, &a), 1);
        select_addresses(s->network, &s->options, s->settled, &s->selection);
        assert_int_equal(s->selection.reason[FAMILY_IPV4], REASON_NONE_COUNTS);
}

static void test_private_left_out(void **state)
{
        static const char *const texts[] = {"10.0.0.1", "100.64.0.1", "192.0.0.2", "192.168.1.1"};
        Scene *s = *state;

        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                add(s, ETH0, texts[i], 0, 1);
                s->options.private_addresses = true;
                expect(s, FAMILY_IPV4, texts[i], "eth0");
                s->options.private_addresses = false;
                select_addresses(s->network, &s->options, s->settled, &s->selection);
                assert_int_equal(s->selection.reason[FAMILY_IPV4], REASON_NONE_COUNTS);
                drop(s, ETH0, texts[i]);
        }
}

static void expect_verdict(Scene *s, int ifindex, const char *text, uint32_t flags, AddressVerdict verdict)
{
        Address a = {.ip = ip(text), .ifindex = ifindex, .flags = flags, .prefered = UINT32_MAX};

        assert_int_equal(selection_judge(s->network, &s->options, &a), verdict);
}

static void test_verdicts(void **state)
{
        Scene *s = *state;

        expect_verdict(s, ETH0, "192.0.2.1", 0, VERDICT_NO_ROUTE);
        expect_verdict(s, TUN, "192.0.2.1", 0, VERDICT_TUNNEL);
        add_route(s, FAMILY_IPV4, 0, ETH0, NULL);
        add_route(s, FAMILY_IPV6, 0, ETH0, NULL);
        expect_verdict(s, ETH0, "192.0.2.1", 0, VERDICT_COUNTS);
        expect_verdict(s, ETH1, "192.0.2.1", 0, VERDICT_OFF_ROUTE);
        expect_verdict(s, 77, "192.0.2.1", 0, VERDICT_DOWN);
        expect_verdict(s, ETH0, "169.254.0.1", 0, VERDICT_LOCAL);
        expect_verdict(s, ETH0, "10.0.0.1", 0, VERDICT_COUNTS);
        expect_verdict(s, ETH0, "2001:db8::1", IFA_F_TENTATIVE, VERDICT_TENTATIVE);
        expect_verdict(s, ETH0, "2001:db8::1", IFA_F_TENTATIVE | IFA_F_DADFAILED, VERDICT_DUPLICATE);
        expect_verdict(s, ETH0, "2001:db8::1", IFA_F_TEMPORARY, VERDICT_TEMPORARY);
        expect_verdict(s, ETH0, "2001:db8::1", IFA_F_DEPRECATED, VERDICT_DEPRECATED);
        s->options.private_addresses = false;
        expect_verdict(s, ETH0, "10.0.0.1", 0, VERDICT_PRIVATE);
        s->options.family[FAMILY_IPV4] = false;
        expect_verdict(s, ETH0, "192.0.2.1", 0, VERDICT_NOT_WATCHED);
}

/* The LAN side counts for as long as the line has no IPv6 address of its own, and then a public one alone.
 */
static void test_verdict_on_a_delegated_prefix(void **state)
{
        Scene *s = *state;

        add_route(s, FAMILY_IPV6, 0, ETH0, NULL);
        expect_verdict(s, LAN, "2001:db8:1::1", 0, VERDICT_COUNTS);
        expect_verdict(s, LAN, "fd00::1", 0, VERDICT_PRIVATE);
        add(s, ETH0, "2001:db8::1", 0, 0);
        expect_verdict(s, LAN, "2001:db8:1::1", 0, VERDICT_OFF_ROUTE);
}

static void test_verdicts_by_name(void **state)
{
        static char tun[] = "tun*", *names[] = {tun};
        Scene *s = *state;

        s->options.interfaces = names;
        s->options.n_interfaces = 1;
        expect_verdict(s, TUN, "192.0.2.1", 0, VERDICT_COUNTS);
        expect_verdict(s, ETH0, "192.0.2.1", 0, VERDICT_NOT_NAMED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_verdicts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_verdict_on_a_delegated_prefix, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_verdicts_by_name, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_default_route_decides, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_families_part_ways, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_equal_routes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_hop_without_address, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_tunnel_is_passed_over, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_worse_tunnel_is_not_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_named_interfaces, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_named_interfaces_and_preferred_source, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(test_link_down, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_delegated_prefix, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_no_delegation_for_ipv4, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_what_does_not_count, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_deprecated_by_lifetime, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_kernel_scope, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_private_left_out, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
