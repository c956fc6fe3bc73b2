/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/network.h"

#include <errno.h>

/* Three tables: links sorted by ifindex, the address set, and the default routes of each family sorted by
 * (metric, ifindex, gateway). There are few of the first and last beside the addresses, so that each
 * insertion moves its array.
 *
 * Every link and route carries the generation in which it was put last. A sync opens a new one; its end
 * drops what an older one saw last. Nothing here knows where an entry came from: a dump or a message in the
 * middle of it marks alike. A put that fails for want of memory leaves the picture as it was. */

#define MINIMUM_CAPACITY 8

typedef struct LinkEntry {
        Link link;
        uint32_t generation;
} LinkEntry;

typedef struct RouteTable {
        DefaultRoute *entries;
        size_t count, capacity;
} RouteTable;

struct Network {
        LinkEntry *links;
        size_t n_links, links_capacity;
        AddressSet *addresses;
        RouteTable routes[FAMILY_COUNT];
        uint32_t generation[TABLE_COUNT];
};

int network_new(Network **ret)
{
        _cleanup_(network_freep) Network *n = calloc(1, sizeof(*n));

        if (!n)
                return -ENOMEM;
        int r = address_set_new(&n->addresses);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(n);
        return 0;
}

Network *network_free(Network *n)
{
        if (!n)
                return NULL;
        for (Family f = 0; f < FAMILY_COUNT; f++)
                free(n->routes[f].entries);
        address_set_free(n->addresses);
        free(n->links);
        free(n);
        return NULL;
}

/* ENTRIES, of SIZE octets each, with room for one more; NULL without memory, and they are as they were. */
static void *make_room(void *entries, size_t size, size_t count, size_t *capacity)
{
        if (count < *capacity)
                return entries;

        size_t wanted = MAX(*capacity * 2, (size_t)MINIMUM_CAPACITY);
        void *p = reallocarray(entries, wanted, size);
        if (p)
                *capacity = wanted;
        return p;
}

static RouteTable *route_table(Network *n, const DefaultRoute *route)
{
        return &n->routes[route->family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6];
}

static int compare_routes(const DefaultRoute *a, const DefaultRoute *b)
{
        if (a->metric != b->metric)
                return a->metric < b->metric ? -1 : 1;
        if (a->ifindex != b->ifindex)
                return a->ifindex < b->ifindex ? -1 : 1;
        return ip_address_compare(&a->gateway, &b->gateway);
}

/* Whether a route of this key is in the table; RET_PLACE is where it is or belongs. */
static bool find_route(const RouteTable *t, const DefaultRoute *route, size_t *ret_place)
{
        size_t i = 0;
        int r = 1;

        while (i < t->count && (r = compare_routes(route, &t->entries[i])) > 0)
                i++;
        *ret_place = i;
        return r == 0;
}

int network_put_route(Network *n, const DefaultRoute *route)
{
        RouteTable *t = route_table(n, route);
        bool changed = true;
        size_t i;

        if (find_route(t, route, &i)) {
                changed = !ip_address_equal(&route->prefsrc, &t->entries[i].prefsrc);
        } else {
                DefaultRoute *entries = make_room(t->entries, sizeof(*t->entries), t->count, &t->capacity);
                if (!entries)
                        return -ENOMEM;
                t->entries = entries;
                memmove(t->entries + i + 1, t->entries + i, (t->count - i) * sizeof(*t->entries));
                t->count++;
        }
        t->entries[i] = *route;
        t->entries[i].generation = n->generation[TABLE_ROUTES];
        return changed;
}

int network_remove_route(Network *n, const DefaultRoute *route)
{
        RouteTable *t = route_table(n, route);
        size_t i;

        if (!find_route(t, route, &i))
                return 0;
        t->count--;
        memmove(t->entries + i, t->entries + i + 1, (t->count - i) * sizeof(*t->entries));
        return 1;
}

static size_t remove_link_routes(Network *n, int ifindex)
{
        size_t dropped = 0;

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                RouteTable *t = &n->routes[f];
                size_t kept = 0;

                for (size_t i = 0; i < t->count; i++)
                        if (t->entries[i].ifindex != ifindex)
                                t->entries[kept++] = t->entries[i];
                dropped += t->count - kept;
                t->count = kept;
        }
        return dropped;
}

/* The place of the link, or where it belongs. */
static size_t link_place(const Network *n, int ifindex)
{
        size_t low = 0, high = n->n_links;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (n->links[middle].link.ifindex < ifindex)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const Link *network_link(const Network *n, int ifindex)
{
        size_t i = link_place(n, ifindex);

        return i < n->n_links && n->links[i].link.ifindex == ifindex ? &n->links[i].link : NULL;
}

const Link *network_link_at(const Network *n, size_t i)
{
        return i < n->n_links ? &n->links[i].link : NULL;
}

int network_put_link(Network *n, const Link *link)
{
        const Link *known = network_link(n, link->ifindex);
        size_t i = link_place(n, link->ifindex);
        bool changed = true;

        if (known) {
                changed = !streq(known->name, link->name) || !streq(known->kind, link->kind) ||
                          known->up != link->up;
        } else {
                LinkEntry *links = make_room(n->links, sizeof(*n->links), n->n_links, &n->links_capacity);
                if (!links)
                        return -ENOMEM;
                n->links = links;
                memmove(n->links + i + 1, n->links + i, (n->n_links - i) * sizeof(*n->links));
                n->n_links++;
        }
        n->links[i] = (LinkEntry){.link = *link, .generation = n->generation[TABLE_LINKS]};
        if (!link->up && remove_link_routes(n, link->ifindex) > 0)
                changed = true;
        return changed;
}

int network_remove_link(Network *n, int ifindex)
{
        size_t i = link_place(n, ifindex), dropped = 0;

        if (network_link(n, ifindex)) {
                n->n_links--;
                memmove(n->links + i, n->links + i + 1, (n->n_links - i) * sizeof(*n->links));
                dropped++;
        }
        dropped += address_set_remove_link(n->addresses, ifindex);
        dropped += remove_link_routes(n, ifindex);
        return dropped > 0;
}

int network_put_address(Network *n, const Address *address)
{
        return address_set_put(n->addresses, address);
}

int network_remove_address(Network *n, const Address *address)
{
        return address_set_remove(n->addresses, address);
}

const AddressSet *network_addresses(const Network *n)
{
        return n->addresses;
}

const DefaultRoute *network_routes(const Network *n, Family family, size_t *ret_count)
{
        *ret_count = n->routes[family].count;
        return n->routes[family].entries;
}

int network_gateway(const Network *n, const char *interface, Family f, IpAddress *ret)
{
        const DefaultRoute *routes;
        const Link *link;
        int ifindex = 0;
        size_t count;

        *ret = (IpAddress){0};
        for (size_t i = 0; (link = network_link_at(n, i)); i++)
                if (streq(link->name, interface))
                        ifindex = link->ifindex;
        routes = network_routes(n, f, &count);
        for (size_t i = 0; i < count && !ip_address_is_set(ret); i++)
                if (routes[i].ifindex == ifindex)
                        *ret = routes[i].gateway;
        return ifindex;
}

void network_begin_sync(Network *n, NetworkTable table)
{
        if (table == TABLE_ADDRESSES)
                address_set_begin_sync(n->addresses);
        else
                n->generation[table]++;
}

void network_cancel_sync(Network *n, NetworkTable table)
{
        if (table == TABLE_ADDRESSES)
                address_set_cancel_sync(n->addresses);
}

static size_t sweep_links(Network *n)
{
        size_t dropped = 0;

        for (size_t i = n->n_links; i-- > 0;)
                if (n->links[i].generation != n->generation[TABLE_LINKS]) {
                        network_remove_link(n, n->links[i].link.ifindex);
                        dropped++;
                }
        return dropped;
}

static size_t sweep_routes(Network *n)
{
        size_t dropped = 0;

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                RouteTable *t = &n->routes[f];
                size_t kept = 0;

                for (size_t i = 0; i < t->count; i++)
                        if (t->entries[i].generation == n->generation[TABLE_ROUTES])
                                t->entries[kept++] = t->entries[i];
                dropped += t->count - kept;
                t->count = kept;
        }
        return dropped;
}

size_t network_end_sync(Network *n, NetworkTable table)
{
        switch (table) {
        case TABLE_LINKS:
                return sweep_links(n);
        case TABLE_ADDRESSES:
                return address_set_end_sync(n->addresses);
        case TABLE_ROUTES:
                return sweep_routes(n);
        case TABLE_COUNT:
                break;
        }
        return 0;
}

bool link_is_tunnel(const Link *link)
{
        static const char *const kinds[] = {"wireguard", "tun", "ovpn", "xfrm", "vti", "vti6"};

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (streq(link->kind, kinds[i]))
                        return true;
        return false;
}
