/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/checksum.h"
#include "nat-octets.h"
#include "nat/stun.h"
#include "nat/wire.h"

/* The transaction and the sample responses of RFC 5769, 2.2 and 2.3. */
static const uint8_t id[STUN_ID_SIZE] = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                         0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

#define ID     " 2112a442 b7e7a701 bc34d686 fa87dfae "
#define MAPPED "0020 0008 0001 a147 e112a643 " /* 192.0.2.1 */
#define SAMPLE_IPV4                                                   \
        "0101 003c" ID "8022 000b 74657374 20766563 746f7220 " MAPPED \
        "0008 0014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 8028 0004 c07d4c96"
#define SAMPLE_IPV6                                                \
        "0101 0048" ID "8022 000b 74657374 20766563 746f7220 "     \
        "0020 0014 0002 a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 " \
        "0008 0014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 8028 0004 c8fb0b4c"

static void the_request_by_the_octet(void **state)
{
        uint8_t request[STUN_REQUEST_SIZE], expected[STUN_REQUEST_SIZE];

        assert_int_equal(octets("0001 0000" ID, expected, sizeof(expected)), sizeof(expected));
        stun_write_request(id, request);
        assert_memory_equal(request, expected, sizeof(expected));
}

typedef struct Row {
        const char *octets;
        int r;
        const char *mapped;
        unsigned error;
} Row;

static const Row rows[] = {
        {SAMPLE_IPV4, 0, "192.0.2.1"},
        {SAMPLE_IPV6, 0, "2001:db8:1234:5678:11:2233:4455:6677"},
        {"0101 000c" ID MAPPED, 0, "192.0.2.1"},
        /* the first of two counts; the old MAPPED-ADDRESS never does */
        {"0101 0018" ID MAPPED "0020 0008 0001 a147 00000000", 0, "192.0.2.1"},
        {"0101 0018" ID "0001 0008 0001 8055 c6336401" MAPPED, 0, "192.0.2.1"},
        {"0101 000c" ID "0001 0008 0001 8055 c6336401", -EBADMSG},
        /* what may be passed over, what may not */
        {"0101 0018" ID "ffff 0005 11111111 11000000" MAPPED, 0, "192.0.2.1"},
        {"0101 0010" ID "7fff 0000" MAPPED, -EBADMSG},
        {"0101 0010" ID "0003 0000" MAPPED, -EBADMSG},
        {"0101 0018" ID "0005 0008 0001 8055 c6336401" MAPPED, 0, "192.0.2.1"},
        /* errors */
        {"0111 0008" ID "0009 0004 00000400", 0, NULL, 400},
        {"0111 0010" ID "0009 0009 00000614 62757379 21000000", 0, NULL, 620},
        {"0111 0008" ID "0009 0004 00000263", -EBADMSG},
        {"0111 0008" ID "0009 0004 00000700", -EBADMSG},
        {"0111 0008" ID "0009 0004 00000464", -EBADMSG},
        {"0111 0008" ID "0009 0003 00000400", -EBADMSG},
        {"0111 0000" ID, -EBADMSG},
        {"0111 000c" ID MAPPED, -EBADMSG},
        {"0111 0014" ID MAPPED "0009 0004 00000400", 0, NULL, 400},
        /* not our kind of message */
        {"0001 0000" ID, -EBADMSG},
        {"0101 0000" ID, -EBADMSG},
        {"0011 000c" ID MAPPED, -EBADMSG},
        {"0102 000c" ID MAPPED, -EBADMSG},
        {"4101 000c" ID MAPPED, -EBADMSG},
        {"0101 000c 2112a443 b7e7a701 bc34d686 fa87dfae" MAPPED, -EBADMSG},
        {"0101 000c 2112a442 b7e7a701 bc34d686 fa87dfaf" MAPPED, -EBADMSG},
        /* lengths that lie */
        {"0101 000b" ID MAPPED, -EBADMSG},
        {"0101 0010" ID MAPPED, -EBADMSG},
        {"0101 000c" ID "0020 0009 0001 a147 e112a643", -EBADMSG},
        {"0101 000c" ID "0020 000c 0001 a147 e112a643", -EBADMSG},
        {"0101 000c" ID "0020 ffff 0001 a147 e112a643", -EBADMSG},
        {"0101 000c" ID "0020 0004 0001 a147 e112a643", -EBADMSG},
        {"0101 0004" ID "0020 0008", -EBADMSG},
        /* an address that is none */
        {"0101 000c" ID "0020 0008 0002 a147 e112a643", -EBADMSG},
        {"0101 000c" ID "0020 0008 0003 a147 e112a643", -EBADMSG},
        {"0101 000c" ID "0020 0008 0001 a147 2112a442", -EBADMSG}, /* 0.0.0.0 */
        {"", -EBADMSG},
};

static void responses_by_row(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t data[128];
                StunResponse response = {.error = 99};
                size_t n = octets(rows[i].octets, data, sizeof(data));
                int r = stun_parse_response(data, n, id, &response);

                if (r != rows[i].r)
                        fail_msg("%s: %d", rows[i].octets, r);
                if (r < 0) {
                        assert_int_equal(response.error, 99);
                        continue;
                }
                assert_nat(&response.mapped, rows[i].mapped);
                assert_int_equal(response.error, rows[i].error);
        }
}

static void a_fingerprint_guards_each_octet(void **state)
{
        uint8_t data[128];
        StunResponse response;
        size_t n = octets(SAMPLE_IPV4, data, sizeof(data));

        for (size_t i = 0; i < n; i++) {
                /* One that no longer names itself is an attribute like any other. */
                if (i == n - 8 || i == n - 7)
                        continue;
                data[i] ^= 1;
                if (stun_parse_response(data, n, id, &response) != -EBADMSG)
                        fail_msg("octet %zu", i);
                data[i] ^= 1;
        }
        for (size_t i = 0; i < n; i++)
                assert_int_equal(stun_parse_response(data, i, id, &response), -EBADMSG);
}

static void nothing_follows_a_fingerprint(void **state)
{
        uint8_t data[128];
        StunResponse response;
        size_t n = octets("0101 0018" ID MAPPED "8028 0004 00000000 8022 0000", data, sizeof(data));

        wire_put_32(data + 36, crc32(data, 32) ^ 0x5354554e);
        assert_int_equal(stun_parse_response(data, n, id, &response), -EBADMSG);
        wire_put_16(data + 2, 0x14);
        wire_put_32(data + 36, crc32(data, 32) ^ 0x5354554e);
        assert_int_equal(stun_parse_response(data, n - 4, id, &response), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_request_by_the_octet),
                cmocka_unit_test(responses_by_row),
                cmocka_unit_test(a_fingerprint_guards_each_octet),
                cmocka_unit_test(nothing_follows_a_fingerprint),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
