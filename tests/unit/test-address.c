/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "ip.h"

static void test_parse_and_format(void **state)
{
        static const struct {
                const char *text, *canonical;
        } rows[] = {
                {"192.0.2.1", "192.0.2.1"},
                {"0.0.0.0", "0.0.0.0"},
                {"2001:DB8::1", "2001:db8::1"},
                {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                {"2001:0db8:0:0:0:0:2:1", "2001:db8::2:1"},
                {"::", "::"},
                {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        };
        char text[IP_ADDRESS_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                IpAddress a = ip(rows[i].text);

                ip_address_format(&a, text);
                assert_string_equal(text, rows[i].canonical);
        }
}

static void test_parse_refuses(void **state)
{
        static const char *const rows[] = {
                "",           " 192.0.2.1", "192.0.2.1 ", "192.0.2",        "192.0.2.256",  "192.0.2.1/24",
                "none",       "192.0.2.01", "fe80::1%lo", "2001:db8::1/64", "2001:db8:::1", ":",
                "0x7f.0.0.1", "[::1]",
        };
        IpAddress a = ip("192.0.2.9");

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_int_equal(ip_address_parse(rows[i], &a), -EINVAL);
        assert_true(ip_address_equal(&a, &(IpAddress){AF_INET, {192, 0, 2, 9}}));
}

static void test_octets(void **state)
{
        uint8_t octets[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
        IpAddress a, expected = ip("2001:db8::1");

        assert_int_equal(ip_address_from_octets(AF_INET6, octets, 16, &a), 0);
        assert_true(ip_address_equal(&a, &expected));
        assert_int_equal(ip_address_from_octets(AF_INET, octets, 4, &a), 0);
        assert_int_equal(a.octets[4], 0);
        assert_int_equal(ip_address_from_octets(AF_INET, octets, 16, &a), -EINVAL);
        assert_int_equal(ip_address_from_octets(AF_INET6, octets, 4, &a), -EINVAL);
        assert_int_equal(ip_address_from_octets(AF_UNSPEC, octets, 0, &a), -EINVAL);
        assert_int_equal(ip_address_from_octets(AF_UNIX, octets, 4, &a), -EINVAL);
}

static void test_compare(void **state)
{
        IpAddress none = {0}, low = ip("9.255.255.255"), high = ip("10.0.0.0"), six = ip("::1");

        assert_true(ip_address_compare(&none, &low) < 0);
        assert_true(ip_address_compare(&low, &high) < 0);
        assert_true(ip_address_compare(&high, &low) > 0);
        assert_true(ip_address_compare(&high, &six) < 0);
        assert_int_equal(ip_address_compare(&six, &six), 0);
        assert_false(ip_address_is_set(&none));
        assert_true(ip_address_is_set(&low));
}

static void test_none(void **state)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&(IpAddress){0}, text);
        assert_string_equal(text, "none");
        assert_string_equal(family_name(FAMILY_IPV4), "IPv4");
        assert_string_equal(family_name(FAMILY_IPV6), "IPv6");
}

static void test_family_keys(void **state)
{
        Family f;

        for (Family known = 0; known < FAMILY_COUNT; known++) {
                assert_int_equal(family_from_key(family_key(known), &f), 0);
                assert_int_equal(f, known);
        }
        assert_string_equal(family_key(FAMILY_IPV6), "ipv6");
        assert_int_equal(family_from_key("IPv6", &f), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse_and_format),
                cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_octets),
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_none),
                cmocka_unit_test(test_family_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
