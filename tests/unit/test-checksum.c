/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/checksum.h"
#include "base/macros.h"

static void crc_has_its_check_value(void **state)
{
        assert_int_equal(crc32("123456789", 9), 0xcbf43926);
        assert_int_equal(crc32("", 0), 0);
        assert_int_equal(crc32("\0\0\0\0", 4), 0x2144df1c);
}

/* The definition, a bit at a time. */
static uint32_t crc_of_bits(const uint8_t *data, size_t size)
{
        uint32_t crc = UINT32_MAX;

        for (size_t bit = 0; bit < 8 * size; bit++) {
                crc ^= (uint32_t)(data[bit / 8] >> bit % 8 & 1);
                crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
        return ~crc;
}

static void crc_is_that_of_the_bits(void **state)
{
        uint8_t octets[256 + 24];

        for (size_t i = 0; i < sizeof(octets); i++)
                octets[i] = (uint8_t)(i * 167 + i / 256);
        for (size_t from = 0; from < 9; from++)
                for (size_t size = 0; from + size <= sizeof(octets); size++)
                        assert_int_equal(crc32(octets + from, size), crc_of_bits(octets + from, size));
}

static void crc_sees_every_single_bit(void **state)
{
        uint8_t octets[64] = "a ledger of two lines\nand its end\n";
        uint32_t whole = crc32(octets, sizeof(octets));

        for (size_t bit = 0; bit < 8 * sizeof(octets); bit++) {
                octets[bit / 8] ^= (uint8_t)(1U << bit % 8);
                assert_int_not_equal(crc32(octets, sizeof(octets)), whole);
                octets[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
}

static void fnv_has_its_published_values(void **state)
{
        assert_true(fnv1a(FNV1A_INIT, "", 0) == UINT64_C(0xcbf29ce484222325));
        assert_true(fnv1a(FNV1A_INIT, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
        assert_true(fnv1a(FNV1A_INIT, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void fnv_tells_lists_of_strings_apart(void **state)
{
        uint64_t ab_none = fnv1a_string(fnv1a_string(FNV1A_INIT, "ab"), "");
        uint64_t a_b = fnv1a_string(fnv1a_string(FNV1A_INIT, "a"), "b");
        uint64_t null = fnv1a_string(FNV1A_INIT, NULL), empty = fnv1a_string(FNV1A_INIT, "");

        assert_true(ab_none != a_b);
        assert_true(null != empty);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(crc_has_its_check_value),
                cmocka_unit_test(crc_is_that_of_the_bits),
                cmocka_unit_test(crc_sees_every_single_bit),
                cmocka_unit_test(fnv_has_its_published_values),
                cmocka_unit_test(fnv_tells_lists_of_strings_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
