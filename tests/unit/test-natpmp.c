/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "nat-octets.h"
#include "nat/natpmp.h"

static void the_request_is_two_octets(void **state)
{
        uint8_t request[NATPMP_REQUEST_SIZE] = {0xff, 0xff};

        natpmp_write_request(request);
        assert_int_equal(request[0], 0);
        assert_int_equal(request[1], 0);
}

typedef struct Row {
        const char *octets;
        int r;
        unsigned result;
        uint32_t epoch;
        const char *external;
} Row;

static const Row rows[] = {
        {"00 80 0000 01020304 cb007109", 0, 0, 0x01020304, "203.0.113.9"},
        {"00 80 0000 ffffffff ffffffff", 0, 0, 0xffffffff, "255.255.255.255"},
        {"00 80 0000 00000000 cb007109 55", 0, 0, 0, "203.0.113.9"},
        {"00 80 0000 00000007 00000000", 0, 0, 7, "0.0.0.0"},
        {"00 80 0003 00000007 00000000", 0, 3, 7, NULL},
        {"00 80 0003 00000007", 0, 3, 7, NULL},
        {"00 80 0003 00000007 cb007109", 0, 3, 7, NULL},
        {"00 80 0001 00000007", 0, 1, 7, NULL},
        {"00 80 0100 00000007", 0, 256, 7, NULL},
        {"00 80 0000 01020304 cb0071", -EBADMSG},
        {"00 80 0003 000000", -EBADMSG},
        {"01 80 0000 01020304 cb007109", -EBADMSG},
        {"02 80 0000 01020304 cb007109", -EBADMSG},
        {"00 00 0000 01020304 cb007109", -EBADMSG},
        {"00 81 0000 01020304 cb007109 00000000", -EBADMSG},
        {"", -EBADMSG},
};

static void responses_by_the_octet(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t data[32];
                NatpmpResponse response = {.result = 99};
                size_t n = octets(rows[i].octets, data, sizeof(data));
                int r = natpmp_parse_response(data, n, &response);

                if (r != rows[i].r)
                        fail_msg("%s: %d", rows[i].octets, r);
                if (r < 0) {
                        assert_int_equal(response.result, 99);
                        continue;
                }
                assert_int_equal(response.result, rows[i].result);
                assert_int_equal(response.epoch, rows[i].epoch);
                assert_nat(&response.external, rows[i].external);
        }
}

static void no_address_is_unset(void **state)
{
        static const struct {
                const char *text;
                bool set, ipv4;
        } addresses[] = {
                {NULL, false, false},        {"0.0.0.0", false, true}, {"0.0.0.1", true, true},
                {"::ffff:0:0", false, true}, {"::1", true, false},     {"::ffff:c000:201", true, true},
        };

        for (size_t i = 0; i < ELEMENTSOF(addresses); i++) {
                NatAddress a = nat(addresses[i].text);

                assert_int_equal(nat_address_is_set(&a), addresses[i].set);
                assert_int_equal(nat_address_is_ipv4(&a), addresses[i].ipv4);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_request_is_two_octets),
                cmocka_unit_test(responses_by_the_octet),
                cmocka_unit_test(no_address_is_unset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
