/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/ledger.h"

#include "address/address-scope.h"
#include "base/string-util.h"

/* Pointers between records are by name (a destination's `sending` is a Message-ID), as in the text form: a
 * record can be forgotten without a dangling pointer, and a name that leads nowhere means what it says,
 * nothing. */

static void mail_record_done(MailRecord *m)
{
        notice_done(&m->notice);
}

static void destination_record_done(DestinationRecord *d)
{
        free(d->to);
}

int ledger_new(const char *boot_id, Ledger **ret)
{
        Ledger *l = calloc(1, sizeof(Ledger));

        if (!l)
                return -ENOMEM;
        string_copy(l->boot_id, sizeof(l->boot_id), boot_id);
        *ret = l;
        return 0;
}

Ledger *ledger_free(Ledger *l)
{
        if (!l)
                return NULL;
        for (size_t i = 0; i < l->n_destinations; i++)
                destination_record_done(&l->destinations[i]);
        for (size_t i = 0; i < l->n_mails; i++)
                mail_record_done(&l->mails[i]);
        free(l->destinations);
        free(l->mails);
        free(l);
        return NULL;
}

static void start_in_new_boot(Ledger *l, usec_t unknown_wait, usec_t now)
{
        AccountRecord *a = &l->account;

        a->backoff.last = now;
        backoff_release(&a->backoff, 0);
        a->hold.due = usec_add(now, USEC_PER_HOUR);
        a->hold.held_until = 0;
        a->hold.releases = 0;
        a->hold.releases_since = 0;
        for (size_t i = 0; i < l->n_destinations; i++) {
                l->destinations[i].backoff.last = now;
                backoff_release(&l->destinations[i].backoff, 0);
                l->destinations[i].hour = (Hour){0};
        }
        for (size_t i = 0; i < l->n_mails; i++) {
                l->mails[i].go = now;
                l->mails[i].due = usec_add(now, unknown_delay(l->mails[i].goes, unknown_wait));
        }
}

static void bring_forward(Ledger *l)
{
        backoff_bring_forward(&l->account.backoff);
        for (size_t i = 0; i < l->n_destinations; i++)
                backoff_bring_forward(&l->destinations[i].backoff);
}

/* What the ledger remembers as past lies ahead: the boot's name says nothing (it can't be read here, or this
 * is a machine that was put back), and the clock began anew. */
static bool is_ahead(const Ledger *l, usec_t now)
{
        bool ahead = l->account.backoff.last > now;

        for (size_t i = 0; i < l->n_destinations; i++)
                ahead = ahead || l->destinations[i].backoff.last > now ||
                        l->destinations[i].hour.begin > now;
        for (size_t i = 0; i < l->n_mails; i++)
                ahead = ahead || l->mails[i].go > now;
        return ahead;
}

void ledger_start(Ledger *l, const char *boot_id, usec_t unknown_wait, usec_t now)
{
        if (streq(l->boot_id, boot_id) && !is_ahead(l, now))
                bring_forward(l);
        else
                start_in_new_boot(l, unknown_wait, now);
        string_copy(l->boot_id, sizeof(l->boot_id), boot_id);
        l->account.hold.ask = l->account.hold.active;
        l->settled = false;
}

/* The record of TO with a name of its own, or a new one that was told nothing. */
static int take_destination(Ledger *l, const char *to, DestinationRecord *ret)
{
        DestinationRecord *known = ledger_destination(l, to);
        char *copy = strdup(to);

        if (!copy)
                return -ENOMEM;
        *ret = known ? *known : (DestinationRecord){0};
        ret->to = copy;
        return 0;
}

static int take_destinations(Ledger *l, const Settings *s)
{
        DestinationRecord *records = calloc(s->n_destinations, sizeof(DestinationRecord));
        size_t n = 0;

        if (!records)
                return -ENOMEM;
        for (; n < s->n_destinations; n++)
                if (take_destination(l, s->destinations[n].to, &records[n]) < 0) {
                        while (n > 0)
                                destination_record_done(&records[--n]);
                        free(records);
                        return -ENOMEM;
                }
        for (size_t i = 0; i < l->n_destinations; i++)
                destination_record_done(&l->destinations[i]);
        free(l->destinations);
        l->destinations = records;
        l->n_destinations = n;
        return 0;
}

/* Mails are not swept here: a session under way may give a destination back the one that it pointed to. */
int ledger_take_settings(Ledger *l, const Settings *s)
{
        uint64_t digest = mail_settings_digest(&s->mail);
        int r = s->n_destinations > 0 ? take_destinations(l, s) : 0;

        if (r < 0)
                return r;
        if (l->account.settings_digest != digest)
                l->account = (AccountRecord){.settings_digest = digest};
        return 0;
}

void ledger_release(Ledger *l, usec_t now)
{
        l->account.careful = false;
        backoff_release(&l->account.backoff, now);
        if (l->account.hold.active) {
                l->account.hold.due = MIN(l->account.hold.due, now);
                l->account.hold.ask = false;
        }
        for (size_t i = 0; i < l->n_destinations; i++)
                backoff_release(&l->destinations[i].backoff, now);
}

/* The address that is given up goes to the head of the last ones. */
static void remember_last(AddressRecord *r)
{
        size_t keep = MIN(r->n_last, (size_t)LEDGER_LAST_ADDRESSES - 1);

        memmove(r->last + 1, r->last, keep * sizeof(r->last[0]));
        memmove(r->last_since + 1, r->last_since, keep * sizeof(r->last_since[0]));
        r->last[0] = r->address;
        r->last_since[0] = r->since;
        r->n_last = keep + 1;
}

static void settle_family(AddressRecord *r, const SelectedAddress *settled, WallTime wall,
                          SettledChange *ret)
{
        bool had = ip_address_is_set(&r->address), has = ip_address_is_set(&settled->address);

        *ret = (SettledChange){
                .changed = !ip_address_equal(&r->address, &settled->address),
                .gone = had && !has,
                .old = had ? r->address : r->last[0], /* unset where there was none */
                .new = settled->address,
        };
        if (has) {
                string_copy(r->interface, sizeof(r->interface), settled->interface);
                r->origin = settled->origin;
        }
        if (!ret->changed)
                return;
        if (had)
                remember_last(r);
        else if (r->n_last > 0) {
                r->gone = r->since;
                r->back = wall;
                r->returned = r->number + 1;
        }
        r->number += has;
        r->address = settled->address;
        r->since = wall;
}

bool ledger_settle(Ledger *l, const Selection *settled, WallTime wall,
                   SettledChange ret[static FAMILY_COUNT])
{
        bool changed = false;

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                settle_family(&l->addresses[f], &settled->family[f], wall, &ret[f]);
                changed = changed || ret[f].changed;
        }
        l->settled = true;
        if (!changed)
                return false;
        bring_forward(l);
        for (size_t i = 0; i < l->n_destinations; i++)
                l->destinations[i].hour.said = false;
        return true;
}

bool hold_take_addresses(Hold *h, const AddressRecord addresses[static FAMILY_COUNT])
{
        bool is_new = false;

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const IpAddress *a = &addresses[f].address;

                if (!ip_address_is_set(a) || !address_scope_is_reachable(address_scope(a)) ||
                    ip_address_equal(a, &h->from[f]))
                        continue;
                h->from[f] = *a;
                is_new = true;
        }
        return is_new;
}

void ledger_release_hold_by_address(Ledger *l, usec_t now)
{
        Hold *h = &l->account.hold;

        if (!h->active || !hold_take_addresses(h, l->addresses))
                return;
        if (h->releases_since == 0 || now - h->releases_since >= USEC_PER_DAY) {
                h->releases = 0;
                h->releases_since = now;
        }
        if (h->releases == HOLD_RELEASES_MAX)
                return;
        h->releases++;
        h->held_until = MAX(h->held_until, h->due);
        h->due = MIN(h->due, now);
}

void ledger_route_changed(Ledger *l)
{
        backoff_bring_deferral_forward(&l->account.backoff);
        for (size_t i = 0; i < l->n_destinations; i++)
                backoff_bring_deferral_forward(&l->destinations[i].backoff);
}

void ledger_clock_set(Ledger *l)
{
        if (l->account.backoff.row == OUTCOME_OUT_OF_DATE)
                backoff_bring_forward(&l->account.backoff);
}

void hour_count(Hour *h, usec_t now)
{
        if (h->gos == 0 || now - h->begin >= USEC_PER_HOUR)
                *h = (Hour){.begin = now};
        h->gos++;
        h->said = false;
}

usec_t hour_due(const Hour *h, unsigned most)
{
        return h->gos >= most ? usec_add(h->begin, USEC_PER_HOUR) : 0;
}

DestinationRecord *ledger_destination(const Ledger *l, const char *to)
{
        for (size_t i = 0; i < l->n_destinations; i++)
                if (streq(l->destinations[i].to, to))
                        return &l->destinations[i];
        return NULL;
}

const DestinationSettings *ledger_settings_of(const Ledger *l, const DestinationRecord *d, const Settings *s)
{
        return settings_destination_at(s, (size_t)(d - l->destinations), d->to);
}

MailRecord *ledger_mail(const Ledger *l, const char *message_id)
{
        for (size_t i = 0; i < l->n_mails && *message_id; i++)
                if (streq(l->mails[i].notice.message_id, message_id))
                        return &l->mails[i];
        return NULL;
}

static bool mail_is_pointed_to(const Ledger *l, const MailRecord *m)
{
        for (size_t i = 0; i < l->n_destinations; i++)
                if (streq(l->destinations[i].sending, m->notice.message_id))
                        return true;
        return false;
}

void ledger_sweep_mails(Ledger *l)
{
        size_t kept = 0;

        for (size_t i = 0; i < l->n_mails; i++) {
                if (mail_is_pointed_to(l, &l->mails[i]))
                        l->mails[kept++] = l->mails[i];
                else
                        mail_record_done(&l->mails[i]);
        }
        l->n_mails = kept;
}

int ledger_add_mail(Ledger *l, MailRecord **ret)
{
        MailRecord *grown = reallocarray(l->mails, l->n_mails + 1, sizeof(MailRecord));

        if (!grown)
                return -ENOMEM;
        l->mails = grown;
        grown[l->n_mails] = (MailRecord){0};
        *ret = &grown[l->n_mails++];
        return 0;
}

void ledger_addresses(const Ledger *l, IpAddress ret[static FAMILY_COUNT])
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                ret[f] = l->addresses[f].address;
}

/* Addresses are numbered as they settle; RETURNED is the one that ended the last time of none. */
bool address_record_was_away(const AddressRecord *r, size_t i)
{
        uint64_t next = r->number - i + !ip_address_is_set(&r->address);

        return r->returned > 0 && r->returned == next;
}

WallTime address_record_until(const AddressRecord *r, size_t i)
{
        if (address_record_was_away(r, i))
                return r->gone;
        return i == 0 ? r->since : r->last_since[i - 1];
}
