/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/mail-events.h"

#include <stdio.h>
#include <syslog.h>

#include "mail/hint.h"

static void add_addresses(Event *e, const char *name, const IpAddress addresses[static FAMILY_COUNT])
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char text[IP_ADDRESS_TEXT_MAX];

                if (!ip_address_is_set(&addresses[f]))
                        continue;
                ip_address_format(&addresses[f], text);
                event_add(e, name, text);
        }
}

static void add_notice(Event *e, const Notice *n)
{
        if (!n)
                return;
        add_addresses(e, "NEW", n->facts.new);
        add_addresses(e, "OLD", n->facts.old);
        event_add(e, "INTERFACE",
                  *n->facts.interface[FAMILY_IPV4] ? n->facts.interface[FAMILY_IPV4]
                                                   : n->facts.interface[FAMILY_IPV6]);
        event_add(e, "MAIL_ID", n->message_id);
}

static void add_result(Event *e, const Result *r)
{
        char code[16];

        event_add(e, "STEP", step_name(r->step));
        if (r->code > 0) {
                (void)snprintf(code, sizeof(code), "%u", r->code);
                event_add(e, "CODE", code);
        }
        event_add(e, "ENHANCED_CODE", r->enhanced);
        event_add(e, "SERVER", r->server);
        event_add(e, "SERVER_TEXT", r->server_text);
        event_add(e, "CAUSE", r->cause);
        event_add(e, "HINT", r->hint);
}

/* The destinations come last: an event holds only so many fields, and a session may put off more. */
static void add_fields(Event *e, const MailEvent *m)
{
        add_notice(e, m->notice);
        add_result(e, m->result);
        if (m->attempt > 0) {
                char attempt[16];

                (void)snprintf(attempt, sizeof(attempt), "%u", m->attempt);
                event_add(e, "ATTEMPT", attempt);
        }
        if (m->has_next_try) {
                char next[WALL_TIME_TEXT_MAX];

                wall_time_format_iso(m->next_try, next);
                event_add(e, "NEXT_TRY", next);
        }
        for (size_t i = 0; i < m->n_to; i++)
                event_add(e, "DESTINATION", m->to[i]);
}

/* " to a@example.com, b@example.com and 7 more (02:00:5e:10:00:01)": those of one mail have one label. */
static void append_destinations(Event *e, const MailEvent *m)
{
        size_t shown = MIN(m->n_to, (size_t)3);

        for (size_t i = 0; i < shown; i++)
                event_appendf(e, "%s%s", i == 0 ? " to " : ", ", m->to[i]);
        if (m->n_to > shown)
                event_appendf(e, " and %zu more", m->n_to - shown);
        if (m->notice && *m->notice->facts.mac)
                event_appendf(e, " (%s)", m->notice->facts.mac);
}

static void append_addresses(Event *e, const Notice *n)
{
        const char *separator = " ";

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char text[IP_ADDRESS_TEXT_MAX];

                if (!ip_address_is_set(&n->facts.new[f]))
                        continue;
                ip_address_format(&n->facts.new[f], text);
                event_appendf(e, "%s%s", separator, text);
                separator = ", ";
        }
}

/* "535 5.7.8 Authentication failed", "-ERR [AUTH] Authentication failed.", or our own words. */
static void append_words(Event *e, const Result *r)
{
        if (r->code > 0)
                event_appendf(e, ": the server said \"%u%s%s%s%s\"", r->code, *r->enhanced ? " " : "",
                              r->enhanced, *r->server_text ? " " : "", r->server_text);
        else if (*r->server_text)
                event_appendf(e, ": the server said \"%s\"", r->server_text);
        if (*r->cause)
                event_appendf(e, ": %s", r->cause);
}

static void append_hint(Event *e, const Result *r)
{
        const char *text = hint_text(r->hint, LANGUAGE_EN);

        if (text)
                event_appendf(e, "; hint: %s", text);
}

void log_mail_started(const MailEvent *m)
{
        _cleanup_(event_freep) Event *e = NULL;

        if (event_new(EVENT_MAIL_STARTED, &e) < 0)
                return;
        append_addresses(e, m->notice);
        append_destinations(e, m);
        if (*m->result->server)
                event_appendf(e, " through %s", m->result->server);
        add_fields(e, m);
        event_log(e);
}

void log_mail_completed(const MailEvent *m)
{
        _cleanup_(event_freep) Event *e = NULL;

        if (event_new(EVENT_MAIL_COMPLETED, &e) < 0)
                return;
        append_addresses(e, m->notice);
        append_destinations(e, m);
        append_words(e, m->result);
        add_fields(e, m);
        event_log(e);
}

static EventType trouble_type(Outcome o)
{
        if (o == OUTCOME_LOGIN_REFUSED)
                return EVENT_AUTH_FAILED;
        if (o == OUTCOME_UNKNOWN || o == OUTCOME_STILL_HELD || outcome_is_deferral(o))
                return EVENT_MAIL_DEFERRED;
        return EVENT_MAIL_FAILED;
}

void log_mail_trouble(const MailEvent *m)
{
        _cleanup_(event_freep) Event *e = NULL;
        EventType type = trouble_type(m->result->outcome);
        char next[WALL_TIME_TEXT_MAX] = "";

        if (event_new(type, &e) < 0)
                return;
        if (m->has_next_try)
                wall_time_format_plain(m->next_try, next);
        if (type == EVENT_MAIL_DEFERRED && *next)
                event_appendf(e, " until %s,", next);
        append_destinations(e, m);
        if (m->result->step != STEP_NONE)
                event_appendf(e, ": step %s", step_name(m->result->step));
        if (*m->result->server)
                event_appendf(e, " (%s)", m->result->server);
        append_words(e, m->result);
        append_hint(e, m->result);
        if (m->result->outcome == OUTCOME_UNKNOWN)
                event_appendf(e, "; whether it arrived is not known, %s",
                              m->outdated ? "and what is true now follows in a new mail"
                                          : "so it goes out again under its Message-ID");
        if (type != EVENT_MAIL_DEFERRED && *next)
                event_appendf(e, "; next try %s", next);
        add_fields(e, m);
        event_log(e);
}

void log_mail_superseded(const MailEvent *m)
{
        _cleanup_(event_freep) Event *e = NULL;

        if (event_new(EVENT_MAIL_SUPERSEDED, &e) < 0)
                return;
        append_addresses(e, m->notice);
        append_destinations(e, m);
        event_appendf(e, ": %s; not sent",
                      *m->result->cause ? m->result->cause : "not true any more, or nobody left to tell");
        add_fields(e, m);
        event_log(e);
}

static void append_change(Event *e, Family f, const SettledChange *c, const AddressRecord *record,
                          const char *separator)
{
        char old[IP_ADDRESS_TEXT_MAX], new[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&c->old, old);
        ip_address_format(&c->new, new);
        event_appendf(e, "%s%s %s on %s", separator, family_name(f), new, record->interface);
        if (record->origin.source != SOURCE_INTERFACE)
                event_appendf(e, ", outside, by %s, NAT %s", source_name(record->origin.source),
                              nat_name(record->origin.nat));
        if (ip_address_is_set(&c->old))
                event_appendf(e, " (was %s)", old);
        event_add(e, "NEW", new);
        event_add(e, "OLD", ip_address_is_set(&c->old) ? old : NULL);
}

static void log_changed(const SettledChange change[static FAMILY_COUNT],
                        const AddressRecord records[static FAMILY_COUNT])
{
        _cleanup_(event_freep) Event *e = NULL;
        const char *separator = " ", *interface = NULL;

        if (event_new(EVENT_ADDRESS_CHANGED, &e) < 0)
                return;
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                if (!change[f].changed || change[f].gone)
                        continue;
                append_change(e, f, &change[f], &records[f], separator);
                separator = ", ";
                interface = interface ? interface : records[f].interface;
        }
        if (!interface)
                return;
        event_add(e, "INTERFACE", interface);
        event_log(e);
}

static void log_gone(Family f, const SettledChange *c, const Selection *settled, const AddressRecord *record)
{
        _cleanup_(event_freep) Event *e = NULL;
        char old[IP_ADDRESS_TEXT_MAX], why[256];

        if (event_new(EVENT_ADDRESS_GONE, &e) < 0)
                return;
        ip_address_format(&c->old, old);
        selection_explain(settled, f, why, sizeof(why));
        event_appendf(e, " %s %s was on %s; %s", family_name(f), old, record->interface, why);
        event_add(e, "OLD", old);
        event_add(e, "INTERFACE", record->interface);
        event_log(e);
}

void log_addresses(const SettledChange change[static FAMILY_COUNT], const Selection *settled,
                   const AddressRecord records[static FAMILY_COUNT])
{
        log_changed(change, records);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (change[f].gone)
                        log_gone(f, &change[f], settled, &records[f]);
}

void log_no_addresses(const Selection *settled)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char why[256];

                selection_explain(settled, f, why, sizeof(why));
                log_line(LOG_NOTICE, "No %s address counts: %s", family_name(f), why);
        }
}
