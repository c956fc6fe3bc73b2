/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several addresses on one interface with the default route: which is the one, and which are the others. */
#include <linux/if_addr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "selection-scene.h"

static void set_route(Scene *s, const char *prefsrc)
{
        static const uint8_t families[] = {AF_INET, AF_INET6};

        for (size_t i = 0; i < ELEMENTSOF(families); i++) {
                DefaultRoute r = {.family = families[i], .ifindex = 1, .prefsrc = ip(prefsrc)};

                if (!prefsrc || r.prefsrc.family == r.family)
                        assert_true(network_put_route(s->network, &r) >= 0);
        }
}

static int set_up(void **state)
{
        static const Link link = {.ifindex = 1, .name = "ppp0", .up = true};
        Scene *s = scene_new(&link, 1);

        s->options.temporary = true;
        set_route(s, NULL);
        *state = s;
        return 0;
}

static void add(Scene *s, const char *text, uint32_t flags, uint32_t cstamp)
{
        Address a = {.ip = ip(text), .ifindex = 1, .flags = flags, .prefered = 9, .cstamp = cstamp};

        assert_true(network_put_address(s->network, &a) >= 0);
}

/* Each better one is older than the one before it, so that only its scope can win. */
static void test_scope_first(void **state)
{
        Scene *s = *state;

        add(s, "192.0.0.2", 0, 90000);
        expect_address(s, FAMILY_IPV4, "192.0.0.2");
        add(s, "192.168.0.1", 0, 80000);
        expect_address(s, FAMILY_IPV4, "192.168.0.1");
        add(s, "100.64.0.1", 0, 70000);
        expect_address(s, FAMILY_IPV4, "100.64.0.1");
        add(s, "198.51.100.1", 0, 60000);
        expect_address(s, FAMILY_IPV4, "198.51.100.1");
        add(s, "9.9.9.9", 0, 50000);
        expect_address(s, FAMILY_IPV4, "198.51.100.1");
        add(s, "fd00::1", 0, 90000);
        add(s, "2001:db8::1", 0, 100);
        expect_address(s, FAMILY_IPV6, "2001:db8::1");
}

static void test_preferred_source(void **state)
{
        Scene *s = *state;

        add(s, "192.0.2.1", 0, 100);
        add(s, "192.0.2.2", IFA_F_SECONDARY, 1);
        add(s, "10.0.0.1", 0, 100);
        set_route(s, "192.0.2.2");
        expect_address(s, FAMILY_IPV4, "192.0.2.2");
        set_route(s, "10.0.0.1");
        expect_address(s, FAMILY_IPV4, "192.0.2.1");
}

static void test_non_secondary(void **state)
{
        Scene *s = *state;

        add(s, "192.0.2.1", 0, 1);
        add(s, "192.0.2.2", IFA_F_SECONDARY, 90000);
        expect_address(s, FAMILY_IPV4, "192.0.2.1");
}

/* The same bit on IPv6 is "temporary", which ranks nothing where the settings let it count. */
static void test_temporary_is_not_secondary(void **state)
{
        Scene *s = *state;

        add(s, "2001:db8::1", 0, 1);
        add(s, "2001:db8::2", IFA_F_TEMPORARY, 90000);
        expect_address(s, FAMILY_IPV6, "2001:db8::2");
}

static void test_newest(void **state)
{
        Scene *s = *state;

        add(s, "2001:db8:1::1", 0, 100);
        add(s, "2001:db8:2::1", 0, 90000);
        add(s, "2001:db8:3::1", 0, 80000);
        expect_address(s, FAMILY_IPV6, "2001:db8:2::1");
}

static void test_newest_over_the_wrap(void **state)
{
        Scene *s = *state;

        add(s, "2001:db8:1::1", 0, UINT32_MAX - 5000);
        add(s, "2001:db8:2::1", 0, 5000);
        expect_address(s, FAMILY_IPV6, "2001:db8:2::1");
        s->settled[FAMILY_IPV6] = ip("2001:db8:1::1");
        expect_address(s, FAMILY_IPV6, "2001:db8:2::1");
}

static void test_settled_stays_within_the_limit(void **state)
{
        Scene *s = *state;

        add(s, "2001:db8:1::1", 0, 1000);
        add(s, "2001:db8:2::1", 0, 4000);
        add(s, "2001:db8:3::1", 0, 999);
        s->settled[FAMILY_IPV6] = ip("2001:db8:1::1");
        expect_address(s, FAMILY_IPV6, "2001:db8:1::1");
        s->settled[FAMILY_IPV6] = ip("2001:db8:3::1");
        expect_address(s, FAMILY_IPV6, "2001:db8:2::1");
        s->settled[FAMILY_IPV6] = ip("2001:db8:9::1");
        expect_address(s, FAMILY_IPV6, "2001:db8:2::1");
        s->settled[FAMILY_IPV6] = ip("2001:db8:1::1");
        add(s, "2001:db8:4::1", 0, 4001);
        expect_address(s, FAMILY_IPV6, "2001:db8:4::1");
}

/* Never over a better scope. */
static void test_settled_does_not_beat_rank(void **state)
{
        Scene *s = *state;

        add(s, "fd00::1", 0, 1000);
        add(s, "2001:db8::1", 0, 1000);
        s->settled[FAMILY_IPV6] = ip("fd00::1");
        expect_address(s, FAMILY_IPV6, "2001:db8::1");
}

static void test_lowest_last(void **state)
{
        Scene *s = *state;

        add(s, "192.0.2.9", 0, 7);
        add(s, "192.0.2.10", 0, 7);
        expect_address(s, FAMILY_IPV4, "192.0.2.9");
        s->settled[FAMILY_IPV4] = ip("192.0.2.10");
        expect_address(s, FAMILY_IPV4, "192.0.2.10");
}

static void test_others(void **state)
{
        Scene *s = *state;
        static const char *const others[] = {"10.0.0.1", "192.0.2.1", "2001:db8::1"};
        char text[IP_ADDRESS_TEXT_MAX];

        add(s, "192.0.2.1", IFA_F_SECONDARY, 1);
        add(s, "192.0.2.7", 0, 1);
        add(s, "10.0.0.1", 0, 1);
        add(s, "127.0.0.2", 0, 1);
        add(s, "2001:db8::1", 0, 1);
        add(s, "2001:db8::2", 0, 2);
        expect_address(s, FAMILY_IPV4, "192.0.2.7");
        assert_int_equal(s->selection.n_others, ELEMENTSOF(others));
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                ip_address_format(&s->selection.others[i].address, text);
                assert_string_equal(text, others[i]);
                assert_string_equal(s->selection.others[i].interface, "ppp0");
        }
}

static void test_others_are_bounded(void **state)
{
        Scene *s = *state;
        char text[32];

        for (unsigned i = 100; i-- > 0;) {
                (void)snprintf(text, sizeof(text), "192.0.2.%u", i);
                add(s, text, 0, i);
        }
        expect_address(s, FAMILY_IPV4, "192.0.2.99");
        assert_int_equal(s->selection.n_others, SELECTION_OTHERS_MAX);
        for (unsigned i = 0; i < SELECTION_OTHERS_MAX; i++)
                assert_int_equal(s->selection.others[i].address.octets[3], i);
}

static void test_equal(void **state)
{
        Scene *s = *state;
        Selection before;

        add(s, "192.0.2.1", 0, 1);
        expect_address(s, FAMILY_IPV4, "192.0.2.1");
        before = s->selection;
        add(s, "10.0.0.1", 0, 1);
        expect_address(s, FAMILY_IPV4, "192.0.2.1");
        assert_true(selection_equal(&before, &s->selection));
        before.family[FAMILY_IPV4].interface[0] = 'x';
        assert_false(selection_equal(&before, &s->selection));
        add(s, "192.0.2.2", 0, 90000);
        expect_address(s, FAMILY_IPV4, "192.0.2.2");
        assert_false(selection_equal(&before, &s->selection));
}

static void test_many(void **state)
{
        Scene *s = *state;

        network_begin_sync(s->network, TABLE_ADDRESSES);
        for (uint32_t i = 0; i < 50000; i++) {
                uint32_t n = i * 7919 % 50000;
                Address a = {.ip = {AF_INET, {203, 0, (uint8_t)(n >> 8), (uint8_t)n}},
                             .ifindex = 1,
                             .prefered = 1,
                             .cstamp = n};

                assert_true(network_put_address(s->network, &a) >= 0);
        }
        assert_int_equal(network_end_sync(s->network, TABLE_ADDRESSES), 0);
        for (unsigned i = 0; i < 20; i++)
                expect_address(s, FAMILY_IPV4, "203.0.195.79");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_scope_first, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_preferred_source, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_non_secondary, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_temporary_is_not_secondary, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_newest, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_newest_over_the_wrap, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_settled_stays_within_the_limit, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_settled_does_not_beat_rank, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_lowest_last, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_others_are_bounded, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_equal, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
