/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "nat-octets.h"
#include "nat/pcp.h"

#define NONCE "0102030405060708090a0b0c"

static const uint8_t nonce[PCP_NONCE_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void requests_by_the_octet(void **state)
{
        static const struct {
                const char *client, *octets;
        } rows[] = {
                {"192.168.1.2", "02 01 0000 00000078 00000000 00000000 0000ffff c0a80102 " NONCE
                                " 11 000000 ef4a 0000 00000000 00000000 0000ffff 00000000"},
                {"2001:db8::5", "02 01 0000 00000078 20010db8 00000000 00000000 00000005 " NONCE
                                " 11 000000 ef4a 0000 00000000 00000000 00000000 00000000"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                NatAddress client = nat(rows[i].client);
                uint8_t request[PCP_REQUEST_SIZE], expected[PCP_REQUEST_SIZE];

                memset(request, 0xff, sizeof(request));
                assert_int_equal(octets(rows[i].octets, expected, sizeof(expected)), sizeof(expected));
                pcp_write_request(&client, nonce, request);
                assert_memory_equal(request, expected, sizeof(expected));
        }
}

#define SUCCESS                                                                              \
        "02 81 00 00 00000078 00000100 00000000 00000000 00000000 " NONCE " 11 000000 ef4a " \
        "c001 00000000 00000000 0000ffff cb007109"

typedef struct Row {
        const char *octets;
        int r;
        unsigned result;
        uint32_t lifetime, epoch;
        const char *external;
} Row;

static const Row rows[] = {
        {SUCCESS, 0, 0, 120, 256, "203.0.113.9"},
        {SUCCESS "00000000", 0, 0, 120, 256, "203.0.113.9"}, /* an option behind it */
        /* a failure: whole, or the header alone */
        {"02 81 00 08 0000001e 00000100 00000000 00000000 00000000 " NONCE
         " 11 000000 ef4a 0000 00000000 00000000 0000ffff 00000000",
         0, 8, 30, 256, NULL},
        {"02 81 00 01 0000001e 00000100 00000000 00000000 00000000", 0, 1, 30, 256, NULL},
        /* a success needs its mapping */
        {"02 81 00 00 0000001e 00000100 00000000 00000000 00000000", -EBADMSG},
        {"02 81 00 01 0000001e 00000100 00000000 00000000", -EBADMSG},
        {"02 81 00 01 0000001e 00000100 00000000 00000000 00000000 00000000", -EBADMSG},
        {SUCCESS "00", -EBADMSG}, /* no multiple of four octets */
        {"", -EBADMSG},
};

static void responses_by_row(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t data[128];
                PcpResponse response = {.result = 99};
                size_t n = octets(rows[i].octets, data, sizeof(data));
                int r = pcp_parse_response(data, n, nonce, &response);

                if (r != rows[i].r)
                        fail_msg("%s: %d", rows[i].octets, r);
                if (r < 0) {
                        assert_int_equal(response.result, 99);
                        continue;
                }
                assert_int_equal(response.result, rows[i].result);
                assert_int_equal(response.lifetime, rows[i].lifetime);
                assert_int_equal(response.epoch, rows[i].epoch);
                assert_nat(&response.external, rows[i].external);
        }
}

/* What each octet of a success is for: 'x' must be as it is, 'r' says how it went, '.' may be anything, 'v'
 * is a value. */
static const char roles[] = "xx.rvvvvvvvv............" /* header */
                            "xxxxxxxxxxxxx...xx..vvvvvvvvvvvvvvvv";

static bool same_response(const PcpResponse *a, const PcpResponse *b)
{
        return a->result == b->result && a->lifetime == b->lifetime && a->epoch == b->epoch &&
               nat_address_equal(&a->external, &b->external);
}

static void responses_by_the_octet(void **state)
{
        uint8_t data[PCP_REQUEST_SIZE];
        PcpResponse whole, response;

        assert_int_equal(sizeof(roles) - 1, sizeof(data));
        assert_int_equal(octets(SUCCESS, data, sizeof(data)), sizeof(data));
        assert_int_equal(pcp_parse_response(data, sizeof(data), nonce, &whole), 0);
        for (size_t i = 0; i < sizeof(data); i++) {
                response = (PcpResponse){0};
                data[i] ^= 0x40;
                int r = pcp_parse_response(data, sizeof(data), nonce, &response);
                data[i] ^= 0x40;
                bool same = r == 0 && same_response(&response, &whole);
                bool right = roles[i] == 'x'   ? r == -EBADMSG
                             : roles[i] == 'r' ? r == 0 && response.result == 0x40
                             : roles[i] == 'v' ? r == 0 && !same
                                               : same;
                if (!right)
                        fail_msg("octet %zu", i);
        }
        for (size_t n = 0; n < sizeof(data); n++)
                assert_int_equal(pcp_parse_response(data, n, nonce, &response), -EBADMSG);
}

static void each_nonce_has_its_port(void **state)
{
        static const struct {
                uint8_t nonce[PCP_NONCE_SIZE];
                unsigned port;
        } ports[] = {
                {{0, 0}, 61000},
                {{0x11, 0xb7}, 65535},
                {{0x11, 0xb8}, 61000},
                {{0xff, 0xff}, 63031},
        };
        NatAddress client = nat("192.168.1.2");

        for (size_t i = 0; i < ELEMENTSOF(ports); i++) {
                uint8_t request[PCP_REQUEST_SIZE];

                pcp_write_request(&client, ports[i].nonce, request);
                assert_int_equal(request[40] << 8 | request[41], ports[i].port);
        }
}

static void announcements(void **state)
{
        static const struct {
                const char *octets;
                int r;
        } cases[] = {
                {"02 80 00 00 00000000 00000123 00000000 00000000 00000000", 0},
                {"02 80 00 00 00000000 00000123 00000000 00000000 00000000 00000000", 0},
                {"02 80 00 02 00000000 00000123 00000000 00000000 00000000", -EBADMSG},
                {"02 00 00 00 00000000 00000123 00000000 00000000 00000000", -EBADMSG},
                {"02 81 00 00 00000000 00000123 00000000 00000000 00000000", -EBADMSG},
                {"01 80 00 00 00000000 00000123 00000000 00000000 00000000", -EBADMSG},
                {"02 80 00 00 00000000 00000123 00000000 00000000 000000", -EBADMSG},
                {"02 80 00 00 00000000 00000123 00000000 00000000", -EBADMSG},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint8_t data[64];
                uint32_t epoch = 0;
                size_t n = octets(cases[i].octets, data, sizeof(data));

                assert_int_equal(pcp_parse_announcement(data, n, &epoch), cases[i].r);
                assert_int_equal(epoch, cases[i].r == 0 ? 0x123 : 0);
        }
}

static void too_long_is_none(void **state)
{
        static uint8_t data[1104];
        uint32_t epoch;

        octets("02 80 00 00", data, sizeof(data));
        assert_int_equal(pcp_parse_announcement(data, 1100, &epoch), 0);
        assert_int_equal(pcp_parse_announcement(data, 1104, &epoch), -EBADMSG);
}

static void a_server_of_pcp_alone_refuses_nat_pmp(void **state)
{
        static const struct {
                const char *octets;
                bool refuses;
        } cases[] = {
                {"02 80 00 01 00000000 00000123 00000000 00000000 00000000", true},
                {"02 80 00 01", true},
                {"02 80 00", false},
                {"00 80 00 01 00000000", false},
                {"02 80 00 00 00000000 00000123 00000000 00000000 00000000", false},
                {"02 81 00 01 00000000 00000123 00000000 00000000 00000000", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint8_t data[64];
                size_t n = octets(cases[i].octets, data, sizeof(data));

                assert_int_equal(pcp_refuses_version(data, n), cases[i].refuses);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requests_by_the_octet),
                cmocka_unit_test(responses_by_row),
                cmocka_unit_test(responses_by_the_octet),
                cmocka_unit_test(each_nonce_has_its_port),
                cmocka_unit_test(announcements),
                cmocka_unit_test(too_long_is_none),
                cmocka_unit_test(a_server_of_pcp_alone_refuses_nat_pmp),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
