/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/status-line.h"

#include <stdio.h>

#include "daemon/clock.h"

/* "IPv4 203.0.113.1 on eth0, IPv6 none" */
static void describe_addresses(const Status *s, Text *t)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const AddressRecord *r = &s->family[f].settled;
                char address[IP_ADDRESS_TEXT_MAX];

                ip_address_format(&r->address, address);
                text_appendf(t, "%s%s %s", f > 0 ? ", " : "", family_name(f), address);
                if (ip_address_is_set(&r->address))
                        text_appendf(t, " on %s", r->interface);
        }
}

static bool has_address(const Status *s)
{
        bool any = false;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                any = any || ip_address_is_set(&s->family[f].settled.address);
        return any;
}

static void describe_owed(const Status *s, Text *t)
{
        size_t owed = 0, enabled = 0;
        usec_t next = USEC_INFINITY;
        char when[WALL_TIME_TEXT_MAX];

        for (size_t i = 0; i < s->n_destinations; i++) {
                const StatusDestination *d = &s->destinations[i];

                enabled += d->enabled;
                owed += d->enabled && d->owed != STATUS_OWED_NOTHING;
                next = MIN(next, d->due);
        }
        if (owed == 0 && !has_address(s)) {
                text_append_string(t, "; nothing to tell");
                return;
        }
        text_appendf(t, "; %zu of %zu destinations told", enabled - owed, enabled);
        if (owed == 0)
                return;
        if (s->held)
                text_append_string(t, ", login refused");
        wall_time_format_plain(clock_wall_at(next), when);
        text_appendf(t, ", next try %s", when);
}

void status_line(const Status *s, char *ret, size_t size)
{
        _cleanup_text_ Text t = {0};

        if (!s->settled)
                text_append_string(&t, s->heard ? "Waiting for the addresses to settle"
                                                : "Reading the addresses from the kernel");
        else
                describe_addresses(s, &t);
        if (s->service.settings == STATUS_SETTINGS_UNUSABLE)
                text_append_string(&t, "; settings not usable, mail is off until a reload");
        else if (!s->mail_enabled)
                text_append_string(&t, "; mail is off in the settings");
        else if (s->sending)
                text_append_string(&t, "; sending");
        else if (s->settled)
                describe_owed(s, &t);
        (void)snprintf(ret, size, "%s", t.data && !t.failed ? t.data : "Running");
}
