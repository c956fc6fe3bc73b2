/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A message of rtnetlink, built by hand: a header, a body, attributes. cmocka comes before. */

#include <errno.h>

#include "watch/netlink-message.h"

typedef struct Builder {
        union {
                struct nlmsghdr header;
                uint8_t octets[2048];
        };
} Builder;

static inline void append(Builder *b, const void *data, size_t size)
{
        assert_true(b->header.nlmsg_len + size <= sizeof(b->octets));
        memcpy(b->octets + b->header.nlmsg_len, data, size);
        b->header.nlmsg_len += (uint32_t)size;
}

static inline void pad(Builder *b)
{
        append(b, "\0\0\0", NLMSG_ALIGN(b->header.nlmsg_len) - b->header.nlmsg_len);
}

static inline Builder begin(uint16_t type, const void *body, size_t size)
{
        Builder b = {.header = {.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type}};

        append(&b, body, size);
        pad(&b);
        return b;
}

static inline void add(Builder *b, uint16_t type, const void *data, size_t size)
{
        const struct nlattr a = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type};

        append(b, &a, sizeof(a));
        append(b, data, size);
        pad(b);
}

static inline void add_u32(Builder *b, uint16_t type, uint32_t value)
{
        add(b, type, &value, sizeof(value));
}

static inline int parse(const Builder *b, NetlinkMessage *ret)
{
        return netlink_message_parse(&b->header, b->header.nlmsg_len, ret);
}

/* B must not be read past its end: cut at every octet, and with every octet overwritten, out of a buffer of
 * exactly its size. Any answer to the latter will do. */
static inline void parse_damaged(const Builder *b)
{
        const size_t size = b->header.nlmsg_len;
        NetlinkMessage m;

        for (size_t cut = 0; cut < size; cut++) {
                _cleanup_free_ struct nlmsghdr *copy = malloc(MAX(cut, sizeof(*copy)));

                assert_non_null(copy);
                memcpy(copy, b->octets, MAX(cut, sizeof(*copy)));
                assert_int_equal(netlink_message_parse(copy, cut, &m), -EBADMSG);
                copy->nlmsg_len = (uint32_t)cut;
                (void)netlink_message_parse(copy, cut, &m);
        }
        for (size_t i = 0; i < size; i++)
                for (unsigned value = 0; value < 256; value += 5) {
                        _cleanup_free_ uint8_t *copy = malloc(size);

                        assert_non_null(copy);
                        memcpy(copy, b->octets, size);
                        copy[i] = (uint8_t)value;
                        (void)netlink_message_parse((struct nlmsghdr *)copy, size, &m);
                }
}
