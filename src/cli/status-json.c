/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status-json.h"

#include "address/address-scope.h"
#include "cli/json.h"
#include "daemon/clock.h"
#include "mail/hint.h"

static void add_time(Text *t, const char *key, WallTime time)
{
        char text[WALL_TIME_TEXT_MAX];

        wall_time_format_iso(time, text);
        json_string(t, key, time.seconds ? text : NULL); /* never: null */
}

static void add_due(Text *t, const char *key, usec_t due)
{
        if (due == USEC_INFINITY)
                json_string(t, key, NULL);
        else
                add_time(t, key, clock_wall_at(due));
}

static void add_address(Text *t, const char *key, const IpAddress *a)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(a, text);
        json_string(t, key, ip_address_is_set(a) ? text : NULL);
}

static void add_word(Text *t, const char *key, const char *word)
{
        json_string(t, key, *word ? word : NULL);
}

static void add_located(Text *t, const IpAddress *a, const char *interface)
{
        bool is_set = ip_address_is_set(a);

        add_address(t, "address", a);
        json_string(t, "interface", is_set ? interface : NULL);
        json_string(t, "scope", is_set ? address_scope_name(address_scope(a)) : NULL);
}

static void add_last(Text *t, const AddressRecord *r)
{
        json_begin(t, "last", '[');
        for (size_t i = 0; i < r->n_last; i++) {
                json_begin(t, NULL, '{');
                add_address(t, "address", &r->last[i]);
                add_time(t, "since", r->last_since[i]);
                add_time(t, "until", address_record_until(r, i));
                json_end(t, '}');
        }
        json_end(t, ']');
}

/* Where the address is known from, and what lies in front of this machine. */
static void add_origin(Text *t, const Origin *o)
{
        char other[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&o->other, other);
        json_string(t, "source", source_name(o->source));
        json_string(t, "nat", nat_name(o->nat));
        json_string(t, "nat_other", ip_address_is_set(&o->other) ? other : NULL);
}

/* The last time that there was none and has ended. */
static void add_away(Text *t, const AddressRecord *r)
{
        if (r->returned == 0) {
                json_string(t, "away", NULL);
                return;
        }
        json_begin(t, "away", '{');
        add_time(t, "since", r->gone);
        add_time(t, "until", r->back);
        json_end(t, '}');
}

static void add_others(Text *t, const Status *s, Family f)
{
        json_begin(t, "others", '[');
        for (size_t i = 0; i < s->n_others; i++) {
                if (s->others[i].address.family != family_to_af(f))
                        continue;
                json_begin(t, NULL, '{');
                add_located(t, &s->others[i].address, s->others[i].interface);
                json_end(t, '}');
        }
        json_end(t, ']');
}

static void add_left_out(Text *t, const Status *s, Family f)
{
        json_begin(t, "left_out", '[');
        for (size_t i = 0; i < s->n_left_out; i++) {
                if (s->left_out[i].address.family != family_to_af(f))
                        continue;
                json_begin(t, NULL, '{');
                add_located(t, &s->left_out[i].address, s->left_out[i].interface);
                json_string(t, "reason", address_verdict_name(s->left_out[i].verdict));
                json_end(t, '}');
        }
        json_end(t, ']');
}

static void add_family(Text *t, const Status *s, Family f)
{
        const StatusFamily *family = &s->family[f];

        json_begin(t, family_key(f), '{');
        add_located(t, &family->settled.address, family->settled.interface);
        add_origin(t, &family->settled.origin);
        add_time(t, "since", family->settled.since);
        json_begin(t, "now", '{');
        add_located(t, &family->candidate.address, family->candidate.interface);
        add_origin(t, &family->candidate.origin);
        json_string(t, "reason", s->heard ? selection_reason_name(family->reason) : NULL);
        add_word(t, "tunnel", family->tunnel);
        json_end(t, '}');
        add_others(t, s, f);
        add_left_out(t, s, f);
        add_last(t, &family->settled);
        add_away(t, &family->settled);
        json_end(t, '}');
}

static void add_failure(Text *t, const Failure *f)
{
        const Result *r = &f->result;

        if (r->outcome == OUTCOME_NONE) {
                json_string(t, "failure", NULL);
                return;
        }
        json_begin(t, "failure", '{');
        add_time(t, "at", f->at);
        json_string(t, "outcome", outcome_name(r->outcome));
        add_word(t, "step", step_name(r->step));
        add_word(t, "server", r->server);
        if (r->code > 0)
                json_number(t, "code", r->code);
        else
                json_string(t, "code", NULL);
        add_word(t, "enhanced_code", r->enhanced);
        add_word(t, "server_text", r->server_text);
        add_word(t, "cause", r->cause);
        add_word(t, "hint", r->hint);
        json_string(t, "hint_text", hint_text(r->hint, LANGUAGE_EN));
        json_end(t, '}');
}

static void add_families(Text *t, const char *key, const Told families[static FAMILY_COUNT])
{
        json_begin(t, key, '{');
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (families[f].known)
                        add_address(t, family_key(f), &families[f].address);
        json_end(t, '}');
}

static void add_content(Text *t, const StatusDestination *d)
{
        add_word(t, "template", d->content.template);
        json_begin(t, "attach", '[');
        for (size_t i = 0; i < d->content.n_attachments; i++)
                json_string(t, NULL, d->content.attachments[i]);
        json_end(t, ']');
        json_number(t, "remind_days", d->remind_days);
        add_time(t, "reminds_at", d->reminds_at);
}

static void add_destination(Text *t, const StatusDestination *d)
{
        json_begin(t, NULL, '{');
        json_string(t, "to", d->to);
        json_bool(t, "enabled", d->enabled);
        add_word(t, "mac", d->mac);
        json_string(t, "language", language_name(d->language));
        json_begin(t, "families", '[');
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (d->family[f])
                        json_string(t, NULL, family_key(f));
        json_end(t, ']');
        add_content(t, d);
        add_families(t, "told", d->told);
        add_time(t, "told_at", d->told_at);
        json_string(t, "owed", status_owed_name(d->owed));
        json_string(t, "waits_for", wait_name(d->wait));
        json_bool(t, "sending", d->sending);
        add_due(t, "next_try", d->due);
        add_failure(t, &d->failure);
        json_end(t, '}');
}

static void add_mail(Text *t, const Status *s)
{
        json_begin(t, "mail", '{');
        json_bool(t, "enabled", s->mail_enabled);
        add_word(t, "server", s->server);
        json_bool(t, "sending", s->sending);
        json_bool(t, "held", s->held);
        json_number(t, "tries", s->tries);
        add_due(t, "next_try", s->tries > 0 ? s->account_due : USEC_INFINITY);
        add_failure(t, &s->account_failure);
        json_end(t, '}');
}

void status_json(const Status *s, Text *t)
{
        json_begin(t, NULL, '{');
        json_number(t, "version", 1);
        json_bool(t, "running", s);
        if (s) {
                json_number(t, "pid", s->service.pid);
                add_time(t, "since", s->service.since);
                json_string(t, "config", s->service.config);
                json_string(t, "settings", status_settings_name(s->service.settings));
                json_bool(t, "ledger_writable", !s->service.ledger_unwritable);
                json_bool(t, "settled", s->settled);
                add_due(t, "settles_at", s->settles_at);
                json_begin(t, "addresses", '{');
                for (Family f = 0; f < FAMILY_COUNT; f++)
                        add_family(t, s, f);
                json_end(t, '}');
                add_mail(t, s);
                json_begin(t, "destinations", '[');
                for (size_t i = 0; i < s->n_destinations; i++)
                        add_destination(t, &s->destinations[i]);
                json_end(t, ']');
        }
        json_end(t, '}');
        text_append_string(t, "\n");
}
