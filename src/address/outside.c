/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/outside.h"

/* A source that falls silent says nothing of the address: what it said before is kept, from the settled
 * address, so that a restart keeps it as well. Only where no source has ever spoken does the interface's
 * private address count, as it does without them. */

bool source_order_has(const SourceOrder *o, Source s)
{
        for (size_t i = 0; i < o->n; i++)
                if (o->source[i] == s)
                        return true;
        return false;
}

bool source_order_looks_outside(const SourceOrder *o)
{
        return o->n > 1;
}

bool outside_is_asked(const SourceOrder *o, const Selection *s, Family f)
{
        return source_order_looks_outside(o) && s->reason[f] == REASON_SELECTED &&
               !address_scope_is_reachable(address_scope(&s->family[f].address));
}

static const OutsideReport *report_at(const SourceOrder *o, const OutsideReports *reports, size_t i,
                                      Family f)
{
        return &reports->of[o->source[i]][f];
}

static bool is_public(const OutsideReport *r)
{
        return r->state == OUTSIDE_KNOWN && address_scope_is_reachable(address_scope(&r->address));
}

/* The place in the order of whom to believe; 0, the interface's: nobody. */
static size_t choose(const SourceOrder *o, const OutsideReports *reports, Family f)
{
        size_t known = 0;

        for (size_t i = 1; i < o->n; i++) {
                const OutsideReport *r = report_at(o, reports, i, f);

                if (is_public(r))
                        return i;
                if (r->state == OUTSIDE_KNOWN)
                        known = i;
        }
        return known;
}

static Nat nat_of_router(const IpAddress *a)
{
        switch (address_scope(a)) {
        case SCOPE_PUBLIC:
        case SCOPE_DOCUMENTATION:
                return NAT_ROUTER;
        case SCOPE_CGN:
        case SCOPE_DSLITE:
                return NAT_CGN;
        case SCOPE_PRIVATE:
        case SCOPE_ULA:
        case SCOPE_LINK_LOCAL:
        case SCOPE_LOOPBACK:
        case SCOPE_UNUSABLE:
        case SCOPE_COUNT:
                break;
        }
        return NAT_DOUBLE;
}

/* What the others say beside the one that is believed: a router whose own address is not public weighs more
 * than two public ones. */
static Origin judge(const SourceOrder *o, const OutsideReports *reports, size_t chosen, Family f)
{
        const IpAddress *address = &report_at(o, reports, chosen, f)->address;
        Origin origin = {.source = o->source[chosen], .nat = nat_of_router(address)};

        for (size_t i = 1; i < o->n && origin.nat == NAT_ROUTER; i++) {
                const OutsideReport *r = report_at(o, reports, i, f);

                if (r->state == OUTSIDE_KNOWN && nat_of_router(&r->address) != NAT_ROUTER) {
                        origin.nat = nat_of_router(&r->address);
                        origin.other = r->address;
                }
        }
        for (size_t i = 1; i < o->n && origin.nat == NAT_ROUTER; i++) {
                const OutsideReport *r = report_at(o, reports, i, f);

                if (r->state == OUTSIDE_KNOWN && !ip_address_equal(&r->address, address)) {
                        origin.nat = NAT_DISAGREE;
                        origin.other = r->address;
                }
        }
        return origin;
}

static bool any_asking(const SourceOrder *o, const OutsideReports *reports, Family f)
{
        for (size_t i = 1; i < o->n; i++)
                if (report_at(o, reports, i, f)->state == OUTSIDE_ASKING)
                        return true;
        return false;
}

static void take(Selection *s, Family f, const IpAddress *address, Origin origin)
{
        SelectedAddress *to = &s->family[f];
        IpAddress inside = to->address;

        to->address = *address;
        to->origin = origin;
        if (!ip_address_is_set(address))
                s->reason[f] = REASON_OUTSIDE_UNKNOWN;
        if (!ip_address_equal(&inside, address))
                selection_add_other(s, &inside, to->interface);
}

/* What stands is from a source that is asked anew, as after a restart: those behind it wait for its answer,
 * or where they disagree each lost packet would be two mails. */
static bool is_reserved(const SourceOrder *o, const OutsideReports *reports, const OutsideSettled *settled,
                        size_t chosen, Family f)
{
        for (size_t i = 1; i < chosen && ip_address_is_set(&settled->address); i++)
                if (o->source[i] == settled->origin.source)
                        return report_at(o, reports, i, f)->state == OUTSIDE_ASKING;
        return false;
}

static void apply_family(const SourceOrder *o, const OutsideReports *reports, const OutsideSettled *settled,
                         Selection *s, Family f)
{
        size_t chosen = choose(o, reports, f);

        if (chosen > 0 && !is_reserved(o, reports, settled, chosen, f))
                take(s, f, &report_at(o, reports, chosen, f)->address, judge(o, reports, chosen, f));
        else if (settled->origin.source != SOURCE_INTERFACE || any_asking(o, reports, f))
                take(s, f, &settled->address, settled->origin);
}

void outside_apply(const SourceOrder *o, const OutsideReports *reports,
                   const OutsideSettled settled[static FAMILY_COUNT], bool private_addresses, Selection *s)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                SelectedAddress *a = &s->family[f];

                if (!outside_is_asked(o, s, f))
                        continue;
                apply_family(o, reports, &settled[f], s, f);
                if (private_addresses || !ip_address_is_set(&a->address) ||
                    address_scope_is_reachable(address_scope(&a->address)))
                        continue;
                a->address = (IpAddress){0};
                s->reason[f] = REASON_NONE_COUNTS;
        }
}
