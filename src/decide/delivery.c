/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/delivery.h"

#include "base/string-util.h"
#include "decide/plan.h"

/* A transaction goes open -> (committed) -> closed. Told changes in one place, where a committed transaction
 * is closed as delivered, for exactly the recipients that its commit named. A destination that left the
 * settings meanwhile is no longer in the ledger, and is passed over. */

Delivery *delivery_free(Delivery *d)
{
        if (!d)
                return NULL;
        for (size_t i = 0; i < d->n_transactions; i++) {
                notice_done(&d->transactions[i].notice);
                free(d->transactions[i].before);
        }
        free(d->transactions);
        free(d);
        return NULL;
}

static bool may_commit(const Notice *notice, const uint8_t *accepted, size_t n, const Ledger *l,
                       const Settings *s)
{
        if (!s->mail.enabled || !facts_are_true(&notice->facts, l))
                return false;
        for (size_t k = 0; k < n; k++) {
                const DestinationSettings *to = settings_destination(s, notice->recipients[accepted[k]]);

                if (to && to->enabled)
                        return true;
        }
        return false;
}

bool delivery_may_commit(Delivery *d, size_t i, const uint8_t *accepted, size_t n, const Ledger *l,
                         const Settings *s)
{
        Transaction *t = &d->transactions[i];

        t->stopped = !may_commit(&t->notice, accepted, n, l, s);
        return !t->stopped;
}

/* A new record lists whom the server accepted: a later retry keeps it as To:. */
static int record_mail(const Notice *notice, const uint8_t *accepted, size_t n, Ledger *l, MailRecord **ret)
{
        MailRecord *m;
        Notice copy = {.date = notice->date, .facts = notice->facts};
        int r;

        string_copy(copy.message_id, sizeof(copy.message_id), notice->message_id);
        for (size_t k = 0; k < n; k++) {
                r = notice_add_recipient(&copy, notice->recipients[accepted[k]]);
                if (r < 0) {
                        notice_done(&copy);
                        return r;
                }
        }
        r = ledger_add_mail(l, &m);
        if (r < 0) {
                notice_done(&copy);
                return r;
        }
        m->notice = copy;
        *ret = m;
        return 0;
}

int delivery_commit(Delivery *d, size_t i, const uint8_t *accepted, size_t n, Ledger *l, usec_t unknown_wait,
                    usec_t now)
{
        Transaction *t = &d->transactions[i];
        MailRecord *m = ledger_mail(l, t->notice.message_id);
        int r;

        t->before = calloc(t->notice.n_recipients, sizeof(*t->before));
        if (!t->before)
                return -ENOMEM;
        if (!m) {
                r = record_mail(&t->notice, accepted, n, l, &m);
                if (r < 0)
                        return r;
        }
        m->goes++;
        m->go = now;
        m->due = usec_add(now, unknown_delay(m->goes, unknown_wait));
        t->committed = true;
        for (size_t k = 0; k < n; k++) {
                DestinationRecord *to = ledger_destination(l, t->notice.recipients[accepted[k]]);

                t->accepted[accepted[k]] = true;
                if (!to)
                        continue;
                hour_count(&to->hour, now);
                string_copy(t->before[accepted[k]], sizeof(t->before[0]), to->sending);
                string_copy(to->sending, sizeof(to->sending), t->notice.message_id);
        }
        return 0;
}

void delivery_refuse(Delivery *d, size_t i, size_t recipient, const Result *result, Ledger *l, usec_t now)
{
        Transaction *t = &d->transactions[i];
        DestinationRecord *to;

        if (t->closed || t->refused[recipient])
                return;
        to = ledger_destination(l, t->notice.recipients[recipient]);
        t->refused[recipient] = true;
        if (to && outcome_clock(result->outcome) == CLOCK_DESTINATION)
                backoff_put_off(&to->backoff, result->outcome, now, d->random);
}

/* This go came to nothing, for certain. With no other go before it nothing is unknown; else the earlier one
 * is as unknown as it was, and was due already. */
static void take_go_back(Transaction *t, Ledger *l, usec_t now)
{
        MailRecord *m = ledger_mail(l, t->notice.message_id);

        if (!m)
                return;
        if (m->goes > 1) {
                m->goes--;
                m->due = now;
                return;
        }
        for (size_t k = 0; k < t->notice.n_recipients; k++) {
                DestinationRecord *to = t->accepted[k] ? ledger_destination(l, t->notice.recipients[k])
                                                       : NULL;

                if (to && streq(to->sending, t->notice.message_id))
                        string_copy(to->sending, sizeof(to->sending), t->before[k]);
        }
        ledger_sweep_mails(l);
}

static void tell(Transaction *t, Ledger *l, WallTime wall, usec_t now)
{
        for (size_t k = 0; k < t->notice.n_recipients; k++) {
                DestinationRecord *to = t->accepted[k] ? ledger_destination(l, t->notice.recipients[k])
                                                       : NULL;

                if (!to)
                        continue;
                for (Family f = 0; f < FAMILY_COUNT; f++)
                        to->told[f] = (Told){.known = true,
                                             .address = t->notice.facts.new[f],
                                             .number = t->notice.facts.number[f]};
                to->told_at = wall;
                to->remind_from = (WallTime){0};
                to->reminder = false;
                to->sending[0] = '\0';
                backoff_clear(&to->backoff);
        }
        ledger_sweep_mails(l);
        /* Whoever points to it still had no part in this go. */
        MailRecord *m = ledger_mail(l, t->notice.message_id);
        if (m && m->goes > 1) {
                m->goes--;
                m->due = now;
        }
}

static void put_off_recipients(const Delivery *d, const Transaction *t, Outcome outcome, Ledger *l,
                               usec_t now)
{
        for (size_t k = 0; k < t->notice.n_recipients; k++) {
                DestinationRecord *to = t->refused[k] ? NULL
                                                      : ledger_destination(l, t->notice.recipients[k]);

                if (to)
                        backoff_put_off(&to->backoff, outcome, now, d->random);
        }
}

bool delivery_close(Delivery *d, size_t i, const Result *result, Ledger *l, WallTime wall, usec_t now)
{
        Transaction *t = &d->transactions[i];
        Outcome outcome = result->outcome;

        if (t->closed || outcome == OUTCOME_NONE ||
            ((outcome == OUTCOME_DELIVERED || outcome == OUTCOME_UNKNOWN) && !t->committed) ||
            (outcome == OUTCOME_STOPPED && !t->stopped) || (outcome == OUTCOME_STILL_HELD && !d->ask_hold))
                return false;
        t->closed = true;
        if (outcome == OUTCOME_DELIVERED)
                tell(t, l, wall, now);
        else if (outcome == OUTCOME_UNKNOWN)
                t->unknown = true;
        else if (t->committed)
                take_go_back(t, l, now);
        if (outcome_clock(outcome) == CLOCK_DESTINATION)
                put_off_recipients(d, t, outcome, l, now);
        t->undone = outcome_clock(outcome) == CLOCK_ACCOUNT || outcome_clock(outcome) == CLOCK_HELD ||
                    outcome == OUTCOME_NOT_BEGUN;
        return true;
}

bool delivery_is_closed(const Delivery *d)
{
        for (size_t i = 0; i < d->n_transactions; i++)
                if (!d->transactions[i].closed)
                        return false;
        return true;
}

bool delivery_is_outdated(const Delivery *d, const Ledger *l)
{
        for (size_t i = 0; i < d->n_transactions; i++) {
                const IpAddress *new = d->transactions[i].notice.facts.new;

                if (!d->transactions[i].closed &&
                    ip_address_equal(&new[FAMILY_IPV4], &l->addresses[FAMILY_IPV4].address) &&
                    ip_address_equal(&new[FAMILY_IPV6], &l->addresses[FAMILY_IPV6].address))
                        return false;
        }
        return true;
}

void delivery_supersede(Delivery *d)
{
        d->superseded = true;
        for (size_t i = 0; i < d->n_transactions; i++) {
                Transaction *t = &d->transactions[i];

                t->stopped = t->stopped || (!t->closed && !t->committed);
        }
}

static void refuse_login(Ledger *l, bool new_credential, const char *digest, usec_t now, uint32_t random)
{
        Hold *hold = &l->account.hold;

        /* A line that changes its address often must not be what lengthens the wait. */
        if (hold->active && !new_credential && hold->held_until > now)
                hold->due = hold->held_until;
        else {
                hold->refusals = new_credential || !hold->active ? 1 : hold->refusals + 1;
                hold->due = usec_add(now, hold_delay(hold->refusals, random));
        }
        hold->held_until = 0;
        hold->active = true;
        hold->ask = false;
        string_copy(hold->digest, sizeof(hold->digest), digest);
        (void)hold_take_addresses(hold, l->addresses);
}

/* What the account's clock gets. A cut behind a go lies on its destinations; the account waits only where
 * the session left transactions undone. One that left some without a reason is not had again at once. */
static Outcome account_outcome(Outcome outcome, bool cut, bool undone, bool stopped)
{
        Clock clock = outcome_clock(outcome);

        if (clock == CLOCK_HELD)
                return outcome;
        if (clock == CLOCK_ACCOUNT)
                return cut && !undone ? OUTCOME_NONE : outcome;
        return undone && (cut || !stopped) ? OUTCOME_TEMPORARY : OUTCOME_NONE;
}

static void end_account(const Delivery *d, Outcome outcome, const char *digest, Ledger *l, usec_t now)
{
        AccountRecord *a = &l->account;

        switch (outcome_clock(outcome)) {
        case CLOCK_ACCOUNT:
                backoff_put_off(&a->backoff, outcome, now, d->random);
                break;
        case CLOCK_HELD:
                if (outcome == OUTCOME_STILL_HELD) {
                        a->hold.ask = false;
                        break;
                }
                refuse_login(l, d->ask_hold, digest, now, d->random);
                backoff_clear(&a->backoff);
                break;
        case CLOCK_NONE:
        case CLOCK_DESTINATION:
                backoff_clear(&a->backoff);
                a->hold = (Hold){0};
                break;
        }
}

Outcome delivery_end(Delivery *d, const Result *result, const char *digest, Ledger *l, usec_t now)
{
        bool cut = false, undone = false, stopped = false, heard = false;
        Outcome outcome;

        for (size_t i = 0; i < d->n_transactions; i++) {
                Transaction *t = &d->transactions[i];

                if (!t->closed && t->committed)
                        t->unknown = true;
                else if (!t->closed)
                        t->undone = !d->superseded;
                cut = cut || t->unknown;
                undone = undone || t->undone;
                stopped = stopped || t->stopped;
                heard = heard || t->closed || t->committed;
        }
        ledger_sweep_mails(l);
        outcome = result->outcome;
        /* Where nothing was asked there is no answer: it would put nothing off. */
        if (outcome == OUTCOME_STILL_HELD && !d->ask_hold)
                outcome = OUTCOME_TEMPORARY;
        outcome = account_outcome(outcome, cut, undone, stopped);
        /* Nobody knows how the login would have gone: no reason to forget that one was refused. */
        if (d->superseded && outcome == OUTCOME_NONE && !heard)
                return outcome;
        if (d->settings_digest == l->account.settings_digest) {
                l->account.careful = l->account.careful || result->pipelining_failed;
                end_account(d, outcome, digest, l, now);
        }
        return outcome;
}
