/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever attributes a datagram has, of whatever sizes, no octet behind it is read; a response is one to
 * our own transaction, with either an address or an error.
 *
 * sources: src/nat/stun.c src/nat/nat-address.c
 * options: --unwind 17 --unwindset read_attributes.0:3 */
#include "nat/stun.h"

#include "base/checksum.h"
#include "proof.h"

#define HEADER       20
#define DATAGRAM_MAX (HEADER + 24) /* an IPv6 address */

/* Of these octets: a sum may be right or wrong. */
uint32_t crc32(const void *data, size_t size)
{
        claim(__CPROVER_r_ok(data, size));
        return nondet_unsigned();
}

int main(void)
{
        uint8_t room[DATAGRAM_MAX], id[STUN_ID_SIZE];
        size_t size = any_size(DATAGRAM_MAX), at = any_size(sizeof(id) - 1), octet = any_size(3);
        const uint8_t *data = last_octets(room, size);
        StunResponse response = {0};

        /* Two attributes, or one that is an address. */
        assume(size <= HEADER + 8 || (data[22] == 0 && data[23] == size - HEADER - 4));
        if (stun_parse_response(data, size, id, &response) < 0) {
                claim(response.error == 0 && !nat_address_is_set(&response.mapped));
                return 0;
        }
        claim(size >= HEADER && size % 4 == 0 && data[8 + at] == id[at]);
        claim(nat_address_is_set(&response.mapped) == (response.error == 0));
        claim(response.error == 0 || (response.error >= 300 && response.error <= 699));
        /* The only attribute, where it is the address (RFC 8489, 14.2). */
        if (response.error == 0 && size == HEADER + 12 && data[21] == 0x20 && data[23] == 8)
                claim(response.mapped.octets[NAT_ADDRESS_IPV4_AT + octet] ==
                      (data[28 + octet] ^ data[4 + octet]));
        return 0;
}
