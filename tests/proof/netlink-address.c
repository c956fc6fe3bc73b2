/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever attributes a message about an address has, of whatever sizes: no octet behind one is read, and an
 * address comes from an attribute of exactly its family's size.
 *
 * sources: src/address/address.c tests/proof/libnl.c tests/proof/libc.c
 * options: -I/usr/include/libnl3 --unwind 20 */
#include "watch/netlink-message.c"

#include "libnl.h"
#include "proof.h"

typedef struct AddressMessage {
        struct nlmsghdr header;
        struct ifaddrmsg address;
        uint8_t attributes[NLA_HDRLEN + 16];
} AddressMessage;

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(!"an address has no name");
}

int main(void)
{
        AddressMessage m;
        NetlinkMessage message; /* with whatever lay there */

        message.removed = nondet_bool();
        assume(m.header.nlmsg_len >= sizeof(m.header) && m.header.nlmsg_len <= sizeof(m));
        int r = parse_address(&m.header, &message), family = m.address.ifa_family;
        const struct nlattr *local = parsed[IFA_LOCAL], *peer = parsed[IFA_ADDRESS];
        const Address *a = &message.address;

        claim(r == 1 || r == 0 || r == -EBADMSG);
        if (r != 1)
                return 0;
        claim(m.header.nlmsg_len > sizeof(m.header) + sizeof(m.address));
        claim(message.kind == MESSAGE_ADDRESS && a->ifindex > 0);
        claim((family == AF_INET && a->prefixlen <= 32) || (family == AF_INET6 && a->prefixlen <= 128));
        claim((local || peer) && comes_from(&a->ip, family, local ? local : peer));
        claim(comes_from(&a->peer, family, peer));
        return 0;
}
