/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/ledger-text.h"

#include "base/string-util.h"
#include "decide/notice-text.h"

#define LEDGER_KIND    "ipherald-ledger"
#define LEDGER_VERSION 1

static void write_backoff(const Backoff *b, Text *t)
{
        if (b->row == OUTCOME_NONE)
                return;
        record_add(t, "row", outcome_name(b->row));
        record_add_u64(t, "delay", b->delay);
        record_add_u64(t, "last", b->last);
        record_add_u64(t, "due", b->due);
        record_add_u64(t, "tries", b->tries);
}

static void write_account(const AccountRecord *a, Text *t)
{
        record_begin(t, "account");
        record_add_hex(t, "settings", a->settings_digest);
        write_backoff(&a->backoff, t);
        if (a->hold.active) {
                record_add_u64(t, "refusals", a->hold.refusals);
                record_add_u64(t, "hold-due", a->hold.due);
                record_add(t, "digest", a->hold.digest);
                for (Family f = 0; f < FAMILY_COUNT; f++)
                        record_add_address(t, "from", f, &a->hold.from[f]);
                record_add_u64(t, "releases", a->hold.releases);
                record_add_u64(t, "releases-since", a->hold.releases_since);
                record_add_u64(t, "held-until", a->hold.held_until);
        }
        record_end(t);
}

static void begin_address(const char *type, Family f, const IpAddress *a, WallTime since, Text *t)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(a, text);
        record_begin(t, type);
        record_add(t, "family", family_key(f));
        record_add(t, "address", text);
        record_add_wall_time(t, "since", since);
}

void address_record_write(const AddressRecord *r, Family f, Text *t)
{
        begin_address("address", f, &r->address, r->since, t);
        record_add(t, "interface", r->interface);
        record_add_origin(t, "origin", &r->origin);
        record_add_u64(t, "number", r->number);
        if (r->returned > 0) {
                record_add_wall_time(t, "gone", r->gone);
                record_add_wall_time(t, "back", r->back);
                record_add_u64(t, "returned", r->returned);
        }
}

static void write_addresses(const Ledger *l, Text *t)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const AddressRecord *r = &l->addresses[f];

                if (!ip_address_is_set(&r->address) && r->n_last == 0)
                        continue;
                address_record_write(r, f, t);
                record_end(t);
                for (size_t i = 0; i < r->n_last; i++) {
                        begin_address("last", f, &r->last[i], r->last_since[i], t);
                        record_end(t);
                }
        }
}

static void write_destination(const DestinationRecord *d, Text *t)
{
        record_begin(t, "destination");
        record_add(t, "to", d->to);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (d->told[f].known) {
                        record_add_address(t, "told", f, &d->told[f].address);
                        record_add_family_u64(t, "told-number", f, d->told[f].number);
                }
        record_add_wall_time(t, "told-at", d->told_at);
        if (d->remind_from.seconds > 0)
                record_add_wall_time(t, "remind-from", d->remind_from);
        record_add(t, "sending", *d->sending ? d->sending : NULL);
        if (d->hour.gos > 0) {
                record_add_u64(t, "hour", d->hour.begin);
                record_add_u64(t, "gos", d->hour.gos);
        }
        write_backoff(&d->backoff, t);
        record_end(t);
}

static void write_mail(const MailRecord *m, Text *t)
{
        record_begin(t, "mail");
        notice_write_fields(t, &m->notice);
        record_add_u64(t, "goes", m->goes);
        record_add_u64(t, "go", m->go);
        record_add_u64(t, "due", m->due);
        record_end(t);
        for (size_t i = 0; i < m->notice.n_recipients; i++) {
                record_begin(t, "recipient");
                record_add(t, "to", m->notice.recipients[i]);
                record_end(t);
        }
}

int ledger_format(const Ledger *l, Text *t)
{
        _cleanup_text_ Text text = {0};

        record_begin_document(&text, LEDGER_KIND, LEDGER_VERSION);
        record_begin(&text, "boot");
        record_add(&text, "id", l->boot_id);
        record_end(&text);
        write_account(&l->account, &text);
        write_addresses(l, &text);
        for (size_t i = 0; i < l->n_destinations; i++)
                write_destination(&l->destinations[i], &text);
        for (size_t i = 0; i < l->n_mails; i++)
                write_mail(&l->mails[i], &text);
        record_end_document(&text);
        if (text.failed)
                return -ENOMEM;
        text_append(t, text.data, text.size);
        return text_error(t);
}

/* A backoff on CLOCK, or none. */
static int read_backoff(const Record *r, Clock clock, Backoff *ret)
{
        const char *row = record_get(r, "row");
        Backoff b = {0};
        uint64_t tries;

        if (!row)
                return 0;
        if (outcome_from_name(row, &b.row) < 0 || outcome_clock(b.row) != clock ||
            record_get_u64(r, "delay", 1, USEC_PER_DAY, &b.delay) < 0 ||
            record_get_u64(r, "last", 0, USEC_INFINITY, &b.last) < 0 ||
            record_get_u64(r, "due", 0, USEC_INFINITY, &b.due) < 0 ||
            record_get_u64(r, "tries", 1, UINT32_MAX, &tries) < 0)
                return -EBADMSG;
        b.tries = (unsigned)tries;
        *ret = b;
        return 0;
}

static int read_hold(const Record *r, Hold *ret)
{
        Hold h = {.active = true};
        uint64_t refusals, releases;

        if (record_get_u64(r, "refusals", 1, UINT32_MAX, &refusals) < 0 ||
            record_get_u64(r, "hold-due", 0, USEC_INFINITY, &h.due) < 0 ||
            record_get_string(r, "digest", h.digest, sizeof(h.digest)) < 0)
                return -EBADMSG;
        h.refusals = (unsigned)refusals;
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (record_get_address(r, "from", f, &h.from[f]) < 0)
                        return -EBADMSG;
        if (record_get(r, "releases")) {
                if (record_get_u64(r, "releases", 0, HOLD_RELEASES_MAX, &releases) < 0 ||
                    record_get_u64(r, "releases-since", 0, USEC_INFINITY, &h.releases_since) < 0 ||
                    record_get_u64(r, "held-until", 0, USEC_INFINITY, &h.held_until) < 0)
                        return -EBADMSG;
                h.releases = (unsigned)releases;
        }
        *ret = h;
        return 0;
}

static int read_account(const Record *r, Ledger *l)
{
        AccountRecord *a = &l->account;

        if (record_get_hex(r, "settings", &a->settings_digest) < 0 ||
            read_backoff(r, CLOCK_ACCOUNT, &a->backoff) < 0)
                return -EBADMSG;
        return record_get(r, "refusals") ? read_hold(r, &a->hold) : 0;
}

static int read_family(const Record *r, Family *ret)
{
        const char *family = record_get(r, "family");

        return family && family_from_key(family, ret) >= 0 ? 0 : -EBADMSG;
}

int address_record_read(const Record *r, Family f, AddressRecord *ret)
{
        if (record_get_family_address(r, "address", f, &ret->address) <= 0 ||
            record_get_wall_time(r, "since", &ret->since) < 0 ||
            record_get_string(r, "interface", ret->interface, sizeof(ret->interface)) < 0 ||
            record_get_origin(r, "origin", f, &ret->origin) < 0 ||
            record_get_optional_u64(r, "number", &ret->number) < 0 ||
            record_get_optional_u64(r, "returned", &ret->returned) < 0)
                return -EBADMSG;
        if (ret->returned > 0 && (record_get_wall_time(r, "gone", &ret->gone) < 0 ||
                                  record_get_wall_time(r, "back", &ret->back) < 0))
                return -EBADMSG;
        return 0;
}

static int read_address(const Record *r, Ledger *l)
{
        Family f;

        return read_family(r, &f) < 0 ? -EBADMSG : address_record_read(r, f, &l->addresses[f]);
}

static int read_last(const Record *r, Ledger *l)
{
        Family f;
        AddressRecord *a;

        if (read_family(r, &f) < 0)
                return -EBADMSG;
        a = &l->addresses[f];
        if (a->n_last == LEDGER_LAST_ADDRESSES ||
            record_get_family_address(r, "address", f, &a->last[a->n_last]) <= 0 ||
            !ip_address_is_set(&a->last[a->n_last]) ||
            record_get_wall_time(r, "since", &a->last_since[a->n_last]) < 0)
                return -EBADMSG;
        a->n_last++;
        return 0;
}

/* The hour that has begun, or none. */
static int read_hour(const Record *r, Hour *ret)
{
        Hour h = {0};
        uint64_t gos;

        if (!record_get(r, "hour"))
                return 0;
        if (record_get_u64(r, "hour", 0, USEC_INFINITY, &h.begin) < 0 ||
            record_get_u64(r, "gos", 1, UINT32_MAX, &gos) < 0)
                return -EBADMSG;
        h.gos = (unsigned)gos;
        *ret = h;
        return 0;
}

static int read_destination(const Record *r, Ledger *l)
{
        const char *to = record_get(r, "to");
        DestinationRecord d = {0}, *grown;
        int q;

        if (!to || !mail_address_is_valid(to) || ledger_destination(l, to))
                return -EBADMSG;
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                q = record_get_address(r, "told", f, &d.told[f].address);
                if (q < 0)
                        return q;
                d.told[f].known = q > 0;
                if (record_get_family_u64(r, "told-number", f, &d.told[f].number) < 0)
                        return -EBADMSG;
        }
        if (record_get_wall_time(r, "told-at", &d.told_at) < 0 ||
            (record_get(r, "remind-from") && record_get_wall_time(r, "remind-from", &d.remind_from) < 0) ||
            record_get_string(r, "sending", d.sending, sizeof(d.sending)) < 0 ||
            (*d.sending && !message_id_is_valid(d.sending)) || read_hour(r, &d.hour) < 0 ||
            read_backoff(r, CLOCK_DESTINATION, &d.backoff) < 0)
                return -EBADMSG;
        grown = reallocarray(l->destinations, l->n_destinations + 1, sizeof(DestinationRecord));
        if (!grown)
                return -ENOMEM;
        l->destinations = grown;
        d.to = strdup(to);
        if (!d.to)
                return -ENOMEM;
        grown[l->n_destinations++] = d;
        return 0;
}

static int read_mail(const Record *r, Ledger *l)
{
        MailRecord m = {0}, *added;
        uint64_t goes;
        int q;

        if (notice_read_fields(r, &m.notice) < 0 || ledger_mail(l, m.notice.message_id) ||
            record_get_u64(r, "goes", 1, UINT32_MAX, &goes) < 0 ||
            record_get_u64(r, "go", 0, USEC_INFINITY, &m.go) < 0 ||
            record_get_u64(r, "due", 0, USEC_INFINITY, &m.due) < 0)
                return -EBADMSG;
        m.goes = (unsigned)goes;
        q = ledger_add_mail(l, &added);
        if (q < 0)
                return q;
        *added = m;
        return 0;
}

static int read_recipient(const Record *r, Ledger *l)
{
        const char *to = record_get(r, "to");
        int q;

        if (!to || !mail_address_is_valid(to) || l->n_mails == 0)
                return -EBADMSG;
        q = notice_add_recipient(&l->mails[l->n_mails - 1].notice, to);
        return q == -E2BIG ? -EBADMSG : q;
}

/* A record of an unknown type is damage: the version says what may stand here. */
static int read_record(const Record *r, Ledger *l)
{
        static const struct {
                const char *type;
                int (*read)(const Record *r, Ledger *l);
        } types[] = {
                {"account", read_account},         {"address", read_address}, {"last", read_last},
                {"destination", read_destination}, {"mail", read_mail},       {"recipient", read_recipient},
        };

        if (streq(r->type, "boot"))
                return record_get_string(r, "id", l->boot_id, sizeof(l->boot_id));
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (streq(r->type, types[i].type))
                        return types[i].read(r, l);
        return -EBADMSG;
}

int ledger_parse(char *data, size_t size, Ledger **ret)
{
        _cleanup_(ledger_freep) Ledger *l = NULL;
        RecordReader reader;
        Record record;
        int r;

        r = record_open_document(data, size, LEDGER_KIND, LEDGER_VERSION, &reader);
        if (r < 0)
                return r;
        r = ledger_new("", &l);
        if (r < 0)
                return r;
        while ((r = record_read(&reader, &record)) > 0) {
                r = read_record(&record, l);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        for (size_t i = 0; i < l->n_mails; i++)
                if (l->mails[i].notice.n_recipients == 0)
                        return -EBADMSG;
        *ret = TAKE_PTR(l);
        return 0;
}
