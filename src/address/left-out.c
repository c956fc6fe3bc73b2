/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/left-out.h"

#include "base/string-util.h"

static const char *const verdict_names[VERDICT_COUNT] = {
        [VERDICT_COUNTS] = "counts",
        [VERDICT_NOT_WATCHED] = "not-watched",
        [VERDICT_DOWN] = "down",
        [VERDICT_NOT_NAMED] = "not-named",
        [VERDICT_TUNNEL] = "tunnel",
        [VERDICT_NO_ROUTE] = "no-route",
        [VERDICT_OFF_ROUTE] = "off-route",
        [VERDICT_LOCAL] = "local",
        [VERDICT_PRIVATE] = "private",
        [VERDICT_TENTATIVE] = "tentative",
        [VERDICT_DUPLICATE] = "duplicate",
        [VERDICT_TEMPORARY] = "temporary",
        [VERDICT_DEPRECATED] = "deprecated",
};

const char *address_verdict_name(AddressVerdict v)
{
        return verdict_names[v];
}

int address_verdict_from_name(const char *name, AddressVerdict *ret)
{
        int i = string_index(verdict_names, VERDICT_COUNT, name);

        if (i < 0)
                return i;
        *ret = (AddressVerdict)i;
        return 0;
}

size_t addresses_left_out(const Network *network, const SelectionOptions *options,
                          LeftOut ret[static LEFT_OUT_MAX])
{
        size_t n_entries, n = 0;
        const Address *a = address_set_entries(network_addresses(network), &n_entries);

        for (size_t i = 0; i < MIN(n_entries, (size_t)LEFT_OUT_LOOKS) && n < LEFT_OUT_MAX; i++) {
                const Link *link = network_link(network, a[i].ifindex);
                AddressVerdict verdict;

                if (address_scope(&a[i].ip) == SCOPE_LOOPBACK)
                        continue;
                verdict = selection_judge(network, options, &a[i]);
                if (verdict == VERDICT_COUNTS)
                        continue;
                ret[n] = (LeftOut){.address = a[i].ip, .verdict = verdict};
                string_copy(ret[n++].interface, IFNAMSIZ, link ? link->name : "");
        }
        return n;
}
