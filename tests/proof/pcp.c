/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a datagram says, no octet behind it is read, nor of a longer one any behind what a response has;
 * and only a success of our own nonce has an address.
 *
 * sources: src/nat/pcp.c src/nat/nat-address.c
 * options: --unwind 17 */
#include "nat/pcp.h"

#include "proof.h"

#define DATAGRAM_MAX 1104 /* RFC 6887, 7: one has 1,100 octets at most, and a multiple of four */
#define READ_MAX     64

static void parse(const uint8_t *data, size_t size)
{
        uint8_t nonce[PCP_NONCE_SIZE];
        PcpResponse response = {0};
        size_t at = any_size(sizeof(nonce) - 1), octet = any_size(sizeof(response.external.octets) - 1);

        if (pcp_parse_response(data, size, nonce, &response) < 0) {
                claim(response.result == 0 && response.epoch == 0 &&
                      !nat_address_is_set(&response.external));
                return;
        }
        claim(size >= 24 && size <= 1100 && size % 4 == 0 && data[0] == 2 && data[1] == 129);
        claim(response.result == data[3]);
        claim(size == 24 || (size >= 60 && data[24 + at] == nonce[at] && data[36] == 17));
        if (response.result != PCP_SUCCESS) {
                claim(!nat_address_is_set(&response.external));
                return;
        }
        claim(size >= 60 && response.external.octets[octet] == data[44 + octet]);
}

int main(void)
{
        uint8_t room[READ_MAX];
        size_t size = any_size(DATAGRAM_MAX);
        const uint8_t *data = last_octets(room, MIN(size, sizeof(room)));
        uint32_t epoch;

        if (pcp_parse_announcement(data, size, &epoch) == 0)
                claim(size >= 24 && data[1] == 128 && data[3] == PCP_SUCCESS);
        if (pcp_refuses_version(data, size))
                claim(size >= 4 && data[3] == PCP_UNSUPPORTED_VERSION);
        parse(data, size);
        return 0;
}
