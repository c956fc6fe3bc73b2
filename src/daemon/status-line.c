/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/status-line.h"

#include <stdio.h>

#include "daemon/clock.h"

/* "IPv4 203.0.113.1 on eth0, IPv6 none" */
static void describe_addresses(const Ledger *l, Text *t)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const AddressRecord *r = &l->addresses[f];
                char address[IP_ADDRESS_TEXT_MAX];

                ip_address_format(&r->address, address);
                text_appendf(t, "%s%s %s", f > 0 ? ", " : "", family_name(f), address);
                if (ip_address_is_set(&r->address))
                        text_appendf(t, " on %s", r->interface);
        }
}

static bool has_address(const Ledger *l)
{
        bool any = false;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                any = any || ip_address_is_set(&l->addresses[f].address);
        return any;
}

static void describe_owed(const StatusInput *in, Text *t)
{
        size_t owed = 0, enabled = settings_count_enabled(in->settings);
        usec_t next = plan_deadline(in->ledger, in->settings);
        char when[WALL_TIME_TEXT_MAX];

        for (size_t i = 0; i < in->settings->n_destinations; i++)
                owed += plan_next_try(in->ledger, in->settings, in->settings->destinations[i].to) !=
                        USEC_INFINITY;
        if (owed == 0 && !has_address(in->ledger)) {
                text_append_string(t, "; nothing to tell");
                return;
        }
        text_appendf(t, "; %zu of %zu destinations told", enabled - owed, enabled);
        if (owed == 0)
                return;
        if (in->ledger->account.hold.active)
                text_append_string(t, ", login refused");
        wall_time_format_plain(clock_wall_at(next), when);
        text_appendf(t, ", next try %s", when);
}

void status_line(const StatusInput *in, char *ret, size_t size)
{
        _cleanup_text_ Text t = {0};

        if (!in->ledger->settled)
                text_append_string(&t, in->settle->heard ? "Waiting for the addresses to settle"
                                                         : "Reading the addresses from the kernel");
        else
                describe_addresses(in->ledger, &t);
        if (!in->settings_usable)
                text_append_string(&t, "; settings not usable, mail is off until a reload");
        else if (!in->settings->mail.enabled)
                text_append_string(&t, "; mail is off in the settings");
        else if (in->sending)
                text_append_string(&t, "; sending");
        else if (in->ledger->settled)
                describe_owed(in, &t);
        (void)snprintf(ret, size, "%s", t.data && !t.failed ? t.data : "Running");
}
