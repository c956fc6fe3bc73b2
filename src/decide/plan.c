/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/plan.h"

#include <stdio.h>

#include "base/string-util.h"

/* A destination is owed
 *   - a mail again, where one was committed and not answered, and what it says is still true; or else
 *   - a new mail, where it points to such a mail that is no longer true (whatever was told before: the
 *     reader may believe either), or where a family that concerns it has an address that it was not told, or
 * where its reminder is owed (remind.c). With no address at all nothing is owed: there is no line to mail
 * over, and a loss alone is no news. */

#define ORDER_OCTETS_MAX 48000 /* of recipients and notices; leaves room for the account in one order */
#define NOTICE_OCTETS    2300  /* with the most of its past */
#define FILE_NAME_OCTETS (3 * CONTENT_NAME_MAX + 10) /* where each octet is escaped */
#define RECIPIENT_OCTETS 16                          /* beside the address */
static_assert(ORDER_OCTETS_MAX / NOTICE_OCTETS <= SESSION_NOTICES_MAX, "an order is full of octets first");

typedef struct Owed {
        bool anything;
        const MailRecord *again; /* NULL: a new mail */
        bool reminder;           /* of nothing new */
} Owed;

bool facts_are_true(const Facts *facts, const Ledger *l)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const IpAddress *now = &l->addresses[f].address;

                if (ip_address_is_set(now) && !ip_address_equal(now, &facts->new[f]))
                        return false;
        }
        return true;
}

/* Settings that don't list D any more leave nobody out. */
static bool concerns(const DestinationSettings *settings, Family f)
{
        return !settings || settings->family[f];
}

static Owed owed_to(const Ledger *l, const DestinationRecord *d, const DestinationSettings *settings)
{
        const MailRecord *m = ledger_mail(l, d->sending);
        bool any = false, news = false, told = false;

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const IpAddress *now = &l->addresses[f].address;

                if (!ip_address_is_set(now))
                        continue;
                any = true;
                if (!concerns(settings, f))
                        continue;
                if (d->told[f].known && ip_address_equal(&d->told[f].address, now))
                        told = true;
                else
                        news = true;
        }
        if (!any)
                return (Owed){0};
        if (m)
                return (Owed){.anything = true, .again = facts_are_true(&m->notice.facts, l) ? m : NULL};
        if (news)
                return (Owed){.anything = true};
        return (Owed){.anything = told && d->reminder, .reminder = told && d->reminder};
}

static void wait_for(Share *share, usec_t due, WaitReason wait)
{
        if (due <= share->at)
                return;
        share->at = due;
        share->wait = wait;
}

static void wait_for_clock(Share *share, const Backoff *b)
{
        wait_for(share, b->due, outcome_is_deferral(b->row) ? WAIT_DEFERRED : WAIT_FAILED);
}

/* Why a destination gets nothing at all, whatever the time is; WAIT_READY where it may. */
static WaitReason obstacle(const Ledger *l, const Settings *s, const DestinationSettings *settings,
                           const Owed *owed)
{
        bool any = false;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                any = any || ip_address_is_set(&l->addresses[f].address);
        if (!l->settled)
                return WAIT_SETTLING;
        if (!any)
                return WAIT_NO_ADDRESS;
        if (!owed->anything)
                return WAIT_NOTHING;
        if (!settings || !settings->enabled)
                return WAIT_DISABLED;
        return s->mail.enabled ? WAIT_READY : WAIT_MAIL_OFF;
}

Share plan_share(const Ledger *l, const Settings *s, const DestinationRecord *d)
{
        const DestinationSettings *settings = ledger_settings_of(l, d, s);
        const AccountRecord *a = &l->account;
        Owed owed = owed_to(l, d, settings);
        Share share = {.wait = obstacle(l, s, settings, &owed), .at = USEC_INFINITY};

        share.owed = l->settled && owed.anything;
        share.again = share.owed ? owed.again : NULL;
        share.reminder = share.owed && owed.reminder;
        if (share.wait != WAIT_READY)
                return share;
        share.at = 0;
        wait_for_clock(&share, &a->backoff);
        wait_for_clock(&share, &d->backoff);
        if (a->hold.active && !a->hold.ask)
                wait_for(&share, a->hold.due, WAIT_HELD);
        if (share.again)
                wait_for(&share, share.again->due, WAIT_UNKNOWN);
        wait_for(&share, hour_due(&d->hour, s->mails_per_hour), WAIT_LIMITED);
        return share;
}

const char *plan_take_limited(Ledger *l, const Settings *s, usec_t now)
{
        for (size_t i = 0; i < l->n_destinations; i++) {
                DestinationRecord *d = &l->destinations[i];
                Share share = plan_share(l, s, d);

                if (share.wait != WAIT_LIMITED || share.at <= now || d->hour.said)
                        continue;
                d->hour.said = true;
                return d->to;
        }
        return NULL;
}

usec_t plan_deadline(const Ledger *l, const Settings *s)
{
        usec_t deadline = USEC_INFINITY;

        for (size_t i = 0; i < l->n_destinations; i++) {
                Share share = plan_share(l, s, &l->destinations[i]);

                deadline = MIN(deadline, share.at);
        }
        return deadline;
}

usec_t plan_next_try(const Ledger *l, const Settings *s, const char *to)
{
        const DestinationRecord *d = ledger_destination(l, to);

        return d ? plan_share(l, s, d).at : USEC_INFINITY;
}

/* What the reader believes of a family: what was told; where that is just the new address, or nothing, what
 * was attempted. */
static IpAddress old_address(const DestinationRecord *d, const MailRecord *attempted, Family f,
                             const IpAddress *new)
{
        const IpAddress *told = &d->told[f].address;

        if (ip_address_is_set(told) && !ip_address_equal(told, new))
                return *told;
        if (attempted && !ip_address_equal(&attempted->notice.facts.new[f], new))
                return attempted->notice.facts.new[f];
        return *told;
}

/* What D does not know of a family's past. Where the ledger was lost in part, nothing is made up. */
static Past new_past(const AddressRecord *r, const Told *told)
{
        bool has = ip_address_is_set(&r->address);
        uint64_t gone_by = r->number - (has && r->number > 0); /* the number of last[0] */
        Past p = {.n_last = r->n_last};

        memcpy(p.last, r->last, sizeof(p.last));
        memcpy(p.last_since, r->last_since, sizeof(p.last_since));
        if (told->known)
                p.n_between = gone_by - MIN(gone_by, told->number);
        if (!has && r->n_last > 0) {
                p.away = true;
                p.gone = p.back = r->since;
        } else if (told->known && r->returned > told->number) {
                p.away = true;
                p.gone = r->gone;
                p.back = r->back;
        }
        return p;
}

/* A reminder that has nothing to tell but what the reader believes. */
static bool is_still_so(const DestinationRecord *d, const Facts *facts)
{
        bool still = d->reminder;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                still = still && (!ip_address_is_set(&facts->new[f]) ||
                                  ip_address_equal(&facts->new[f], &facts->old[f]));
        return still;
}

static Facts new_facts(const Ledger *l, const DestinationRecord *d, const PlanInput *input)
{
        const DestinationSettings *settings = ledger_settings_of(l, d, input->settings);
        const MailRecord *attempted = ledger_mail(l, d->sending);
        Facts facts = {.language = settings->language, .content = settings->content};

        string_copy(facts.host, sizeof(facts.host), input->host);
        string_copy(facts.mac, sizeof(facts.mac), settings->mac);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const AddressRecord *r = &l->addresses[f];

                facts.new[f] = r->address;
                facts.old[f] = old_address(d, attempted, f, &r->address);
                facts.number[f] = r->number;
                facts.past[f] = new_past(r, &d->told[f]);
                if (!ip_address_is_set(&r->address))
                        continue;
                string_copy(facts.interface[f], sizeof(facts.interface[f]), r->interface);
                facts.origin[f] = r->origin;
                if (r->since.seconds >= facts.changed.seconds)
                        facts.changed = r->since;
        }
        facts.still = is_still_so(d, &facts);
        return facts;
}

static size_t recipient_octets(const char *to)
{
        size_t n = RECIPIENT_OCTETS + strlen(to);

        for (; *to; to++)
                n += *to == '%' ? 2 : 0; /* escaped in a record */
        return n;
}

static size_t notice_octets(const Facts *facts)
{
        const MailContent *c = &facts->content;
        size_t n = NOTICE_OCTETS;

        if (*c->template)
                n += FILE_NAME_OCTETS;
        return n + c->n_attachments * FILE_NAME_OCTETS;
}

/* The transaction of DELIVERY that says the same, with room for one more; NULL where there is none. */
static Transaction *find_transaction(const Delivery *d, const MailRecord *again, const Facts *facts)
{
        for (size_t i = 0; i < d->n_transactions; i++) {
                Transaction *t = &d->transactions[i];
                bool is_again = t->notice.n_header_to > 0;
                bool same = again ? streq(t->notice.message_id, again->notice.message_id)
                                  : !is_again && facts_equal(&t->notice.facts, facts);

                if (same && t->notice.n_recipients < NOTICE_RECIPIENTS_MAX)
                        return t;
        }
        return NULL;
}

/* Takes the record's mail over as it is: To: lists its recipients again. */
static int begin_again(const MailRecord *again, Notice *n, size_t *octets)
{
        int r;

        string_copy(n->message_id, sizeof(n->message_id), again->notice.message_id);
        n->date = again->notice.date;
        n->facts = again->notice.facts;
        for (size_t i = 0; i < again->notice.n_recipients; i++) {
                r = notice_add_header_to(n, again->notice.recipients[i]);
                if (r < 0)
                        return r;
                *octets += recipient_octets(again->notice.recipients[i]);
        }
        return 0;
}

static int add_transaction(Delivery *d, const PlanInput *input, const MailRecord *again, const Facts *facts,
                           size_t *octets, Transaction **ret)
{
        Transaction *grown, *t;
        int r = 0;

        grown = reallocarray(d->transactions, d->n_transactions + 1, sizeof(Transaction));
        if (!grown)
                return -ENOMEM;
        d->transactions = grown;
        t = &grown[d->n_transactions++];
        *t = (Transaction){0};
        *octets += notice_octets(again ? &again->notice.facts : facts);
        if (again)
                r = begin_again(again, &t->notice, octets);
        else {
                (void)snprintf(t->notice.message_id, sizeof(t->notice.message_id), "%s.%zu@%s",
                               input->message_id_left, d->n_transactions, input->message_id_right);
                t->notice.date = input->wall;
                t->notice.facts = *facts;
        }
        *ret = t;
        return r;
}

/* What this order has no room for is left out. 0 or -ENOMEM. */
static int add_destination(Delivery *d, const Ledger *l, const PlanInput *input, const DestinationRecord *to,
                           const MailRecord *again, size_t *octets)
{
        Facts facts = {0};
        Transaction *t;
        size_t need;
        int r;

        if (!again)
                facts = new_facts(l, to, input);
        t = find_transaction(d, again, &facts);
        need = recipient_octets(to->to) + (t ? 0 : notice_octets(again ? &again->notice.facts : &facts));
        for (size_t i = 0; !t && again && i < again->notice.n_recipients; i++)
                need += recipient_octets(again->notice.recipients[i]);
        if (*octets + need > ORDER_OCTETS_MAX)
                return 0;
        if (!t) {
                r = add_transaction(d, input, again, &facts, octets, &t);
                if (r < 0)
                        return r;
        }
        *octets += recipient_octets(to->to);
        return notice_add_recipient(&t->notice, to->to);
}

int plan_delivery(const Ledger *l, const PlanInput *input, Delivery **ret)
{
        _cleanup_(delivery_freep) Delivery *d = calloc(1, sizeof(Delivery));
        const Hold *hold = &l->account.hold;
        size_t octets = 0;
        int r;

        if (!d)
                return -ENOMEM;
        d->settings_digest = l->account.settings_digest;
        d->random = input->random;
        d->ask_hold = hold->active && hold->ask && hold->due > input->now;
        for (size_t i = 0; i < l->n_destinations; i++) {
                Share share = plan_share(l, input->settings, &l->destinations[i]);

                if (share.at > input->now)
                        continue;
                r = add_destination(d, l, input, &l->destinations[i], share.again, &octets);
                if (r < 0)
                        return r;
        }
        if (d->n_transactions == 0)
                return 0;
        *ret = TAKE_PTR(d);
        return 1;
}
