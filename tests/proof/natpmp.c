/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a gateway's datagram says, no octet behind it is read, nor of a longer one any behind what a
 * response has; and only what looks like a success has an address.
 *
 * sources: src/nat/natpmp.c src/nat/nat-address.c
 * options: --unwind 17 */
#include "nat/natpmp.h"

#include "proof.h"

#define DATAGRAM_MAX 1104 /* as many as are received */
#define READ_MAX     12

int main(void)
{
        uint8_t room[READ_MAX];
        size_t size = any_size(DATAGRAM_MAX);
        const uint8_t *data = last_octets(room, MIN(size, sizeof(room)));
        NatpmpResponse response = {0};

        if (natpmp_parse_response(data, size, &response) < 0) {
                claim(response.result == 0 && response.epoch == 0 &&
                      !nat_address_is_set(&response.external));
                return 0;
        }
        claim(size >= 8 && data[0] == 0 && data[1] == 128);
        claim(response.result == (data[2] << 8 | data[3]));
        claim(response.epoch ==
              ((uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 | data[6] << 8 | data[7]));
        if (response.result != NATPMP_SUCCESS) {
                claim(!nat_address_is_set(&response.external));
                return 0;
        }
        claim(size >= 12 && nat_address_is_ipv4(&response.external));
        claim(memcmp(response.external.octets + NAT_ADDRESS_IPV4_AT, data + 8, 4) == 0);
        return 0;
}
