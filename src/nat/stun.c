/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/stun.h"

#include <errno.h>

#include "base/checksum.h"
#include "nat/wire.h"

/*  0     2       4             8               20
 *  type  length  magic cookie  transaction id  attributes, each: type, length, value, filled up to 4 octets
 *
 * The length counts what follows the header. Of an attribute that comes twice the first counts (RFC 8489,
 * 14); what follows MESSAGE-INTEGRITY could only be FINGERPRINT, and is read like the rest: nothing here
 * rests on integrity, which a Binding without credentials doesn't have. */

#define MAGIC           UINT32_C(0x2112a442)
#define HEADER_SIZE     20
#define BINDING         0x0001
#define BINDING_SUCCESS 0x0101
#define BINDING_ERROR   0x0111

#define ERROR_CODE         0x0009
#define XOR_MAPPED_ADDRESS 0x0020
#define FINGERPRINT        0x8028
#define OPTIONAL           0x8000 /* attributes from here on may be passed over */

#define FINGERPRINT_SIZE 8
#define FINGERPRINT_XOR  UINT32_C(0x5354554e)

#define FAMILY_OF_IPV4 1
#define FAMILY_OF_IPV6 2

typedef struct Attribute {
        uint16_t type;
        size_t size;
        const uint8_t *value;
} Attribute;

void stun_write_request(const uint8_t id[static STUN_ID_SIZE], uint8_t ret[static STUN_REQUEST_SIZE])
{
        wire_put_16(ret, BINDING);
        wire_put_16(ret + 2, 0);
        wire_put_32(ret + 4, MAGIC);
        memcpy(ret + 8, id, STUN_ID_SIZE);
}

/* What RFC 8489 and its forerunners define, and what a server may well put into a response to a Binding. */
static bool is_understood(uint16_t type)
{
        static const uint16_t types[] = {
                0x0001, /* MAPPED-ADDRESS */
                0x0004, /* SOURCE-ADDRESS (RFC 3489) */
                0x0005, /* CHANGED-ADDRESS (RFC 3489) */
                0x0006, /* USERNAME */
                0x0008, /* MESSAGE-INTEGRITY */
                0x000a, /* UNKNOWN-ATTRIBUTES */
                0x0014, /* REALM */
                0x0015, /* NONCE */
                0x001c, /* MESSAGE-INTEGRITY-SHA256 */
                0x001d, /* PASSWORD-ALGORITHM */
                ERROR_CODE, XOR_MAPPED_ADDRESS,
        };

        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (type == types[i])
                        return true;
        return type >= OPTIONAL;
}

static bool fingerprint_is_right(const uint8_t *message, size_t size, const Attribute *a)
{
        size_t before = (size_t)(a->value - message) - 4;

        return a->size == 4 && before + FINGERPRINT_SIZE == size &&
               wire_get_32(a->value) == (crc32(message, before) ^ FINGERPRINT_XOR);
}

static int read_mapped(const uint8_t *message, const Attribute *a, NatAddress *ret)
{
        uint8_t octets[16];
        bool ipv4 = a->size == 8 && a->value[1] == FAMILY_OF_IPV4;

        if (!ipv4 && (a->size != 20 || a->value[1] != FAMILY_OF_IPV6))
                return -EBADMSG;
        /* Cookie and transaction id lie one behind the other, as the address is veiled by them. */
        for (size_t i = 0; i < a->size - 4; i++)
                octets[i] = a->value[4 + i] ^ message[4 + i];
        *ret = ipv4 ? nat_address_ipv4(octets) : nat_address_ipv6(octets);
        return 0;
}

static int read_error(const Attribute *a, unsigned *ret)
{
        if (a->size < 4)
                return -EBADMSG;
        unsigned class = a->value[2] & 7, number = a->value[3];
        if (class < 3 || class > 6 || number > 99)
                return -EBADMSG;
        *ret = class * 100 + number;
        return 0;
}

static int take_attribute(const uint8_t *message, size_t size, const Attribute *a, StunResponse *r)
{
        switch (a->type) {
        case XOR_MAPPED_ADDRESS:
                return nat_address_is_set(&r->mapped) ? 0 : read_mapped(message, a, &r->mapped);
        case ERROR_CODE:
                return r->error > 0 ? 0 : read_error(a, &r->error);
        case FINGERPRINT:
                return fingerprint_is_right(message, size, a) ? 0 : -EBADMSG;
        default:
                return is_understood(a->type) ? 0 : -EBADMSG;
        }
}

static int read_attributes(const uint8_t *message, size_t size, StunResponse *ret)
{
        size_t at = HEADER_SIZE;

        while (at < size) {
                if (size - at < 4)
                        return -EBADMSG;
                Attribute a = {wire_get_16(message + at), wire_get_16(message + at + 2), message + at + 4};
                size_t padded = (a.size + 3) / 4 * 4;
                if (padded > size - at - 4)
                        return -EBADMSG;
                int r = take_attribute(message, size, &a, ret);
                if (r < 0)
                        return r;
                at += 4 + padded;
        }
        return 0;
}

int stun_parse_response(const uint8_t *data, size_t size, const uint8_t id[static STUN_ID_SIZE],
                        StunResponse *ret)
{
        StunResponse response = {0};

        if (size < HEADER_SIZE || wire_get_16(data + 2) != size - HEADER_SIZE || size % 4 != 0 ||
            wire_get_32(data + 4) != MAGIC || memcmp(data + 8, id, STUN_ID_SIZE) != 0)
                return -EBADMSG;
        uint16_t type = wire_get_16(data);
        if (type != BINDING_SUCCESS && type != BINDING_ERROR)
                return -EBADMSG;
        int r = read_attributes(data, size, &response);
        if (r < 0)
                return r;
        bool success = type == BINDING_SUCCESS;
        if (success ? !nat_address_is_set(&response.mapped) : response.error == 0)
                return -EBADMSG;
        if (success)
                *ret = (StunResponse){.mapped = response.mapped};
        else
                *ret = (StunResponse){.error = response.error};
        return 0;
}
