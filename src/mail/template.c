/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/template.h"

#include <stdio.h>

#include "mail/words.h"

/* The shape of the built-in mail, whatever its language. What changed comes first, its new address alone on
 * its own line, so that a thumb can select it; the rest is what a person on the road asks next. */

#define PREFIX_OCTETS 8 /* of an IPv6 /64: the rest is the machine's own part (RFC 4291, 2.5.1) */

typedef enum Change {
        CHANGE_NONE,  /* the family is as it was told, or has no address now */
        CHANGE_FIRST, /* never told, or told "none" */
        CHANGE_NEW,
        CHANGE_STILL, /* as it was told, and told again */
} Change;

static Change family_change(const Facts *facts, Family f)
{
        if (!ip_address_is_set(&facts->new[f]))
                return CHANGE_NONE;
        if (!ip_address_is_set(&facts->old[f]))
                return CHANGE_FIRST;
        if (!ip_address_equal(&facts->new[f], &facts->old[f]))
                return CHANGE_NEW;
        return facts->still ? CHANGE_STILL : CHANGE_NONE;
}

/* Has the mail its whole text? */
static bool is_news(Change c)
{
        return c == CHANGE_FIRST || c == CHANGE_NEW || c == CHANGE_STILL;
}

static bool any_old(const Facts *facts)
{
        return family_change(facts, FAMILY_IPV4) == CHANGE_NEW ||
               family_change(facts, FAMILY_IPV6) == CHANGE_NEW;
}

int template_subject(const Order *order, const Notice *notice, Text *ret)
{
        const Facts *facts = &notice->facts;
        const char *separator = " ";

        text_appendf(ret, "[%s] ", facts->host);
        if (order->test)
                words_append(ret, WORDS_SUBJECT_TEST, facts->language, NULL, NULL);
        words_append(ret,
                     facts->still     ? WORDS_SUBJECT_STILL
                     : any_old(facts) ? WORDS_SUBJECT_CHANGED
                                      : WORDS_SUBJECT,
                     facts->language, NULL, NULL);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char new[IP_ADDRESS_TEXT_MAX], old[IP_ADDRESS_TEXT_MAX];
                Change change = family_change(facts, f);

                if (!is_news(change))
                        continue;
                ip_address_format(&facts->new[f], new);
                ip_address_format(&facts->old[f], old);
                text_appendf(ret, "%s%s", separator, new);
                if (change == CHANGE_NEW)
                        words_append(ret, WORDS_WAS, facts->language, old, NULL);
                separator = ", ";
        }
        return text_error(ret);
}

/* What a stranger on the Internet meets at this address. */
static Words reachability(const IpAddress *a, Family f)
{
        switch (address_scope(a)) {
        case SCOPE_CGN:
                return WORDS_BEHIND_CGN;
        case SCOPE_DSLITE:
                return WORDS_BEHIND_DSLITE;
        case SCOPE_PRIVATE:
                return WORDS_BEHIND_NAT;
        case SCOPE_ULA:
                return WORDS_UNIQUE_LOCAL;
        case SCOPE_PUBLIC:
        case SCOPE_DOCUMENTATION:
        case SCOPE_LINK_LOCAL:
        case SCOPE_LOOPBACK:
        case SCOPE_UNUSABLE:
        case SCOPE_COUNT:
                break;
        }
        return f == FAMILY_IPV4 ? WORDS_REACHED_IPV4 : WORDS_REACHED_IPV6;
}

/* The same of an address that is not this machine's own. */
static void append_outside(Text *t, const Facts *facts, Family f)
{
        static const Words said[SOURCE_COUNT] = {
                [SOURCE_GATEWAY] = WORDS_SAID_BY_GATEWAY,
                [SOURCE_STUN] = WORDS_SAID_BY_STUN,
                [SOURCE_FILE] = WORDS_SAID_BY_FILE,
        };
        static const Words ways[NAT_COUNT] = {
                [NAT_NONE] = WORDS_BEHIND_ROUTER,        [NAT_ROUTER] = WORDS_BEHIND_ROUTER,
                [NAT_DOUBLE] = WORDS_ROUTER_PRIVATE,     [NAT_CGN] = WORDS_ROUTER_SHARED,
                [NAT_DISAGREE] = WORDS_SOURCES_DISAGREE,
        };
        const Origin *o = &facts->origin[f];
        char other[IP_ADDRESS_TEXT_MAX];

        words_append(t, said[o->source], facts->language, NULL, NULL);
        ip_address_format(&o->other, other);
        if (address_scope_is_reachable(address_scope(&facts->new[f])))
                words_append(t, ways[o->nat], facts->language, other, NULL);
        else
                words_append(t, reachability(&facts->new[f], f), facts->language, NULL, NULL);
}

/* The families with an address that can be reached from outside, of those that are news or of the others:
 * "IPv4", "IPv6" or "IPv4/IPv6". False where there is none. */
static bool name_reachable(const Facts *facts, bool news, Text *ret)
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (origin_is_reachable(&facts->origin[f], &facts->new[f]) &&
                    is_news(family_change(facts, f)) == news)
                        text_appendf(ret, "%s%s", ret->size > 0 ? "/" : "", family_name(f));
        return ret->size > 0;
}

static void format_prefix(const IpAddress *a, char ret[static IP_ADDRESS_TEXT_MAX])
{
        IpAddress prefix = *a;

        memset(prefix.octets + PREFIX_OCTETS, 0, sizeof(prefix.octets) - PREFIX_OCTETS);
        ip_address_format(&prefix, ret);
}

/* With the prefix the whole network has moved, which whoever filters by it has to know. */
static void append_prefix(Text *t, const Facts *facts)
{
        char new[IP_ADDRESS_TEXT_MAX], old[IP_ADDRESS_TEXT_MAX];

        format_prefix(&facts->new[FAMILY_IPV6], new);
        format_prefix(&facts->old[FAMILY_IPV6], old);
        if (!streq(new, old))
                words_append(t, WORDS_PREFIX, facts->language, new, old);
}

static void append_news(Text *t, const Facts *facts, Family f)
{
        Change change = family_change(facts, f);
        char new[IP_ADDRESS_TEXT_MAX], old[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&facts->new[f], new);
        ip_address_format(&facts->old[f], old);
        words_append(t, change == CHANGE_NEW ? WORDS_NEW_ADDRESS : WORDS_THE_ADDRESS, facts->language,
                     family_name(f), NULL);
        text_appendf(t, "\n%s\n\n", new);
        if (change == CHANGE_NEW)
                words_append(t, WORDS_OLD_ADDRESS, facts->language, family_name(f), old);
        if (change == CHANGE_NEW && f == FAMILY_IPV6)
                append_prefix(t, facts);
        if (*facts->interface[f])
                words_append(t, WORDS_INTERFACE, facts->language, facts->interface[f], NULL);
        if (facts->origin[f].source != SOURCE_INTERFACE)
                append_outside(t, facts, f);
        else
                words_append(t, reachability(&facts->new[f], f), facts->language, NULL, NULL);
        text_append_string(t, "\n");
}

/* The two largest units: "3 h 12 min". */
static void append_duration(Text *t, Language l, int64_t seconds)
{
        static const struct {
                int64_t unit, part;
                Words words;
        } units[] = {
                {86400, 3600, WORDS_DAYS_HOURS},
                {3600, 60, WORDS_HOURS_MINUTES},
                {60, 1, WORDS_MINUTES},
                {1, 1, WORDS_SECONDS},
        };
        size_t i = 0;
        char whole[24], part[sizeof(whole)];

        while (seconds < units[i].unit && i + 1 < ELEMENTSOF(units))
                i++;
        (void)snprintf(whole, sizeof(whole), "%lld", (long long)(seconds / units[i].unit));
        (void)snprintf(part, sizeof(part), "%lld", (long long)(seconds % units[i].unit / units[i].part));
        words_append(t, units[i].words, l, whole, part);
}

static void append_away(Text *t, const Facts *facts, Family f)
{
        const Past *p = &facts->past[f];
        int64_t seconds = past_seconds_away(p);
        char gone[WALL_TIME_TEXT_MAX], back[WALL_TIME_TEXT_MAX];
        _cleanup_text_ Text duration = {0};

        wall_time_format_plain(p->gone, gone);
        wall_time_format_plain(p->back, back);
        if (!ip_address_is_set(&facts->new[f]))
                words_append(t, WORDS_STILL_GONE, facts->language, family_name(f), gone);
        else if (seconds < 0) /* the clock was set meanwhile */
                words_append(t, WORDS_GONE_UNTIL, facts->language, family_name(f), back);
        else {
                append_duration(&duration, facts->language, seconds);
                words_append(t, WORDS_GONE_FROM, facts->language, family_name(f), gone);
                words_append(t, WORDS_GONE_TO, facts->language, back, duration.data);
                t->failed = t->failed || duration.failed;
        }
}

static void append_lines_of_past(Text *t, const Facts *facts, const Past *p, size_t from, size_t to)
{
        char address[IP_ADDRESS_TEXT_MAX], since[WALL_TIME_TEXT_MAX];

        for (size_t i = from; i < to; i++) {
                ip_address_format(&p->last[i], address);
                wall_time_format_plain(p->last_since[i], since);
                words_append(t, WORDS_SINCE, facts->language, address, since);
        }
}

/* The last addresses: first those that came and went since the reader was told. */
static void append_past(Text *t, const Facts *facts, Family f)
{
        const Past *p = &facts->past[f];
        size_t between = (size_t)MIN(p->n_between, (uint64_t)p->n_last);
        char unknown[24];

        if (p->n_between > 0 || p->n_last > 0)
                text_append_string(t, "\n");
        if (p->n_between > 0)
                words_append(t, WORDS_BETWEEN, facts->language, family_name(f), NULL);
        append_lines_of_past(t, facts, p, 0, between);
        (void)snprintf(unknown, sizeof(unknown), "%llu", (unsigned long long)(p->n_between - between));
        if (p->n_between > between)
                words_append(t, WORDS_EARLIER, facts->language, unknown, NULL);
        if (p->n_last > between)
                words_append(t, WORDS_BEFORE, facts->language, family_name(f), NULL);
        append_lines_of_past(t, facts, p, between, p->n_last);
}

/* One line for the family that is no news. */
static void append_state(Text *t, const Facts *facts, Family f)
{
        char address[IP_ADDRESS_TEXT_MAX];
        Words w = WORDS_NONE;

        if (ip_address_is_set(&facts->new[f]))
                w = WORDS_AS_BEFORE;
        else if (ip_address_is_set(&facts->old[f]))
                w = WORDS_NONE_WAS;
        ip_address_format(&facts->old[f], address);
        words_append(t, w, facts->language, family_name(f), address);
}

static void append_circumstances(Text *t, const Facts *facts)
{
        char changed[WALL_TIME_TEXT_MAX];

        wall_time_format_plain(facts->changed, changed);
        if (*facts->mac)
                words_append(t, WORDS_PHONE, facts->language, facts->mac, NULL);
        words_append(t, WORDS_TIME, facts->language, changed, NULL);
}

static void append_others(Text *t, const Order *order, Language l)
{
        char address[IP_ADDRESS_TEXT_MAX];

        if (order->n_others == 0)
                return;
        text_append_string(t, "\n");
        words_append(t, WORDS_OTHERS, l, NULL, NULL);
        for (size_t i = 0; i < order->n_others; i++) {
                ip_address_format(&order->others[i].address, address);
                text_appendf(t, "  %s (%s)\n", address, order->others[i].interface);
        }
}

/* Which address a VPN can come in by: not each one that is new is. */
static void append_what_to_do(Text *t, const Facts *facts)
{
        _cleanup_text_ Text families = {0};
        Words w = WORDS_NOTHING_GETS_IN;

        if (name_reachable(facts, true, &families))
                w = facts->still ? WORDS_NOTHING_TO_DO : WORDS_WHAT_TO_DO;
        else if (name_reachable(facts, false, &families))
                w = WORDS_NOTHING_TO_DO;
        text_append_string(t, "\n");
        words_append(t, w, facts->language, families.data, NULL);
        t->failed = t->failed || families.failed;
}

int template_body(const Order *order, const Notice *notice, Text *ret)
{
        const Facts *facts = &notice->facts;

        if (order->test) {
                words_append(ret, WORDS_THIS_IS_A_TEST, facts->language, NULL, NULL);
                text_append_string(ret, "\n");
        }
        words_append(ret,
                     facts->still     ? WORDS_IS_STILL
                     : any_old(facts) ? WORDS_HAS_CHANGED
                                      : WORDS_IS,
                     facts->language, facts->host, NULL);
        text_append_string(ret, "\n");
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (is_news(family_change(facts, f)))
                        append_news(ret, facts, f);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (!is_news(family_change(facts, f)))
                        append_state(ret, facts, f);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (facts->past[f].away)
                        append_away(ret, facts, f);
        append_circumstances(ret, facts);
        append_what_to_do(ret, facts);
        append_others(ret, order, facts->language);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                append_past(ret, facts, f);
        text_append_string(ret, "\n");
        words_append(ret, WORDS_HOW_TO_STOP, facts->language, facts->host, NULL);
        return text_error(ret);
}

/* "203.0.113.9 (was 203.0.113.7) ppp0 11:02" */
static void append_short_news(Text *t, const Facts *facts, Family f, bool interface)
{
        static const size_t clock_at = sizeof("2026-11-24 ") - 1, clock_size = sizeof("09:18") - 1;
        char address[IP_ADDRESS_TEXT_MAX], changed[WALL_TIME_TEXT_MAX];

        ip_address_format(&facts->new[f], address);
        text_append_string(t, address);
        ip_address_format(&facts->old[f], address);
        if (family_change(facts, f) == CHANGE_NEW)
                words_append(t, WORDS_WAS, facts->language, address, NULL);
        if (interface && *facts->interface[f])
                text_appendf(t, " %s", facts->interface[f]);
        wall_time_format_plain(facts->changed, changed);
        text_append_string(t, " ");
        text_append(t, changed + clock_at, clock_size);
        text_append_string(t, "\n");
}

static void append_short(Text *t, const Order *order, const Facts *facts, bool interface)
{
        bool any = false;

        if (order->test)
                words_append(t, WORDS_SUBJECT_TEST, facts->language, NULL, NULL);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                bool news = is_news(family_change(facts, f));
                bool lost = !ip_address_is_set(&facts->new[f]) && ip_address_is_set(&facts->old[f]);

                if (news)
                        append_short_news(t, facts, f, interface);
                else if (lost)
                        append_state(t, facts, f);
                any = any || news || lost;
        }
        for (Family f = 0; f < FAMILY_COUNT && !any; f++)
                append_state(t, facts, f);
}

int template_short(const Order *order, const Notice *notice, Text *ret)
{
        _cleanup_text_ Text t = {0};

        append_short(&t, order, &notice->facts, true);
        if (t.size > TEMPLATE_SHORT_MAX) {
                text_done(&t);
                append_short(&t, order, &notice->facts, false);
        }
        text_append(ret, t.data, t.size);
        return t.failed ? -ENOMEM : text_error(ret);
}
