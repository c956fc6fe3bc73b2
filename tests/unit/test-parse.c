/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/macros.h"
#include "base/parse.h"

static void reads_numbers_within_their_range(void **state)
{
        uint64_t n;

        assert_int_equal(parse_u64("0", 0, 10, &n), 0);
        assert_true(n == 0);
        assert_int_equal(parse_u64("10", 0, 10, &n), 0);
        assert_true(n == 10);
        assert_int_equal(parse_u64("18446744073709551615", 0, UINT64_MAX, &n), 0);
        assert_true(n == UINT64_MAX);
}

static void says_what_lies_outside(void **state)
{
        uint64_t n = 7;

        assert_int_equal(parse_u64("11", 0, 10, &n), -ERANGE);
        assert_int_equal(parse_u64("0", 1, 10, &n), -ERANGE);
        assert_int_equal(parse_u64("18446744073709551616", 0, UINT64_MAX, &n), -ERANGE);
        assert_int_equal(parse_u64("99999999999999999999999999", 0, UINT64_MAX, &n), -ERANGE);
        assert_true(n == 7);
}

static void refuses_what_is_no_plain_number(void **state)
{
        static const char *const hostile[] = {"",
                                              " 1",
                                              "1 ",
                                              "+1",
                                              "-1",
                                              "01",
                                              "00",
                                              "1.0",
                                              "0x10",
                                              "1e3",
                                              "12345678a",
                                              "\xc2\xb2",
                                              "99999999999999999999999x"};
        uint64_t n = 7;

        for (size_t i = 0; i < ELEMENTSOF(hostile); i++)
                assert_int_equal(parse_u64(hostile[i], 0, UINT64_MAX, &n), -EINVAL);
        assert_true(n == 7);
}

static void reads_hexadecimal_of_an_exact_length(void **state)
{
        static const char *const hostile[] = {"", "0", "012", "0G", "AB", " 1", "0x", "-1"};
        uint64_t n = 7;

        for (size_t i = 0; i < ELEMENTSOF(hostile); i++)
                assert_int_equal(parse_hex(hostile[i], 2, &n), -EINVAL);
        assert_true(n == 7);
        assert_int_equal(parse_hex("0f", 2, &n), 0);
        assert_true(n == 15);
        assert_int_equal(parse_hex("ffffffffffffffff", 16, &n), 0);
        assert_true(n == UINT64_MAX);
}

static void mac_addresses_have_one_form(void **state)
{
        static const char *const wrong[] = {
                "",
                "02:00:5e:10:00",
                "02:00:5e:10:00:01:02",
                "02:00:5e:10:00:0",
                "2:0:5e:10:0:1:00:",
                "02:00:5e-10-00-01",
                "02005e100001",
                "0200.5e10.0001",
                "02:00:5g:10:00:01",
                "02:00:5e:10:00:0\n",
                " 2:00:5e:10:00:01",
                "02:00:5e:10:00:01\r\nBcc: evil@example.com",
        };
        char mac[MAC_TEXT_MAX] = "as it was";

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_mac(wrong[i], mac), -EINVAL);
        assert_string_equal(mac, "as it was");
        assert_int_equal(parse_mac("02:00:5E:af:00:01", mac), 0);
        assert_string_equal(mac, "02:00:5e:af:00:01");
        assert_int_equal(parse_mac("FF-FF-FF-FF-FF-FF", mac), 0);
        assert_string_equal(mac, "ff:ff:ff:ff:ff:ff");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_numbers_within_their_range),
                cmocka_unit_test(says_what_lies_outside),
                cmocka_unit_test(refuses_what_is_no_plain_number),
                cmocka_unit_test(reads_hexadecimal_of_an_exact_length),
                cmocka_unit_test(mac_addresses_have_one_form),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
