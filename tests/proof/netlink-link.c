/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever attributes a message about a link has, of whatever sizes, one within another: no octet behind one
 * is read, and the names that come out end.
 *
 * sources: src/address/address.c tests/proof/libnl.c tests/proof/libc.c
 * options: -I/usr/include/libnl3 --unwind 20 */
#include "watch/netlink-message.c"

#include "libnl.h"
#include "proof.h"

typedef struct LinkMessage {
        struct nlmsghdr header;
        struct ifinfomsg link;
        uint8_t attributes[NLA_HDRLEN + NLA_HDRLEN + IFNAMSIZ + 1]; /* one more than a name may have */
} LinkMessage;

/* Of these octets: a name that ends. */
void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(size == 0 || __CPROVER_r_ok(data, size));
        claim(__CPROVER_w_ok(ret, ret_size) && ret_size > 0);
        for (size_t i = 0; i < ret_size; i++)
                ret[i] = nondet_char();
        ret[any_size(MIN(size, ret_size - 1))] = '\0';
}

static bool ends(const char *s, size_t size)
{
        return memchr(s, '\0', size);
}

int main(void)
{
        LinkMessage m;
        NetlinkMessage message; /* with whatever lay there */

        message.removed = nondet_bool();
        assume(m.header.nlmsg_len >= sizeof(m.header) && m.header.nlmsg_len <= sizeof(m));
        int r = parse_link(&m.header, &message);
        const Link *link = &message.link;

        claim(r == 1 || r == 0 || r == -EBADMSG);
        if (r != 1)
                return 0;
        claim(m.header.nlmsg_len >= sizeof(m.header) + sizeof(m.link));
        claim(message.kind == MESSAGE_LINK && m.link.ifi_family == AF_UNSPEC);
        claim(link->ifindex > 0 && link->ifindex == m.link.ifi_index);
        claim(ends(link->name, sizeof(link->name)) && ends(link->kind, sizeof(link->kind)));
        claim(message.removed ? !*link->name && !*link->kind : parsed[IFLA_IFNAME] != NULL);
        return 0;
}
