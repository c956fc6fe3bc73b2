/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/watch-lines.h"

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/status-words.h"

/* The name of an interface may hold any octet but a slash and white space, and is made harmless. */
typedef struct Name {
        char text[4 * IFNAMSIZ];
} Name;

static Name harmless(const char *name)
{
        Name n = {0};

        string_make_harmless(name, strlen(name), n.text, sizeof(n.text));
        return n;
}

static const char *what_became(const NetlinkEvent *e)
{
        if (!e->changed)
                return _("no change");
        if (e->message->removed)
                return _("deleted");
        return e->known ? _("changed") : _("new");
}

static Style append_address(Text *t, const NetlinkEvent *e, const Network *network,
                            const SelectionOptions *options)
{
        const Address *a = &e->message->address;
        AddressVerdict verdict = selection_judge(network, options, a);
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&a->ip, text);
        text_appendf(t, _("address %s on %s: %s"), text, harmless(e->interface).text, what_became(e));
        if (e->message->removed)
                return STYLE_PLAIN;
        if (verdict == VERDICT_COUNTS)
                text_appendf(t, "; %s", status_verdict_words(verdict));
        else
                text_appendf(t, _("; does not count: %s"), status_verdict_words(verdict));
        return verdict == VERDICT_COUNTS ? STYLE_PLAIN : STYLE_FAINT;
}

static void append_link(Text *t, const NetlinkEvent *e)
{
        const Link *link = &e->message->link;

        text_appendf(t, _("interface %s: %s"), harmless(e->interface).text, what_became(e));
        if (e->message->removed)
                return;
        text_appendf(t, ", %s", link->up ? _("up") : _("down"));
        if (link_is_tunnel(link))
                text_appendf(t, ", %s", _("tunnel"));
}

/* Each hop of a multipath route is one of its own. */
static void append_route(Text *t, const NetlinkEvent *e, const Network *network)
{
        const NetlinkMessage *m = e->message;

        for (size_t i = 0; i < m->n_routes; i++) {
                const DefaultRoute *r = &m->routes[i];
                const Link *link = network_link(network, r->ifindex);
                const char *family = family_name(r->family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6);
                char gateway[IP_ADDRESS_TEXT_MAX];

                ip_address_format(&r->gateway, gateway);
                text_append_string(t, i == 0 ? "" : "; ");
                text_appendf(t, _("%s default route on %s"), family, link ? harmless(link->name).text : "?");
                if (ip_address_is_set(&r->gateway))
                        text_appendf(t, _(" by %s"), gateway);
                text_appendf(t, _(", metric %u"), r->metric);
                if (link && link_is_tunnel(link))
                        text_appendf(t, ", %s", _("tunnel"));
        }
        text_appendf(t, ": %s", what_became(e));
}

Style watch_append_event(Text *t, const NetlinkEvent *event, const Network *network,
                         const SelectionOptions *options)
{
        switch (event->message->kind) {
        case MESSAGE_ADDRESS:
                return append_address(t, event, network, options);
        case MESSAGE_LINK:
                append_link(t, event);
                break;
        case MESSAGE_ROUTE:
                append_route(t, event, network);
                break;
        }
        return event->changed ? STYLE_PLAIN : STYLE_FAINT;
}

void watch_append_family(Text *t, const Selection *s, Family f)
{
        const SelectedAddress *a = &s->family[f];
        StatusFamily family = {.reason = s->reason[f]};
        char text[IP_ADDRESS_TEXT_MAX];

        text_appendf(t, "%s: ", family_name(f));
        if (ip_address_is_set(&a->address)) {
                ip_address_format(&a->address, text);
                text_appendf(t, _("%s on %s"), text, harmless(a->interface).text);
                return;
        }
        string_copy(family.tunnel, sizeof(family.tunnel), harmless(s->tunnel[f]).text);
        string_copy(family.asked, sizeof(family.asked), harmless(s->asked[f]).text);
        text_appendf(t, "%s, ", _("none"));
        status_append_reason(t, &family, f);
}

void watch_append_wait(Text *t, usec_t left)
{
        text_appendf(t, _("settling, %.1f s left"), (double)left / (double)USEC_PER_SEC);
}
