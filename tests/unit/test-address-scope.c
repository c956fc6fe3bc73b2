/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each prefix by its first and last address and its neighbours on either side. */
#include "address/address-scope.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect_scopes(const char *const rows[][2], size_t n)
{
        for (size_t i = 0; i < n; i++) {
                IpAddress a;

                assert_int_equal(ip_address_parse(rows[i][0], &a), 0);
                if (!streq(address_scope_name(address_scope(&a)), rows[i][1]))
                        fail_msg("%s is %s, not %s", rows[i][0], address_scope_name(address_scope(&a)),
                                 rows[i][1]);
        }
}

static void test_ipv4(void **state)
{
        static const char *const rows[][2] = {
                {"0.0.0.0", "unusable"},
                {"0.255.255.255", "unusable"},
                {"1.0.0.0", "public"},
                {"9.255.255.255", "public"},
                {"10.0.0.0", "private"},
                {"10.255.255.255", "private"},
                {"11.0.0.0", "public"},
                {"100.63.255.255", "public"},
                {"100.64.0.0", "cgn"},
                {"100.127.255.255", "cgn"},
                {"100.128.0.0", "public"},
                {"126.255.255.255", "public"},
                {"127.0.0.1", "loopback"},
                {"127.255.255.255", "loopback"},
                {"128.0.0.0", "public"},
                {"169.253.255.255", "public"},
                {"169.254.0.0", "link-local"},
                {"169.254.255.255", "link-local"},
                {"169.255.0.0", "public"},
                {"172.15.255.255", "public"},
                {"172.16.0.0", "private"},
                {"172.31.255.255", "private"},
                {"172.32.0.0", "public"},
                {"191.255.255.255", "public"},
                {"192.0.0.0", "ds-lite"},
                {"192.0.0.7", "ds-lite"},
                {"192.0.0.8", "unusable"},
                {"192.0.0.255", "unusable"},
                {"192.0.1.0", "public"},
                {"192.0.2.0", "documentation"},
                {"192.0.2.255", "documentation"},
                {"192.0.3.0", "public"},
                {"192.88.99.1", "unusable"},
                {"192.167.255.255", "public"},
                {"192.168.0.0", "private"},
                {"192.168.255.255", "private"},
                {"192.169.0.0", "public"},
                {"198.17.255.255", "public"},
                {"198.18.0.0", "unusable"},
                {"198.19.255.255", "unusable"},
                {"198.20.0.0", "public"},
                {"198.51.100.7", "documentation"},
                {"203.0.113.7", "documentation"},
                {"223.255.255.255", "public"},
                {"224.0.0.0", "unusable"},
                {"239.255.255.255", "unusable"},
                {"240.0.0.0", "unusable"},
                {"255.255.255.255", "unusable"},
        };

        expect_scopes(rows, ELEMENTSOF(rows));
}

static void test_ipv6(void **state)
{
        static const char *const rows[][2] = {
                {"::", "unusable"},
                {"::1", "loopback"},
                {"::2", "unusable"},
                {"::ffff:203.0.114.1", "unusable"},
                {"64:ff9b::1", "unusable"},
                {"100::1", "unusable"},
                {"1fff:ffff::", "unusable"},
                {"2001::1", "unusable"},
                {"2001:1ff:ffff::", "unusable"},
                {"2001:200::", "public"},
                {"2001:db7:ffff::", "public"},
                {"2001:db8::", "documentation"},
                {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
                {"2001:db9::", "public"},
                {"2002:c000:201::1", "public"},
                {"3ffe:ffff::", "public"},
                {"3fff::", "documentation"},
                {"3fff:fff:ffff::", "documentation"},
                {"3fff:1000::", "public"},
                {"4000::", "unusable"},
                {"5f00::1", "unusable"},
                {"fbff::", "unusable"},
                {"fc00::", "ula"},
                {"fdff:ffff::", "ula"},
                {"fe00::", "unusable"},
                {"fe80::", "link-local"},
                {"febf:ffff::", "link-local"},
                {"fec0::", "ula"},
                {"ff00::", "unusable"},
                {"ff02::1", "unusable"},
        };

        expect_scopes(rows, ELEMENTSOF(rows));
}

static void test_what_counts(void **state)
{
        IpAddress none = {0};

        assert_int_equal(address_scope(&none), SCOPE_UNUSABLE);
        for (AddressScope s = 0; s < SCOPE_COUNT; s++) {
                assert_int_equal(address_scope_counts(s),
                                 s != SCOPE_LINK_LOCAL && s != SCOPE_LOOPBACK && s != SCOPE_UNUSABLE);
                assert_int_equal(address_scope_is_reachable(s),
                                 s == SCOPE_PUBLIC || s == SCOPE_DOCUMENTATION);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ipv4),
                cmocka_unit_test(test_ipv6),
                cmocka_unit_test(test_what_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
