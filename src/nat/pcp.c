/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/pcp.h"

#include <errno.h>

#include "nat/wire.h"

/*  0        1        2         3        4         8
 *  version  opcode                      lifetime  client's address                   request
 *  version  128+op             result   lifetime  epoch, 12 octets of nothing        response (RFC 6887, 7)
 *
 *  24       36        40             42             44
 *  nonce    protocol  internal port  external port  external address                 MAP (RFC 6887, 11.1) */

#define OPCODE_ANNOUNCE 0
#define OPCODE_MAP      1
#define IS_RESPONSE     128

#define HEADER_SIZE   24
#define RESPONSE_SIZE 60
#define MESSAGE_MAX   1100 /* RFC 6887, 7 */

#define PROTOCOL_UDP 17

/* The RFC's example is the discard service, port 9, but many a server maps no port below 1024. These lie
 * behind what Linux gives to sockets (ip_local_port_range), so that nobody's traffic is led here. A mapping
 * belongs to its nonce: one with another nonce has another port too, or it would be refused until the one
 * before has run out. */
#define PORT_FIRST 61000
#define PORT_LAST  65535

static uint16_t port_of(const uint8_t nonce[static PCP_NONCE_SIZE])
{
        return (uint16_t)(PORT_FIRST + wire_get_16(nonce) % (PORT_LAST - PORT_FIRST + 1));
}

void pcp_write_request(const NatAddress *client, const uint8_t nonce[static PCP_NONCE_SIZE],
                       uint8_t ret[static PCP_REQUEST_SIZE])
{
        static const uint8_t any[4];

        memset(ret, 0, PCP_REQUEST_SIZE);
        ret[0] = PCP_VERSION;
        ret[1] = OPCODE_MAP;
        wire_put_32(ret + 4, PCP_MAPPING_LIFETIME);
        memcpy(ret + 8, client->octets, sizeof(client->octets));
        memcpy(ret + 24, nonce, PCP_NONCE_SIZE);
        ret[36] = PROTOCOL_UDP;
        wire_put_16(ret + 40, port_of(nonce));
        /* No suggestion, but of which family it should be. */
        if (nat_address_is_ipv4(client)) {
                NatAddress suggested = nat_address_ipv4(any);

                memcpy(ret + 44, suggested.octets, sizeof(suggested.octets));
        }
}

static bool is_response(const uint8_t *data, size_t size, uint8_t opcode)
{
        return size >= HEADER_SIZE && size <= MESSAGE_MAX && size % 4 == 0 && data[0] == PCP_VERSION &&
               data[1] == (IS_RESPONSE | opcode);
}

/* Whether what follows the header is the mapping that was asked for: a server copies it into a failure. */
static bool is_our_mapping(const uint8_t *data, const uint8_t nonce[static PCP_NONCE_SIZE])
{
        return memcmp(data + 24, nonce, PCP_NONCE_SIZE) == 0 && data[36] == PROTOCOL_UDP &&
               wire_get_16(data + 40) == port_of(nonce);
}

int pcp_parse_response(const uint8_t *data, size_t size, const uint8_t nonce[static PCP_NONCE_SIZE],
                       PcpResponse *ret)
{
        if (!is_response(data, size, OPCODE_MAP))
                return -EBADMSG;
        PcpResponse response = {
                .result = data[3],
                .lifetime = wire_get_32(data + 4),
                .epoch = wire_get_32(data + 8),
        };
        bool bare = response.result != PCP_SUCCESS && size == HEADER_SIZE;
        if (!bare && (size < RESPONSE_SIZE || !is_our_mapping(data, nonce)))
                return -EBADMSG;
        if (response.result == PCP_SUCCESS)
                response.external = nat_address_ipv6(data + 44);
        *ret = response;
        return 0;
}

int pcp_parse_announcement(const uint8_t *data, size_t size, uint32_t *ret_epoch)
{
        if (!is_response(data, size, OPCODE_ANNOUNCE) || data[3] != PCP_SUCCESS)
                return -EBADMSG;
        *ret_epoch = wire_get_32(data + 8);
        return 0;
}

bool pcp_refuses_version(const uint8_t *data, size_t size)
{
        /* The request was two octets long, so there is less to copy than PCP's header has: its first four
         * octets say it all. */
        return size >= 4 && data[0] == PCP_VERSION && data[1] == (IS_RESPONSE | OPCODE_ANNOUNCE) &&
               data[3] == PCP_UNSUPPORTED_VERSION;
}
