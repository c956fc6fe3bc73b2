/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A datagram of a gateway or of a STUN server, each octet a stranger's: the first one says whose it is. What
 * is read is what the octets say, and what is refused leaves nothing behind. */

#include "fuzz.h"
#include "nat/natpmp.h"
#include "nat/pcp.h"
#include "nat/stun.h"
#include "nat/wire.h"

static const uint8_t nonce[PCP_NONCE_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void read_natpmp(const uint8_t *data, size_t size)
{
        NatpmpResponse r = {.result = 99, .epoch = 99};

        if (natpmp_parse_response(data, size, &r) < 0) {
                require(r.result == 99 && r.epoch == 99);
                return;
        }
        require(size >= 8 && data[0] == 0 && data[1] == 128);
        require(r.result == NATPMP_SUCCESS ? size >= 12 && nat_address_is_ipv4(&r.external)
                                           : !nat_address_is_set(&r.external));
}

static void read_pcp(const uint8_t *data, size_t size)
{
        PcpResponse r = {.result = 99};
        uint32_t epoch = 99;

        if (pcp_parse_response(data, size, nonce, &r) == 0) {
                require(size >= 24 && size <= 1100 && size % 4 == 0 && data[1] == 129 &&
                        r.result == data[3]);
                require(r.result == PCP_SUCCESS || !nat_address_is_set(&r.external));
                require(size == 24 || memcmp(data + 24, nonce, sizeof(nonce)) == 0);
        } else
                require(r.result == 99);
        if (pcp_parse_announcement(data, size, &epoch) == 0)
                require(size >= 24 && data[1] == 128 && !pcp_refuses_version(data, size));
        else
                require(epoch == 99);
}

/* One more time with a FINGERPRINT behind it, which no fuzzer guesses: right, it changes nothing; wrong, it
 * makes it none. */
static void read_with_fingerprint(const uint8_t *data, size_t size, const StunResponse *expected)
{
        size_t whole = size + 8;
        uint8_t *copy = malloc(whole);
        StunResponse r;

        require(copy);
        memcpy(copy, data, size);
        wire_put_16(copy + 2, (uint16_t)(whole - 20));
        wire_put_32(copy + size, 0x80280004);
        wire_put_32(copy + size + 4, crc32(copy, size) ^ 0x5354554e);
        require(stun_parse_response(copy, whole, data + 8, &r) == 0);
        require(r.error == expected->error && nat_address_equal(&r.mapped, &expected->mapped));
        copy[whole - 1] ^= 1;
        require(stun_parse_response(copy, whole, data + 8, &r) < 0);
        free(copy);
}

static bool has_fingerprint(const uint8_t *data, size_t size)
{
        return size >= 28 && wire_get_32(data + size - 8) == 0x80280004;
}

static void read_stun(const uint8_t *data, size_t size)
{
        StunResponse r = {.error = 99};

        if (size < 20)
                return;
        if (stun_parse_response(data, size, data + 8, &r) < 0) {
                require(r.error == 99);
                return;
        }
        require(nat_address_is_set(&r.mapped) ? r.error == 0 : r.error >= 300 && r.error <= 699);
        if (size <= 1024 && !has_fingerprint(data, size))
                read_with_fingerprint(data, size, &r);
        uint8_t other[STUN_ID_SIZE];
        memcpy(other, data + 8, sizeof(other));
        other[0] ^= 1;
        require(stun_parse_response(data, size, other, &r) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static void (*const readers[])(const uint8_t *, size_t) = {read_natpmp, read_pcp, read_stun};

        if (size == 0)
                return 0;
        _cleanup_free_ uint8_t *copy = malloc(size); /* of exactly its size */
        require(copy);
        memcpy(copy, data + 1, size - 1);
        copy = realloc(copy, size > 1 ? size - 1 : 1);
        require(copy);
        readers[data[0] % ELEMENTSOF(readers)](copy, size - 1);
        return 0;
}
