/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/status-text.h"

#include "base/string-util.h"
#include "decide/ledger-text.h"
#include "decide/notice-text.h"

/* The reader trusts the file no further than the checksum goes: whoever runs `ipherald status` may have
 * named a folder in which somebody else wrote it. */

#define STATUS_KIND    "ipherald-status"
#define STATUS_VERSION 1

static const char *const yes_no[] = {"no", "yes"};

/* The attachments, in their order. */
static const char *const attach_keys[] = {"attach-1", "attach-2", "attach-3", "attach-4"};
static_assert(ELEMENTSOF(attach_keys) == ATTACHMENTS_MAX, "each attachment has a key");

static void add_bool(Text *t, const char *key, bool value)
{
        record_add(t, key, yes_no[value]);
}

static int get_bool(const Record *r, const char *key, bool *ret)
{
        const char *value = record_get(r, key);
        int i = value ? string_index(yes_no, ELEMENTSOF(yes_no), value) : -EINVAL;

        if (i < 0)
                return -EBADMSG;
        *ret = i;
        return 0;
}

/* A time that may not be known is left out then. */
static void add_due(Text *t, const char *key, usec_t due)
{
        if (due != USEC_INFINITY)
                record_add_u64(t, key, due);
}

static int get_due(const Record *r, const char *key, usec_t *ret)
{
        *ret = USEC_INFINITY;
        return record_get(r, key) && record_get_u64(r, key, 0, USEC_INFINITY - 1, ret) < 0 ? -EBADMSG : 0;
}

static void write_failure(const Failure *f, Text *t)
{
        const Result *r = &f->result;

        if (r->outcome == OUTCOME_NONE)
                return;
        record_add_wall_time(t, "failed-at", f->at);
        record_add(t, "outcome", outcome_name(r->outcome));
        record_add(t, "step", step_name(r->step));
        record_add_u64(t, "code", r->code);
        record_add(t, "enhanced", r->enhanced);
        record_add(t, "text", r->server_text);
        record_add(t, "cause", r->cause);
        record_add(t, "hint", r->hint);
        record_add(t, "at-server", r->server);
}

static int read_failure(const Record *r, Failure *ret)
{
        const char *outcome = record_get(r, "outcome"), *step = record_get(r, "step");
        Failure f = {0};
        Result *result = &f.result;
        uint64_t code;

        if (!record_get(r, "failed-at"))
                return 0;
        if (record_get_wall_time(r, "failed-at", &f.at) < 0 || !outcome || !step ||
            outcome_from_name(outcome, &result->outcome) < 0 || result->outcome == OUTCOME_NONE ||
            step_from_name(step, &result->step) < 0 || record_get_u64(r, "code", 0, 599, &code) < 0 ||
            record_get_string(r, "enhanced", result->enhanced, sizeof(result->enhanced)) < 0 ||
            record_get_string(r, "text", result->server_text, sizeof(result->server_text)) < 0 ||
            record_get_string(r, "cause", result->cause, sizeof(result->cause)) < 0 ||
            record_get_string(r, "hint", result->hint, sizeof(result->hint)) < 0 ||
            record_get_string(r, "at-server", result->server, sizeof(result->server)) < 0)
                return -EBADMSG;
        result->code = (unsigned)code;
        *ret = f;
        return 0;
}

static void write_service(const Status *s, Text *t)
{
        const StatusService *v = &s->service;

        record_begin(t, "service");
        record_add_u64(t, "pid", v->pid);
        record_add_u64(t, "started-at", v->started_at);
        record_add_wall_time(t, "since", v->since);
        record_add(t, "config", v->config);
        record_add(t, "settings", status_settings_name(v->settings));
        record_add(t, "ledger", v->ledger_unwritable ? "unwritable" : NULL);
        record_end(t);
        record_begin(t, "mail");
        add_bool(t, "enabled", s->mail_enabled);
        record_add(t, "server", s->server);
        add_bool(t, "sending", s->sending);
        record_end(t);
        record_begin(t, "selection");
        add_bool(t, "heard", s->heard);
        add_bool(t, "settled", s->settled);
        add_due(t, "settles-at", s->settles_at);
        record_end(t);
}

static void begin_address(Text *t, const char *type, Family f, const IpAddress *a)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(a, text);
        record_begin(t, type);
        record_add(t, "family", family_key(f));
        record_add(t, "address", text);
}

static void write_family(const StatusFamily *s, Family f, Text *t)
{
        char candidate[IP_ADDRESS_TEXT_MAX];

        address_record_write(&s->settled, f, t);
        ip_address_format(&s->candidate.address, candidate);
        record_add(t, "candidate", candidate);
        record_add(t, "candidate-interface", s->candidate.interface);
        record_add_origin(t, "candidate-origin", &s->candidate.origin);
        record_add(t, "reason", selection_reason_name(s->reason));
        record_add(t, "tunnel", s->tunnel);
        record_add(t, "asked", s->asked);
        record_end(t);
        for (size_t i = 0; i < s->settled.n_last; i++) {
                begin_address(t, "last", f, &s->settled.last[i]);
                record_add_wall_time(t, "since", s->settled.last_since[i]);
                record_end(t);
        }
}

static void write_account(const Status *s, Text *t)
{
        record_begin(t, "account");
        add_bool(t, "held", s->held);
        record_add_u64(t, "tries", s->tries);
        record_add_u64(t, "due", s->account_due);
        write_failure(&s->account_failure, t);
        record_end(t);
}

static void write_content(const StatusDestination *d, Text *t)
{
        const MailContent *c = &d->content;

        record_add(t, "template", *c->template ? c->template : NULL);
        for (size_t i = 0; i < c->n_attachments; i++)
                record_add(t, attach_keys[i], c->attachments[i]);
        if (d->remind_days > 0)
                record_add_u64(t, "remind-days", d->remind_days);
        if (d->reminds_at.seconds > 0)
                record_add_wall_time(t, "reminds-at", d->reminds_at);
}

static void write_destination(const StatusDestination *d, Text *t)
{
        record_begin(t, "destination");
        record_add(t, "to", d->to);
        add_bool(t, "enabled", d->enabled);
        add_bool(t, "sending", d->sending);
        record_add(t, "mac", *d->mac ? d->mac : NULL);
        record_add(t, "language", language_name(d->language));
        for (Family f = 0; f < FAMILY_COUNT; f++)
                add_bool(t, family_key(f), d->family[f]);
        write_content(d, t);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (d->told[f].known)
                        record_add_address(t, "told", f, &d->told[f].address);
        record_add_wall_time(t, "told-at", d->told_at);
        record_add(t, "owed", status_owed_name(d->owed));
        record_add(t, "wait", wait_name(d->wait));
        add_due(t, "due", d->due);
        for (Family f = 0; f < FAMILY_COUNT && d->owed == STATUS_OWED_AGAIN; f++)
                record_add_address(t, "attempted", f, &d->attempted[f]);
        write_failure(&d->failure, t);
        record_end(t);
}

int status_format(const Status *s, Text *t)
{
        record_begin_document(t, STATUS_KIND, STATUS_VERSION);
        write_service(s, t);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                write_family(&s->family[f], f, t);
        for (size_t i = 0; i < s->n_others; i++) {
                const SelectedAddress *a = &s->others[i];

                begin_address(t, "other", a->address.family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6,
                              &a->address);
                record_add(t, "interface", a->interface);
                record_end(t);
        }
        for (size_t i = 0; i < s->n_left_out; i++) {
                const LeftOut *a = &s->left_out[i];

                begin_address(t, "left-out", a->address.family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6,
                              &a->address);
                record_add(t, "interface", a->interface);
                record_add(t, "verdict", address_verdict_name(a->verdict));
                record_end(t);
        }
        write_account(s, t);
        for (size_t i = 0; i < s->n_destinations; i++)
                write_destination(&s->destinations[i], t);
        record_end_document(t);
        return text_error(t);
}

static int read_service(const Record *r, Status *s)
{
        StatusService *v = &s->service;
        const char *settings = record_get(r, "settings");

        if (record_get_u64(r, "pid", 1, INT32_MAX, &v->pid) < 0 ||
            record_get_u64(r, "started-at", 0, UINT64_MAX, &v->started_at) < 0 ||
            record_get_wall_time(r, "since", &v->since) < 0 ||
            record_get_string(r, "config", v->config, sizeof(v->config)) < 0 || !settings ||
            status_settings_from_name(settings, &v->settings) < 0)
                return -EBADMSG;
        v->ledger_unwritable = record_get(r, "ledger");
        return 0;
}

static int read_mail(const Record *r, Status *s)
{
        return get_bool(r, "enabled", &s->mail_enabled) < 0 || get_bool(r, "sending", &s->sending) < 0 ||
                               record_get_string(r, "server", s->server, sizeof(s->server)) < 0
                       ? -EBADMSG
                       : 0;
}

static int read_selection(const Record *r, Status *s)
{
        return get_bool(r, "heard", &s->heard) < 0 || get_bool(r, "settled", &s->settled) < 0 ||
                               get_due(r, "settles-at", &s->settles_at) < 0
                       ? -EBADMSG
                       : 0;
}

/* The family and the address of the record's first two fields. */
static int read_family_address(const Record *r, Family *ret_family, IpAddress *ret)
{
        const char *family = record_get(r, "family");

        return family && family_from_key(family, ret_family) >= 0 &&
                               record_get_family_address(r, "address", *ret_family, ret) > 0
                       ? 0
                       : -EBADMSG;
}

static int read_address(const Record *r, Status *s)
{
        const char *reason = record_get(r, "reason");
        IpAddress address;
        StatusFamily *to;
        Family f;

        if (read_family_address(r, &f, &address) < 0)
                return -EBADMSG;
        to = &s->family[f];
        if (address_record_read(r, f, &to->settled) < 0 ||
            record_get_family_address(r, "candidate", f, &to->candidate.address) <= 0 ||
            record_get_string(r, "candidate-interface", to->candidate.interface, IFNAMSIZ) < 0 ||
            record_get_origin(r, "candidate-origin", f, &to->candidate.origin) < 0 || !reason ||
            selection_reason_from_name(reason, &to->reason) < 0 ||
            record_get_string(r, "tunnel", to->tunnel, sizeof(to->tunnel)) < 0 ||
            record_get_string(r, "asked", to->asked, sizeof(to->asked)) < 0)
                return -EBADMSG;
        return 0;
}

static int read_last(const Record *r, Status *s)
{
        IpAddress address = {0};
        AddressRecord *to;
        Family f;

        if (read_family_address(r, &f, &address) < 0 || !ip_address_is_set(&address))
                return -EBADMSG;
        to = &s->family[f].settled;
        if (to->n_last == LEDGER_LAST_ADDRESSES ||
            record_get_wall_time(r, "since", &to->last_since[to->n_last]) < 0)
                return -EBADMSG;
        to->last[to->n_last++] = address;
        return 0;
}

static int read_other(const Record *r, Status *s)
{
        SelectedAddress *to = &s->others[s->n_others];
        Family f;

        if (s->n_others == SELECTION_OTHERS_MAX || read_family_address(r, &f, &to->address) < 0 ||
            !ip_address_is_set(&to->address) ||
            record_get_string(r, "interface", to->interface, sizeof(to->interface)) < 0)
                return -EBADMSG;
        s->n_others++;
        return 0;
}

static int read_left_out(const Record *r, Status *s)
{
        LeftOut *to = &s->left_out[s->n_left_out];
        const char *verdict = record_get(r, "verdict");
        Family f;

        if (s->n_left_out == LEFT_OUT_MAX || read_family_address(r, &f, &to->address) < 0 ||
            !ip_address_is_set(&to->address) || !verdict ||
            address_verdict_from_name(verdict, &to->verdict) < 0 ||
            record_get_string(r, "interface", to->interface, sizeof(to->interface)) < 0)
                return -EBADMSG;
        s->n_left_out++;
        return 0;
}

static int read_account(const Record *r, Status *s)
{
        uint64_t tries;

        if (get_bool(r, "held", &s->held) < 0 || record_get_u64(r, "tries", 0, UINT32_MAX, &tries) < 0 ||
            record_get_u64(r, "due", 0, USEC_INFINITY, &s->account_due) < 0 ||
            read_failure(r, &s->account_failure) < 0)
                return -EBADMSG;
        s->tries = (unsigned)tries;
        return 0;
}

static int read_told(const Record *r, StatusDestination *d)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                int q = record_get_address(r, "told", f, &d->told[f].address);

                if (q < 0 || record_get_address(r, "attempted", f, &d->attempted[f]) < 0)
                        return -EBADMSG;
                d->told[f].known = q > 0;
        }
        return record_get_wall_time(r, "told-at", &d->told_at) < 0 ? -EBADMSG : 0;
}

/* What the settings say of it. */
static int read_wishes(const Record *r, StatusDestination *d)
{
        const char *mac = record_get(r, "mac"), *language = record_get(r, "language");

        if (!language || language_from_name(language, &d->language) < 0 ||
            (mac && (parse_mac(mac, d->mac) < 0 || !streq(mac, d->mac))))
                return -EBADMSG;
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (get_bool(r, family_key(f), &d->family[f]) < 0)
                        return -EBADMSG;
        return get_bool(r, "enabled", &d->enabled);
}

static int read_content(const Record *r, StatusDestination *d)
{
        MailContent *c = &d->content;
        uint64_t days = 0;

        if (record_get_string(r, "template", c->template, sizeof(c->template)) < 0)
                return -EBADMSG;
        for (; c->n_attachments < ATTACHMENTS_MAX; c->n_attachments++) {
                char *to = c->attachments[c->n_attachments];

                if (!record_get(r, attach_keys[c->n_attachments]))
                        break;
                if (record_get_string(r, attach_keys[c->n_attachments], to, CONTENT_NAME_MAX) < 0)
                        return -EBADMSG;
        }
        if ((record_get(r, "remind-days") && record_get_u64(r, "remind-days", 1, UINT32_MAX, &days) < 0) ||
            (record_get(r, "reminds-at") && record_get_wall_time(r, "reminds-at", &d->reminds_at) < 0))
                return -EBADMSG;
        d->remind_days = (unsigned)days;
        return 0;
}

static int read_destination(const Record *r, Status *s)
{
        const char *to = record_get(r, "to"), *owed = record_get(r, "owed"), *wait = record_get(r, "wait");
        StatusDestination d = {0}, *grown;

        if (!to || !mail_address_is_valid(to) || read_wishes(r, &d) < 0 || read_content(r, &d) < 0 ||
            get_bool(r, "sending", &d.sending) < 0 || read_told(r, &d) < 0 || !owed ||
            status_owed_from_name(owed, &d.owed) < 0 || !wait || wait_from_name(wait, &d.wait) < 0 ||
            get_due(r, "due", &d.due) < 0 || read_failure(r, &d.failure) < 0)
                return -EBADMSG;
        grown = reallocarray(s->destinations, s->n_destinations + 1, sizeof(StatusDestination));
        if (!grown)
                return -ENOMEM;
        s->destinations = grown;
        d.to = strdup(to);
        if (!d.to)
                return -ENOMEM;
        grown[s->n_destinations++] = d;
        return 0;
}

/* A record of an unknown type is damage: the version says what may stand here. */
static int read_record(const Record *r, Status *s)
{
        static const struct {
                const char *type;
                int (*read)(const Record *r, Status *s);
        } types[] = {
                {"service", read_service},   {"mail", read_mail},       {"selection", read_selection},
                {"address", read_address},   {"last", read_last},       {"other", read_other},
                {"left-out", read_left_out}, {"account", read_account}, {"destination", read_destination},
        };

        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (streq(r->type, types[i].type))
                        return types[i].read(r, s);
        return -EBADMSG;
}

int status_parse(char *data, size_t size, Status **ret)
{
        _cleanup_(status_freep) Status *s = NULL;
        RecordReader reader;
        Record record;
        int r = record_open_document(data, size, STATUS_KIND, STATUS_VERSION, &reader);

        if (r < 0)
                return r;
        s = calloc(1, sizeof(Status));
        if (!s)
                return -ENOMEM;
        s->settles_at = USEC_INFINITY;
        while ((r = record_read(&reader, &record)) > 0) {
                r = read_record(&record, s);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        if (s->service.pid == 0)
                return -EBADMSG;
        *ret = TAKE_PTR(s);
        return 0;
}
