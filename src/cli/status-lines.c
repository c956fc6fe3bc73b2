/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status-lines.h"

#include "cli/messages.h"
#include "cli/status-words.h"
#include "cli/terminal.h"
#include "cli/wrap.h"
#include "mail/hint.h"

/* Sections of "  LABEL  text", the labels of a section in one column, and lines that begin below the text.
 * What needs somebody's hand stands out where colours are to be had, and says so in words anyway. */

#define LABEL_COLUMNS_MAX 32

typedef struct Lines {
        const StatusForm *form;
        Text *out;
        size_t labels; /* the columns of this section's labels */
} Lines;

static void begin_section(Lines *l, const char *title, size_t labels)
{
        l->labels = MIN(labels, (size_t)LABEL_COLUMNS_MAX);
        if (l->out->size > 0)
                text_append_string(l->out, "\n");
        text_appendf(l->out, "%s\n", title);
}

/* LABEL NULL: one that belongs to the line above. */
static void add_line(Lines *l, Style style, const char *label, const Text *words)
{
        size_t columns = label ? text_columns(label) : 0, indent = 2 + l->labels + 2;
        size_t begin = MAX(indent, 2 + columns + 2);

        if (!words->data)
                return;
        text_appendf(l->out, "  %s%*s", label ? label : "", (int)(begin - 2 - columns), "");
        text_append_string(l->out, terminal_style_begin(l->form->coloured, style));
        text_wrap(l->out, words->data, begin, indent, l->form->width);
        text_append_string(l->out, terminal_style_end(l->form->coloured, style));
        text_append_string(l->out, "\n");
}

static void add_words(Lines *l, Style style, const char *label, const char *words)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t, words);
        add_line(l, style, label, &t);
}

/* "; next try 2026-11-24 09:18:07 (in 4 min)" */
static void append_next_try(const Lines *l, Text *t, usec_t due)
{
        WallTime at = l->form->wall;
        int64_t ahead = (int64_t)(usec_sub(due, l->form->now) / USEC_PER_SEC);
        char when[STATUS_WORDS_MAX], span[STATUS_WORDS_MAX];

        if (due == USEC_INFINITY)
                return;
        if (due <= l->form->now) {
                text_append_string(t, _("; next try now"));
                return;
        }
        at.seconds += ahead;
        status_format_time(at, when);
        status_format_span(ahead, span);
        text_appendf(t, _("; next try %s (in %s)"), when, span);
}

static void add_failure(Lines *l, const Failure *f)
{
        _cleanup_text_ Text t = {0}, advice = {0};
        const char *hint = hint_text(f->result.hint, messages_language());
        char when[STATUS_WORDS_MAX];

        if (f->result.outcome == OUTCOME_NONE)
                return;
        status_format_time(f->at, when);
        text_appendf(&t, "%s ", when);
        status_append_failure(&t, &f->result);
        add_line(l, STYLE_BAD, NULL, &t);
        if (!hint)
                return;
        text_appendf(&advice, _("Hint: %s"), hint);
        add_line(l, STYLE_ADVICE, NULL, &advice);
}

static void add_settings(Lines *l, const StatusService *v)
{
        _cleanup_text_ Text t = {0};

        if (v->settings == STATUS_SETTINGS_GOOD) {
                add_words(l, STYLE_PLAIN, _("Settings"), v->config);
                return;
        }
        if (v->settings == STATUS_SETTINGS_KEPT)
                text_appendf(&t, _("%s holds a fault, so those before it are still in use"), v->config);
        else
                text_appendf(&t, _("%s holds a fault, so nothing is mailed"), v->config);
        text_appendf(&t, ": ipherald check --config %s", v->config);
        add_line(l, STYLE_BAD, _("Settings"), &t);
}

static void add_mail(Lines *l, const Status *s)
{
        _cleanup_text_ Text t = {0};

        if (s->service.settings == STATUS_SETTINGS_UNUSABLE)
                return;
        if (!s->mail_enabled) {
                add_words(l, STYLE_ADVICE, _("Mail"), _("off in the settings (mail.enabled)"));
                return;
        }
        text_appendf(&t, _("through %s"), s->server);
        if (s->sending)
                text_appendf(&t, ", %s", _("a session is open"));
        add_line(l, STYLE_PLAIN, _("Mail"), &t);
        if (s->held) {
                _cleanup_text_ Text held = {0};

                text_appendf(&held, _("the login was refused, and is held (refusals of this password: %u)"),
                             s->tries);
                append_next_try(l, &held, s->account_due);
                add_line(l, STYLE_BAD, NULL, &held);
        }
        add_failure(l, &s->account_failure);
}

static void add_service(Lines *l, const Status *s)
{
        const char *const labels[] = {_("Service"), _("Settings"), _("Mail"), _("Ledger")};
        const StatusService *v = &s->service;
        _cleanup_text_ Text t = {0};
        char since[STATUS_WORDS_MAX];
        size_t columns = 0;

        for (size_t i = 0; i < ELEMENTSOF(labels); i++)
                columns = MAX(columns, text_columns(labels[i]));
        begin_section(l, "ipherald", columns);
        status_format_time(v->since, since);
        text_appendf(&t, _("process %llu, running since %s"), (unsigned long long)v->pid, since);
        add_line(l, STYLE_GOOD, _("Service"), &t);
        add_settings(l, v);
        add_mail(l, s);
        if (v->ledger_unwritable)
                add_words(l, STYLE_BAD, _("Ledger"),
                          _("can't be written: mails go out, and may come again after a restart"));
}

static void append_located(Text *t, const IpAddress *a, const char *interface)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(a, text);
        text_appendf(t, _("%s on %s (%s)"), text, interface, status_scope_words(a));
}

static void append_since(Text *t, WallTime since, WallTime until)
{
        char when[STATUS_WORDS_MAX], span[STATUS_WORDS_MAX];

        status_format_time(since, when);
        status_format_span(until.seconds - since.seconds, span);
        text_appendf(t, _(", since %s (%s)"), when, span);
}

/* What it will be, or why it is none: where that is not what is settled. */
static void add_candidate(Lines *l, const Status *s, const StatusFamily *family, Family f)
{
        _cleanup_text_ Text t = {0};
        char span[STATUS_WORDS_MAX];

        if (!s->heard || (s->settled && s->settles_at == USEC_INFINITY))
                return;
        text_append_string(&t, _("settling: "));
        if (ip_address_is_set(&family->candidate.address))
                append_located(&t, &family->candidate.address, family->candidate.interface);
        else {
                text_appendf(&t, "%s, ", _("none"));
                status_append_reason(&t, family, f);
        }
        if (s->settles_at > l->form->now && s->settles_at != USEC_INFINITY) {
                status_format_span((int64_t)((s->settles_at - l->form->now) / USEC_PER_SEC), span);
                text_appendf(&t, _(", in %s"), span);
        }
        add_line(l, STYLE_ADVICE, NULL, &t);
}

/* Who knows the address outside, and what lies in front: as it is now, where that is the address. */
static void add_outside(Lines *l, const StatusFamily *family)
{
        const AddressRecord *r = &family->settled;
        bool same = ip_address_equal(&r->address, &family->candidate.address);
        const Origin *o = same ? &family->candidate.origin : &r->origin;
        _cleanup_text_ Text t = {0};

        if (!ip_address_is_set(&r->address) || o->source == SOURCE_INTERFACE)
                return;
        status_append_origin(&t, o);
        add_line(l, o->nat == NAT_ROUTER ? STYLE_FAINT : STYLE_ADVICE, NULL, &t);
}

static void add_left_out(Lines *l, const LeftOut *a)
{
        _cleanup_text_ Text t = {0};

        append_located(&t, &a->address, *a->interface ? a->interface : "?");
        text_appendf(&t, _("; does not count: %s"), status_verdict_words(a->verdict));
        add_line(l, STYLE_FAINT, NULL, &t);
}

static void add_family(Lines *l, const Status *s, Family f)
{
        const StatusFamily *family = &s->family[f];
        const AddressRecord *r = &family->settled;
        _cleanup_text_ Text t = {0};

        if (!s->settled)
                text_append_string(&t, s->heard ? _("not settled yet") : _("not read from the kernel yet"));
        else if (ip_address_is_set(&r->address)) {
                append_located(&t, &r->address, r->interface);
                append_since(&t, r->since, l->form->wall);
        } else {
                text_append_string(&t, _("none"));
                if (r->since.seconds)
                        append_since(&t, r->since, l->form->wall);
                if (family->reason != REASON_SELECTED)
                        text_append_string(&t, ": ");
                status_append_reason(&t, family, f);
        }
        add_line(l, STYLE_PLAIN, family_name(f), &t);
        add_outside(l, family);
        add_candidate(l, s, family, f);
        for (size_t i = 0; i < s->n_others; i++) {
                _cleanup_text_ Text other = {0};

                if (s->others[i].address.family != family_to_af(f))
                        continue;
                text_append_string(&other, _("also: "));
                append_located(&other, &s->others[i].address, s->others[i].interface);
                add_line(l, STYLE_FAINT, NULL, &other);
        }
        for (size_t i = 0; i < s->n_left_out; i++)
                if (s->left_out[i].address.family == family_to_af(f))
                        add_left_out(l, &s->left_out[i]);
}

static void add_last_line(Lines *l, const char *label, const char *address, WallTime since, WallTime until)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t, address);
        append_since(&t, since, until);
        add_line(l, STYLE_FAINT, label, &t);
}

/* With the last time of none between two of them. */
static void add_last(Lines *l, const AddressRecord *r, Family f)
{
        const char *label = family_name(f);

        for (size_t i = 0; i < r->n_last; i++) {
                char text[IP_ADDRESS_TEXT_MAX];

                if (address_record_was_away(r, i)) {
                        add_last_line(l, label, _("none"), r->gone, r->back);
                        label = NULL;
                }
                ip_address_format(&r->last[i], text);
                add_last_line(l, label, text, r->last_since[i], address_record_until(r, i));
                label = NULL;
        }
}

static void add_addresses(Lines *l, const Status *s)
{
        begin_section(l, _("Addresses"), text_columns(family_name(FAMILY_IPV4)));
        for (Family f = 0; f < FAMILY_COUNT; f++)
                add_family(l, s, f);
        if (l->form->dns)
                add_words(l, l->form->dns_is_old ? STYLE_BAD : STYLE_PLAIN, "DNS", l->form->dns);
        if (s->family[FAMILY_IPV4].settled.n_last + s->family[FAMILY_IPV6].settled.n_last == 0)
                return;
        begin_section(l, _("Addresses before"), text_columns(family_name(FAMILY_IPV4)));
        for (Family f = 0; f < FAMILY_COUNT; f++)
                add_last(l, &s->family[f].settled, f);
}

/* "203.0.113.1, no IPv6" */
static void append_addresses(Text *t, const Told addresses[static FAMILY_COUNT])
{
        const char *separator = "";

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char text[IP_ADDRESS_TEXT_MAX];

                if (!addresses[f].known)
                        continue;
                ip_address_format(&addresses[f].address, text);
                if (ip_address_is_set(&addresses[f].address))
                        text_appendf(t, "%s%s", separator, text);
                else
                        text_appendf(t, _("%sno %s"), separator, family_name(f));
                separator = ", ";
        }
}

static void add_owed(Lines *l, const Status *s, const StatusDestination *d)
{
        bool sad = d->wait == WAIT_FAILED || d->wait == WAIT_HELD;
        Told owed[FAMILY_COUNT] = {0};
        _cleanup_text_ Text t = {0}, addresses = {0};

        if (d->owed == STATUS_OWED_NOTHING)
                text_append_string(&t, status_wait_words(s, d));
        else {
                for (Family f = 0; f < FAMILY_COUNT; f++) {
                        owed[f].address = d->owed == STATUS_OWED_AGAIN ? d->attempted[f]
                                                                       : s->family[f].settled.address;
                        owed[f].known = ip_address_is_set(&owed[f].address);
                }
                append_addresses(&addresses, owed);
                text_appendf(&t, _("owed %s: %s"), addresses.data ? addresses.data : "",
                             status_wait_words(s, d));
                if (!d->sending)
                        append_next_try(l, &t, d->due);
        }
        add_line(l, sad ? STYLE_BAD : STYLE_ADVICE, NULL, &t);
}

static void append_item(Text *t, const char *item)
{
        text_appendf(t, "%s%s", t->size > 0 ? ", " : "", item);
}

/* What its mails are made of, where that is not the built-in text. */
static void append_content(Text *t, const MailContent *c)
{
        if (streq(c->template, CONTENT_SHORT))
                append_item(t, _("short mail"));
        else if (*c->template) {
                append_item(t, "");
                text_appendf(t, _("text of %s"), c->template);
        }
        for (size_t i = 0; i < c->n_attachments; i++) {
                append_item(t, "");
                text_appendf(t, _("with %s"), c->attachments[i]);
        }
}

static void append_reminder(Text *t, const StatusDestination *d, const StatusForm *form)
{
        WallTime at = {.seconds = d->reminds_at.seconds, .utc_offset = form->wall.utc_offset};
        char when[STATUS_WORDS_MAX];

        if (d->remind_days == 0)
                return;
        append_item(t, "");
        text_appendf(t, _("told again after %u days"), d->remind_days);
        if (at.seconds == 0)
                return;
        status_format_time(at, when);
        text_appendf(t, _(" (%s)"), when);
}

/* Whose phone it is, and what of the settings is not as with everybody. */
static void add_wishes(Lines *l, const StatusDestination *d)
{
        _cleanup_text_ Text t = {0};

        if (*d->mac)
                append_item(&t, d->mac);
        if (d->language == LANGUAGE_JA)
                append_item(&t, _("mail in Japanese"));
        if (d->family[FAMILY_IPV4] && !d->family[FAMILY_IPV6])
                append_item(&t, _("changes of IPv4 alone"));
        if (d->family[FAMILY_IPV6] && !d->family[FAMILY_IPV4])
                append_item(&t, _("changes of IPv6 alone"));
        append_content(&t, &d->content);
        append_reminder(&t, d, l->form);
        add_line(l, STYLE_FAINT, NULL, &t);
}

static void add_destination(Lines *l, const Status *s, const StatusDestination *d)
{
        bool told = d->told[FAMILY_IPV4].known || d->told[FAMILY_IPV6].known;
        _cleanup_text_ Text t = {0}, addresses = {0};
        char when[STATUS_WORDS_MAX];

        if (told) {
                append_addresses(&addresses, d->told);
                status_format_time(d->told_at, when);
                text_appendf(&t, _("told %s, %s"), addresses.data ? addresses.data : "", when);
        } else
                text_append_string(&t, _("told nothing yet"));
        if (!d->enabled)
                text_appendf(&t, "; %s", _("disabled in the settings"));
        add_line(l, told && d->wait == WAIT_NOTHING ? STYLE_GOOD : STYLE_PLAIN, d->to, &t);
        add_wishes(l, d);
        if (d->wait != WAIT_NOTHING && d->wait != WAIT_DISABLED)
                add_owed(l, s, d);
        add_failure(l, &d->failure);
}

static void add_destinations(Lines *l, const Status *s)
{
        size_t columns = 0;

        for (size_t i = 0; i < s->n_destinations; i++)
                columns = MAX(columns, text_columns(s->destinations[i].to));
        begin_section(l, _("Destinations"), columns);
        for (size_t i = 0; i < s->n_destinations; i++)
                add_destination(l, s, &s->destinations[i]);
        if (s->n_destinations == 0)
                add_words(l, STYLE_ADVICE, "-", _("none in the settings: nobody is told"));
}

void status_lines(const Status *s, const StatusForm *form, Text *t)
{
        Lines l = {.form = form, .out = t};

        add_service(&l, s);
        add_addresses(&l, s);
        add_destinations(&l, s);
}
