/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/natpmp.h"

#include <errno.h>

#include "nat/wire.h"

/*  0        1        2                 4
 *  version  opcode                                                      request
 *  version  128+op   result            epoch            address         response (RFC 6886, 3.2) */

#define OPCODE_EXTERNAL 0
#define IS_RESPONSE     128

#define FAILURE_SIZE 8
#define SUCCESS_SIZE 12

void natpmp_write_request(uint8_t ret[static NATPMP_REQUEST_SIZE])
{
        ret[0] = NATPMP_VERSION;
        ret[1] = OPCODE_EXTERNAL;
}

int natpmp_parse_response(const uint8_t *data, size_t size, NatpmpResponse *ret)
{
        if (size < FAILURE_SIZE || data[0] != NATPMP_VERSION || data[1] != (IS_RESPONSE | OPCODE_EXTERNAL))
                return -EBADMSG;
        NatpmpResponse response = {.result = wire_get_16(data + 2), .epoch = wire_get_32(data + 4)};
        if (response.result == NATPMP_SUCCESS) {
                if (size < SUCCESS_SIZE)
                        return -EBADMSG;
                response.external = nat_address_ipv4(data + 8);
        }
        *ret = response;
        return 0;
}
