/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/template.h"

#include "address/address-scope.h"

/* The built-in English mail. What changed comes first, its new address alone on its own line, so that a
 * thumb can select it; the rest is what a person on the road asks next. */

typedef enum Change {
        CHANGE_NONE,  /* the family is as it was told */
        CHANGE_FIRST, /* never told, or told "none" */
        CHANGE_NEW,
        CHANGE_LOST, /* there is none now */
} Change;

static Change family_change(const Facts *facts, Family f)
{
        if (!ip_address_is_set(&facts->new[f]))
                return CHANGE_LOST;
        if (!ip_address_is_set(&facts->old[f]))
                return CHANGE_FIRST;
        return ip_address_equal(&facts->new[f], &facts->old[f]) ? CHANGE_NONE : CHANGE_NEW;
}

static bool is_news(Change c)
{
        return c == CHANGE_FIRST || c == CHANGE_NEW;
}

static bool any_old(const Facts *facts)
{
        return family_change(facts, FAMILY_IPV4) == CHANGE_NEW ||
               family_change(facts, FAMILY_IPV6) == CHANGE_NEW;
}

static void append_address(Text *t, const IpAddress *a)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(a, text);
        text_append_string(t, text);
}

int template_subject(const Order *order, const Notice *notice, Text *ret)
{
        const Facts *facts = &notice->facts;
        const char *separator = " ";

        text_appendf(ret, "[%s] %sIP address%s:", facts->host, order->test ? "Test: " : "",
                     any_old(facts) ? " changed" : "");
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                Change change = family_change(facts, f);

                if (!is_news(change))
                        continue;
                text_append_string(ret, separator);
                append_address(ret, &facts->new[f]);
                if (change == CHANGE_NEW) {
                        text_append_string(ret, " (was ");
                        append_address(ret, &facts->old[f]);
                        text_append_string(ret, ")");
                }
                separator = ", ";
        }
        return text_error(ret);
}

/* Why a stranger on the Internet cannot reach it, or NULL. */
static const char *unreachable_because(AddressScope scope)
{
        switch (scope) {
        case SCOPE_CGN:
                return "it is behind the provider's address sharing (carrier-grade NAT, 100.64.0.0/10)";
        case SCOPE_DSLITE:
                return "it is the inside of a DS-Lite tunnel (192.0.0.0/29); the line has no IPv4 address "
                       "of its own";
        case SCOPE_PRIVATE:
                return "it is a private address, used inside this network alone";
        case SCOPE_ULA:
                return "it is a unique local address (fc00::/7), used inside this network alone";
        case SCOPE_PUBLIC:
        case SCOPE_DOCUMENTATION:
        case SCOPE_LINK_LOCAL:
        case SCOPE_LOOPBACK:
        case SCOPE_UNUSABLE:
        case SCOPE_COUNT:
                break;
        }
        return NULL;
}

static void append_unreachable(Text *t, const IpAddress *a)
{
        const char *because = unreachable_because(address_scope(a));

        if (because) {
                text_append_string(t, "\n");
                append_address(t, a);
                text_appendf(t, " can't be reached from outside:\n%s.\n", because);
        }
}

static void append_news(Text *t, const Facts *facts, Family f)
{
        Change change = family_change(facts, f);

        text_appendf(t, "%s %s address:\n\n", change == CHANGE_NEW ? "New" : "The", family_name(f));
        append_address(t, &facts->new[f]);
        text_append_string(t, "\n\n");
        if (change == CHANGE_NEW) {
                text_appendf(t, "Old %s address: ", family_name(f));
                append_address(t, &facts->old[f]);
                text_append_string(t, "\n");
        }
        if (*facts->interface[f])
                text_appendf(t, "Interface: %s\n", facts->interface[f]);
        append_unreachable(t, &facts->new[f]);
        text_append_string(t, "\n");
}

/* One line for the family that is no news. */
static void append_state(Text *t, const Facts *facts, Family f)
{
        text_appendf(t, "%s: ", family_name(f));
        if (ip_address_is_set(&facts->new[f])) {
                append_address(t, &facts->new[f]);
                text_append_string(t, " (as before)\n");
        } else if (ip_address_is_set(&facts->old[f])) {
                text_append_string(t, "none now (was ");
                append_address(t, &facts->old[f]);
                text_append_string(t, ")\n");
        } else
                text_append_string(t, "none now\n");
}

static void append_others(Text *t, const Order *order)
{
        if (order->n_others == 0)
                return;
        text_append_string(t, "\nOther addresses of this machine:\n");
        for (size_t i = 0; i < order->n_others; i++) {
                text_append_string(t, "  ");
                append_address(t, &order->others[i].address);
                text_appendf(t, " (%s)\n", order->others[i].interface);
        }
}

int template_body(const Order *order, const Notice *notice, Text *ret)
{
        const Facts *facts = &notice->facts;
        char changed[WALL_TIME_TEXT_MAX];

        if (order->test)
                text_append_string(ret,
                                   "This is a test, which its owner asked for; nothing has changed.\n\n");
        text_appendf(ret,
                     any_old(facts) ? "The IP address of %s has changed.\n\n"
                                    : "This is the IP address of %s.\n\n",
                     facts->host);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (is_news(family_change(facts, f)))
                        append_news(ret, facts, f);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (!is_news(family_change(facts, f)))
                        append_state(ret, facts, f);

        wall_time_format_plain(facts->changed, changed);
        text_appendf(ret, "Host: %s\nTime: %s\n", facts->host, changed);
        append_others(ret, order);
        return text_error(ret);
}
