/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/network.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const Link eth0 = {.ifindex = 2, .name = "eth0", .up = true};
static const Link tun0 = {.ifindex = 7, .name = "tun0", .kind = "tun", .up = true};

static const Address address = {
        .ip = {AF_INET, {192, 0, 2, 1}}, .ifindex = 2, .prefixlen = 24, .prefered = UINT32_MAX};

static DefaultRoute route(uint8_t family, uint32_t metric, int ifindex)
{
        return (DefaultRoute){.family = family, .metric = metric, .ifindex = ifindex};
}

static size_t count_routes(const Network *n, Family f)
{
        size_t count;

        (void)network_routes(n, f, &count);
        return count;
}

static size_t count_addresses(const Network *n)
{
        size_t count;

        (void)address_set_entries(network_addresses(n), &count);
        return count;
}

static Network *new_network(void)
{
        Network *n = NULL;

        assert_int_equal(network_new(&n), 0);
        return n;
}

static void test_links(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        Link link = eth0;

        assert_null(network_link(n, 2));
        assert_null(network_link_at(n, 0));
        assert_int_equal(network_put_link(n, &tun0), 1);
        assert_int_equal(network_put_link(n, &link), 1);
        assert_int_equal(network_put_link(n, &link), 0);
        assert_string_equal(network_link_at(n, 0)->name, "eth0");
        assert_string_equal(network_link_at(n, 1)->name, "tun0");
        assert_null(network_link_at(n, 2));

        memcpy(link.name, "wan0", 5);
        assert_int_equal(network_put_link(n, &link), 1);
        assert_string_equal(network_link(n, 2)->name, "wan0");
        assert_int_equal(network_remove_link(n, 2), 1);
        assert_int_equal(network_remove_link(n, 2), 0);
        assert_null(network_link(n, 2));
        assert_null(network_free(NULL));
}

static void test_removed_link_takes_all_along(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        DefaultRoute four = route(AF_INET, 0, 2), six = route(AF_INET6, 1024, 2),
                     other = route(AF_INET, 5, 7);

        assert_int_equal(network_put_link(n, &eth0), 1);
        assert_int_equal(network_put_address(n, &address), 1);
        assert_int_equal(network_put_route(n, &four), 1);
        assert_int_equal(network_put_route(n, &six), 1);
        assert_int_equal(network_put_route(n, &other), 1);
        assert_int_equal(network_remove_link(n, 2), 1);
        assert_int_equal(count_addresses(n), 0);
        assert_int_equal(count_routes(n, FAMILY_IPV4), 1);
        assert_int_equal(count_routes(n, FAMILY_IPV6), 0);
}

static void test_link_down_loses_routes(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        DefaultRoute four = route(AF_INET, 0, 2);
        Link down = eth0;

        down.up = false;
        assert_int_equal(network_put_link(n, &eth0), 1);
        assert_int_equal(network_put_address(n, &address), 1);
        assert_int_equal(network_put_route(n, &four), 1);
        assert_int_equal(network_put_link(n, &down), 1);
        assert_int_equal(count_routes(n, FAMILY_IPV4), 0);
        assert_int_equal(count_addresses(n), 1);
        assert_int_equal(network_put_link(n, &eth0), 1);
        assert_int_equal(count_routes(n, FAMILY_IPV4), 0);
}

static void test_addresses(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();

        assert_int_equal(network_put_address(n, &address), 1);
        assert_int_equal(network_put_address(n, &address), 0);
        assert_int_equal(network_remove_address(n, &address), 1);
        assert_int_equal(network_remove_address(n, &address), 0);
}

static void test_route_order(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        static const struct {
                uint32_t metric;
                int ifindex;
                uint8_t gateway;
        } order[] = {{0, 9, 0}, {100, 3, 0}, {100, 3, 1}, {100, 3, 2}, {100, 4, 0}, {UINT32_MAX, 1, 0}};
        static const size_t arrival[] = {3, 5, 0, 4, 2, 1};
        size_t count;

        for (size_t i = 0; i < ELEMENTSOF(arrival); i++) {
                DefaultRoute r = route(AF_INET, order[arrival[i]].metric, order[arrival[i]].ifindex);

                if (order[arrival[i]].gateway)
                        r.gateway = (IpAddress){AF_INET, {192, 0, 2, order[arrival[i]].gateway}};
                assert_int_equal(network_put_route(n, &r), 1);
                assert_int_equal(network_put_route(n, &r), 0);
        }
        const DefaultRoute *routes = network_routes(n, FAMILY_IPV4, &count);
        assert_int_equal(count, ELEMENTSOF(order));
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(routes[i].metric, order[i].metric);
                assert_int_equal(routes[i].ifindex, order[i].ifindex);
                assert_int_equal(routes[i].gateway.octets[3], order[i].gateway);
        }
}

static void test_route_values(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        DefaultRoute r = route(AF_INET6, 1024, 2), other = route(AF_INET6, 1024, 3);
        size_t count;

        assert_int_equal(network_put_route(n, &r), 1);
        r.prefsrc = (IpAddress){AF_INET6, {0x20, 0x01}};
        assert_int_equal(network_put_route(n, &r), 1);
        assert_int_equal(network_put_route(n, &r), 0);
        assert_int_equal(network_routes(n, FAMILY_IPV6, &count)->prefsrc.octets[0], 0x20);
        assert_int_equal(count, 1);
        assert_int_equal(network_remove_route(n, &other), 0);
        assert_int_equal(network_remove_route(n, &r), 1);
        assert_int_equal(network_remove_route(n, &r), 0);
}

static void fill(Network *n)
{
        DefaultRoute r = route(AF_INET, 0, 2);

        assert_int_equal(network_put_link(n, &eth0), 1);
        assert_int_equal(network_put_link(n, &tun0), 1);
        assert_int_equal(network_put_address(n, &address), 1);
        assert_int_equal(network_put_route(n, &r), 1);
}

static void test_gateway_of_a_link(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        DefaultRoute r = route(AF_INET, 100, 2);
        IpAddress gateway;

        assert_int_equal(network_gateway(n, "eth0", FAMILY_IPV4, &gateway), 0);
        assert_int_equal(network_put_link(n, &eth0), 1);
        assert_int_equal(network_put_link(n, &tun0), 1);
        assert_int_equal(network_put_route(n, &r), 1);
        assert_int_equal(network_gateway(n, "eth0", FAMILY_IPV4, &gateway), 2);
        assert_false(ip_address_is_set(&gateway));
        r = route(AF_INET, 50, 7);
        r.gateway = (IpAddress){AF_INET, {192, 0, 2, 7}};
        assert_int_equal(network_put_route(n, &r), 1);
        r = route(AF_INET, 200, 2);
        for (uint8_t last = 8; last < 10; last++, r.metric++) {
                r.gateway = (IpAddress){AF_INET, {192, 0, 2, last}};
                assert_int_equal(network_put_route(n, &r), 1);
        }
        assert_int_equal(network_gateway(n, "eth0", FAMILY_IPV4, &gateway), 2);
        assert_int_equal(gateway.octets[3], 8);
        assert_int_equal(network_gateway(n, "eth0", FAMILY_IPV6, &gateway), 2);
        assert_false(ip_address_is_set(&gateway));
}

/* What an unmarked link had goes with it, though its own tables were not swept. */
static void test_sweep_links(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();

        fill(n);
        network_begin_sync(n, TABLE_LINKS);
        assert_int_equal(network_put_link(n, &tun0), 0);
        assert_int_equal(network_end_sync(n, TABLE_LINKS), 1);
        assert_null(network_link(n, 2));
        assert_non_null(network_link(n, 7));
        assert_int_equal(count_addresses(n), 0);
        assert_int_equal(count_routes(n, FAMILY_IPV4), 0);
}

static void test_sweep_addresses_and_routes(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        Address fresh = address;
        DefaultRoute better = route(AF_INET, 0, 1);

        fill(n);
        fresh.ip.octets[3] = 9;
        network_begin_sync(n, TABLE_ADDRESSES);
        assert_int_equal(network_put_address(n, &fresh), 1);
        assert_int_equal(network_end_sync(n, TABLE_ADDRESSES), 1);
        assert_int_equal(count_addresses(n), 1);

        network_begin_sync(n, TABLE_ROUTES);
        assert_int_equal(network_put_route(n, &better), 1);
        assert_int_equal(network_end_sync(n, TABLE_ROUTES), 1);
        assert_int_equal(count_routes(n, FAMILY_IPV4), 1);
        assert_non_null(network_link(n, 2));
}

static void test_cancelled_sync_drops_nothing(void **state)
{
        _cleanup_(network_freep) Network *n = new_network();
        size_t dropped = 0;

        fill(n);
        for (NetworkTable t = 0; t < TABLE_COUNT; t++) {
                network_begin_sync(n, t);
                network_cancel_sync(n, t);
        }
        assert_non_null(network_link(n, 2));
        assert_int_equal(count_addresses(n), 1);
        assert_int_equal(count_routes(n, FAMILY_IPV4), 1);

        for (NetworkTable t = TABLE_COUNT; t-- > 0;) {
                network_begin_sync(n, t);
                dropped += network_end_sync(n, t);
        }
        assert_int_equal(dropped, 4);
}

static void test_tunnels(void **state)
{
        static const char *const tunnels[] = {"wireguard", "tun", "ovpn", "xfrm", "vti", "vti6"};
        static const char *const lines[] = {"", "ppp", "ip6tnl", "veth", "bridge", "vlan", "sit", "tunnel"};
        Link link = {0};

        for (size_t i = 0; i < ELEMENTSOF(tunnels); i++) {
                strncpy(link.kind, tunnels[i], sizeof(link.kind) - 1);
                assert_true(link_is_tunnel(&link));
        }
        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                memset(link.kind, 0, sizeof(link.kind));
                strncpy(link.kind, lines[i], sizeof(link.kind) - 1);
                assert_false(link_is_tunnel(&link));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_removed_link_takes_all_along),
                cmocka_unit_test(test_link_down_loses_routes),
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_route_order),
                cmocka_unit_test(test_route_values),
                cmocka_unit_test(test_gateway_of_a_link),
                cmocka_unit_test(test_sweep_links),
                cmocka_unit_test(test_sweep_addresses_and_routes),
                cmocka_unit_test(test_cancelled_sync_drops_nothing),
                cmocka_unit_test(test_tunnels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
