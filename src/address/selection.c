/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/selection.h"

#include <fnmatch.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "base/string-util.h"

/* For each family: which interfaces are asked, which of their addresses count, and which of these is best.
 *
 * Where interfaces are named, these are asked, tunnels too. Else it is the one of the best default route,
 * the routes through tunnels passed over; routes of one metric (the hops of a multipath route) are taken in
 * the order of ifindex, so that two equal lines never swap the address between them. Where that interface
 * has no IPv6 address that counts, every interface but tunnels is asked for a public one, since a router
 * delegates its prefix to the LAN side.
 *
 * An interface that is down has no address in use, though the kernel keeps its IPv4 ones.
 *
 * Nothing is kept between calls and nothing fails: that there is no address is a result, with its reason. */

#define USEC_PER_CENTISECOND (10 * USEC_PER_MSEC)

typedef enum Question {
        ASK_NAMED,     /* the interfaces that the settings name */
        ASK_ROUTE,     /* the default route's */
        ASK_DELEGATED, /* all but tunnels, for a public address */
} Question;

/* One family's search. */
typedef struct Search {
        const Network *network;
        const SelectionOptions *options;
        Family family;
        Question question;
        const DefaultRoute *route; /* whose preferred source counts; NULL: there is none */
        const IpAddress *settled;
        const Address *newest, *kept; /* the best; and the best equal that was settled last */
        bool any_address;             /* of the family, on an interface that was asked */
} Search;

static bool is_named(const SelectionOptions *options, const char *name)
{
        for (size_t i = 0; i < options->n_interfaces; i++)
                if (fnmatch(options->interfaces[i], name, 0) == 0)
                        return true;
        return false;
}

static bool is_asked(const Search *s, const Link *link)
{
        if (!link || !link->up)
                return false;
        switch (s->question) {
        case ASK_NAMED:
                return is_named(s->options, link->name);
        case ASK_ROUTE:
                return link->ifindex == s->route->ifindex;
        case ASK_DELEGATED:
                return !link_is_tunnel(link);
        }
        return false;
}

/* An optimistic address is tentative as well, and waits for the second it takes to be neither. */
static AddressVerdict judge(const Search *s, const Address *a)
{
        const SelectionOptions *o = s->options;
        AddressScope scope = address_scope(&a->ip);

        if (!address_scope_counts(scope) || a->scope >= RT_SCOPE_LINK)
                return VERDICT_LOCAL;
        if (!address_scope_is_reachable(scope) && (!o->private_addresses || s->question == ASK_DELEGATED))
                return VERDICT_PRIVATE;
        if (a->flags & IFA_F_DADFAILED)
                return VERDICT_DUPLICATE;
        if (a->flags & IFA_F_TENTATIVE)
                return VERDICT_TENTATIVE;
        if (a->ip.family == AF_INET6 && (a->flags & IFA_F_TEMPORARY) && !o->temporary)
                return VERDICT_TEMPORARY;
        return o->deprecated || !address_is_deprecated(a) ? VERDICT_COUNTS : VERDICT_DEPRECATED;
}

static AddressScope rank(const Address *a)
{
        AddressScope scope = address_scope(&a->ip);

        return scope == SCOPE_DOCUMENTATION ? SCOPE_PUBLIC : scope;
}

/* Bit 1 is "temporary" on IPv6. */
static bool is_secondary(const Address *a)
{
        return a->ip.family == AF_INET && (a->flags & IFA_F_SECONDARY);
}

/* By scope, preferred source and flag: negative where A is the better one. */
static int compare_class(const Search *s, const Address *a, const Address *b)
{
        if (rank(a) != rank(b))
                return rank(a) < rank(b) ? -1 : 1;
        if (s->route && ip_address_is_set(&s->route->prefsrc)) {
                bool a_preferred = ip_address_equal(&a->ip, &s->route->prefsrc);
                bool b_preferred = ip_address_equal(&b->ip, &s->route->prefsrc);

                if (a_preferred != b_preferred)
                        return a_preferred ? -1 : 1;
        }
        return (int)is_secondary(a) - (int)is_secondary(b);
}

/* How much later A came than B, in 1/100 s; the stamp wraps. */
static int32_t later_by(const Address *a, const Address *b)
{
        return (int32_t)(a->cstamp - b->cstamp);
}

static bool is_better(const Search *s, const Address *a, const Address *b)
{
        int r = compare_class(s, a, b);

        if (r != 0)
                return r < 0;
        if (a->cstamp != b->cstamp)
                return later_by(a, b) > 0;
        return ip_address_compare(&a->ip, &b->ip) < 0;
}

static void consider(Search *s, const Address *a)
{
        if (!s->newest || is_better(s, a, s->newest))
                s->newest = a;
        if (ip_address_equal(&a->ip, s->settled) && (!s->kept || is_better(s, a, s->kept)))
                s->kept = a;
}

static const Address *best(const Search *s)
{
        if (s->kept && compare_class(s, s->kept, s->newest) == 0 &&
            (usec_t)later_by(s->newest, s->kept) * USEC_PER_CENTISECOND <= s->options->settle_limit)
                return s->kept;
        return s->newest;
}

/* Keeps the lowest SELECTION_OTHERS_MAX in order, each once. */
void selection_add_other(Selection *ret, const IpAddress *a, const char *interface)
{
        size_t i = ret->n_others;

        while (i > 0 && ip_address_compare(a, &ret->others[i - 1].address) < 0)
                i--;
        if (i > 0 && ip_address_equal(a, &ret->others[i - 1].address))
                return;
        if (i == SELECTION_OTHERS_MAX)
                return;
        if (ret->n_others < SELECTION_OTHERS_MAX)
                ret->n_others++;
        memmove(ret->others + i + 1, ret->others + i, (ret->n_others - i - 1) * sizeof(*ret->others));
        ret->others[i].address = *a;
        string_copy(ret->others[i].interface, sizeof(ret->others[i].interface), interface);
}

/* Hands each address of the family on each interface that is asked, and counts, to the search; or, where
 * OTHERS is given, all but the one that was found to it. */
static void walk(Search *s, const Address *found, Selection *others)
{
        const Link *link = NULL;
        bool asked = false;
        size_t n;
        const Address *entries = address_set_entries(network_addresses(s->network), &n);

        for (size_t i = 0; i < n; i++) {
                const Address *a = &entries[i];

                if (i == 0 || a->ifindex != entries[i - 1].ifindex) {
                        link = network_link(s->network, a->ifindex);
                        asked = is_asked(s, link);
                }
                if (!asked || a->ip.family != family_to_af(s->family))
                        continue;
                s->any_address = true;
                if (judge(s, a) != VERDICT_COUNTS)
                        continue;
                if (!others)
                        consider(s, a);
                else if (!ip_address_equal(&a->ip, &found->ip))
                        selection_add_other(others, &a->ip, link->name);
        }
}

/* The best default route that is not passed over; NULL where there is none. */
static const DefaultRoute *choose_route(const Search *s, char tunnel[static IFNAMSIZ])
{
        size_t n;
        const DefaultRoute *routes = network_routes(s->network, s->family, &n);

        for (size_t i = 0; i < n; i++) {
                const Link *link = network_link(s->network, routes[i].ifindex);

                if (!link || !link->up)
                        continue;
                if (s->question == ASK_NAMED ? is_named(s->options, link->name) : !link_is_tunnel(link))
                        return &routes[i];
                if (s->question != ASK_NAMED && tunnel[0] == '\0')
                        string_copy(tunnel, IFNAMSIZ, link->name);
        }
        return NULL;
}

/* Another way to the world that is as good as HOP: the next one of its metric that is not passed over. */
static const DefaultRoute *next_hop(const Search *s, const DefaultRoute *hop)
{
        size_t n;
        const DefaultRoute *routes = network_routes(s->network, s->family, &n);

        for (const DefaultRoute *next = hop + 1; next < routes + n && next->metric == hop->metric; next++) {
                const Link *link = network_link(s->network, next->ifindex);

                if (link && link->up && !link_is_tunnel(link))
                        return next;
        }
        return NULL;
}

static bool any_interface_named(const Network *network, const SelectionOptions *options)
{
        const Link *link;

        for (size_t i = 0; (link = network_link_at(network, i)); i++)
                if (link->up && is_named(options, link->name))
                        return true;
        return false;
}

static SelectionReason search_named(Search *s, Selection *ret)
{
        s->question = ASK_NAMED;
        s->route = choose_route(s, ret->tunnel[s->family]);
        walk(s, NULL, NULL);
        if (s->newest)
                return REASON_SELECTED;
        if (s->any_address)
                return REASON_NONE_COUNTS;
        return any_interface_named(s->network, s->options) ? REASON_NO_ADDRESS : REASON_NO_INTERFACE;
}

/* Of several hops of one metric the first that has an address that counts is asked. */
static SelectionReason search_route(Search *s, Selection *ret)
{
        Family f = s->family;
        const DefaultRoute *route;

        s->question = ASK_ROUTE;
        route = choose_route(s, ret->tunnel[f]);
        if (!route)
                return ret->tunnel[f][0] != '\0' ? REASON_ONLY_TUNNEL : REASON_NO_DEFAULT_ROUTE;
        for (const DefaultRoute *hop = route; hop && !s->newest; hop = next_hop(s, hop)) {
                s->route = hop;
                walk(s, NULL, NULL);
        }
        if (!s->newest)
                s->route = route;
        string_copy(ret->asked[f], IFNAMSIZ, network_link(s->network, s->route->ifindex)->name);
        if (s->newest)
                return REASON_SELECTED;

        SelectionReason reason = s->any_address ? REASON_NONE_COUNTS : REASON_NO_ADDRESS;
        if (f == FAMILY_IPV6) {
                s->question = ASK_DELEGATED;
                walk(s, NULL, NULL);
        }
        return s->newest ? REASON_SELECTED : reason;
}

static void select_family(Search *s, Selection *ret)
{
        Family f = s->family;

        ret->reason[f] = s->options->n_interfaces > 0 ? search_named(s, ret) : search_route(s, ret);
        if (ret->reason[f] != REASON_SELECTED)
                return;

        const Address *found = best(s);
        ret->family[f].address = found->ip;
        string_copy(ret->family[f].interface, IFNAMSIZ, network_link(s->network, found->ifindex)->name);
        walk(s, found, ret);
}

void select_addresses(const Network *network, const SelectionOptions *options,
                      const IpAddress settled[static FAMILY_COUNT], Selection *ret)
{
        Selection selection = {0};

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                Search s = {.network = network, .options = options, .family = f, .settled = &settled[f]};

                if (options->family[f])
                        select_family(&s, &selection);
                else
                        selection.reason[f] = REASON_NOT_WATCHED;
        }
        *ret = selection;
}

AddressVerdict selection_judge(const Network *network, const SelectionOptions *options, const Address *a)
{
        static const IpAddress none;
        Family f = a->ip.family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6;
        Search s = {.network = network, .options = options, .family = f, .settled = &none};
        const Link *link = network_link(network, a->ifindex);
        bool named = options->n_interfaces > 0;
        Selection scratch = {0};

        if (!options->family[f])
                return VERDICT_NOT_WATCHED;
        if (!link || !link->up)
                return VERDICT_DOWN;
        if (named && !is_named(options, link->name))
                return VERDICT_NOT_NAMED;
        if (named)
                return judge(&s, a);
        if (link_is_tunnel(link))
                return VERDICT_TUNNEL;
        (void)search_route(&s, &scratch);
        if (!s.route)
                return VERDICT_NO_ROUTE;
        return is_asked(&s, link) ? judge(&s, a) : VERDICT_OFF_ROUTE;
}

bool selection_equal(const Selection *a, const Selection *b)
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (!ip_address_equal(&a->family[f].address, &b->family[f].address) ||
                    !streq(a->family[f].interface, b->family[f].interface))
                        return false;
        return true;
}

static const char *const reason_names[REASON_COUNT] = {
        [REASON_SELECTED] = "selected",
        [REASON_NOT_WATCHED] = "not-watched",
        [REASON_NO_DEFAULT_ROUTE] = "no-default-route",
        [REASON_ONLY_TUNNEL] = "only-tunnel",
        [REASON_NO_INTERFACE] = "no-interface",
        [REASON_NO_ADDRESS] = "no-address",
        [REASON_NONE_COUNTS] = "none-counts",
        [REASON_OUTSIDE_UNKNOWN] = "outside-unknown",
};

const char *selection_reason_name(SelectionReason r)
{
        return reason_names[r];
}

int selection_reason_from_name(const char *name, SelectionReason *ret)
{
        int i = string_index(reason_names, REASON_COUNT, name);

        if (i < 0)
                return i;
        *ret = (SelectionReason)i;
        return 0;
}

static void explain_selected(const Selection *s, Family f, char *ret, size_t size)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&s->family[f].address, text);
        if (s->tunnel[f][0] != '\0')
                (void)snprintf(ret, size,
                               "%s on %s (the default route through the tunnel %s is passed over)", text,
                               s->family[f].interface, s->tunnel[f]);
        else
                (void)snprintf(ret, size, "%s on %s", text, s->family[f].interface);
}

void selection_explain(const Selection *s, Family f, char *ret, size_t size)
{
        const char *family = family_name(f);
        const char *asked = s->asked[f][0] != '\0' ? s->asked[f] : "what watch.interfaces names";

        switch (s->reason[f]) {
        case REASON_SELECTED:
                explain_selected(s, f, ret, size);
                break;
        case REASON_NOT_WATCHED:
                (void)snprintf(ret, size, "watch.families leaves %s out", family);
                break;
        case REASON_NO_DEFAULT_ROUTE:
                (void)snprintf(ret, size, "there is no %s default route", family);
                break;
        case REASON_ONLY_TUNNEL:
                (void)snprintf(ret, size,
                               "the %s default route leads through the tunnel %s, which counts only where "
                               "watch.interfaces names it",
                               family, s->tunnel[f]);
                break;
        case REASON_NO_INTERFACE:
                (void)snprintf(ret, size, "no interface that is up matches watch.interfaces");
                break;
        case REASON_NO_ADDRESS:
                (void)snprintf(ret, size, "%s has no %s address", asked, family);
                break;
        case REASON_NONE_COUNTS:
                (void)snprintf(
                        ret, size,
                        "%s has only %s addresses that do not count (link-local, tentative, temporary, "
                        "deprecated or left out by watch.private)",
                        asked, family);
                break;
        case REASON_OUTSIDE_UNKNOWN:
                (void)snprintf(ret, size, "no source of watch.sources knows the %s address outside", family);
                break;
        case REASON_COUNT:
                break;
        }
}
