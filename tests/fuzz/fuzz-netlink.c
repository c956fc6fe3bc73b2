/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Messages of rtnetlink, one behind the other as the kernel sends them, and the picture that they make. */

#include <errno.h>
#include <limits.h>

#include "address/selection.h"
#include "base/string-util.h"
#include "fuzz.h"
#include "watch/netlink-message.h"

static void take_in(Network *n, const NetlinkMessage *m)
{
        switch (m->kind) {
        case MESSAGE_LINK:
                require(m->link.ifindex > 0 && string_is_clean(m->link.name));
                require(m->removed ? network_remove_link(n, m->link.ifindex) >= 0
                                   : network_put_link(n, &m->link) >= 0);
                break;
        case MESSAGE_ADDRESS:
                require(m->address.ifindex > 0 && ip_address_is_set(&m->address.ip));
                require(m->removed ? network_remove_address(n, &m->address) >= 0
                                   : network_put_address(n, &m->address) >= 0);
                break;
        case MESSAGE_ROUTE:
                require(m->n_routes <= NETLINK_MESSAGE_HOPS_MAX);
                for (size_t i = 0; i < m->n_routes; i++) {
                        require(m->routes[i].ifindex > 0);
                        require(m->removed ? network_remove_route(n, &m->routes[i]) >= 0
                                           : network_put_route(n, &m->routes[i]) >= 0);
                }
                break;
        }
}

static void select_of(const Network *n)
{
        const SelectionOptions options = {
                .family = {true, true}, .private_addresses = true, .settle_limit = 30 * USEC_PER_SEC};
        const IpAddress settled[FAMILY_COUNT] = {0};
        Selection s;

        select_addresses(n, &options, settled, &s);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char words[256];

                require((s.reason[f] == REASON_SELECTED) == ip_address_is_set(&s.family[f].address));
                selection_explain(&s, f, words, sizeof(words));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(network_freep) Network *network = NULL;

        require(network_new(&network) == 0);
        while (size >= sizeof(struct nlmsghdr)) {
                /* Of exactly its size, and where an nlmsghdr may stand. */
                _cleanup_free_ char *copy = fuzz_copy(data, size);
                const struct nlmsghdr *header = (const struct nlmsghdr *)copy;
                NetlinkMessage m;
                int r = netlink_message_parse(header, size, &m);

                require(r == 0 || r == 1 || r == -EBADMSG);
                if (r == 1)
                        take_in(network, &m);
                if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > size)
                        break;
                size_t step = MIN((size_t)NLMSG_ALIGN(header->nlmsg_len), size);
                data += step;
                size -= step;
        }
        select_of(network);
        return 0;
}
