/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/delivery-log.h"

#include <stdio.h>
#include <syslog.h>

#include "daemon/clock.h"
#include "journal/mail-events.h"

/* One line per failure: a recipient refused at RCPT has its own, a transaction that ended by itself has its
 * own, and what the account waits for is told once for all recipients that the session left behind. */

typedef struct Recipients {
        size_t n;
        const char **to;
} Recipients;

static void recipients_done(Recipients *r)
{
        free(r->to);
}

static void add_recipient(Recipients *r, const char *to)
{
        const char **grown = reallocarray(r->to, r->n + 1, sizeof(char *));

        if (!grown)
                return;
        r->to = grown;
        r->to[r->n++] = to;
}

/* Those of a transaction that were not refused one by one. */
static void add_recipients(Recipients *r, const Transaction *t)
{
        for (size_t i = 0; i < t->notice.n_recipients; i++)
                if (!t->refused[i] && (!t->committed || t->accepted[i]))
                        add_recipient(r, t->notice.recipients[i]);
}

/* The server of the settings where the result names none: its step says which. */
static Result with_server(const DeliveryLog *d, const Result *result)
{
        const MailSettings *m = &d->settings->mail;
        Result copy = *result;

        if (*copy.server)
                return copy;
        if (copy.step == STEP_POP3)
                mail_settings_format_pop_server(m, copy.server, sizeof(copy.server));
        else
                mail_settings_format_server(m, copy.server, sizeof(copy.server));
        return copy;
}

static MailEvent mail_event(const Recipients *r, const Notice *notice, const Result *result)
{
        return (MailEvent){.to = r->to, .n_to = r->n, .notice = notice, .result = result};
}

static void set_next_try(const DeliveryLog *d, MailEvent *m)
{
        usec_t next = USEC_INFINITY;

        for (size_t i = 0; i < m->n_to; i++) {
                usec_t at = plan_next_try(d->ledger, d->settings, m->to[i]);

                next = MIN(next, at);
        }
        m->has_next_try = next != USEC_INFINITY;
        if (m->has_next_try)
                m->next_try = clock_wall_at(next);
}

static void note_trouble(const DeliveryLog *d, const MailEvent *m)
{
        for (size_t i = 0; i < m->n_to; i++)
                failures_note(d->failures, m->to[i], m->result, clock_wall());
}

static unsigned destination_tries(const DeliveryLog *d, const char *to)
{
        const DestinationRecord *record = ledger_destination(d->ledger, to);

        return record ? record->backoff.tries : 0;
}

void delivery_log_started(const DeliveryLog *d, const Result *step)
{
        Result result = with_server(d, step);

        for (size_t i = 0; i < d->delivery->n_transactions; i++) {
                const Transaction *t = &d->delivery->transactions[i];
                _cleanup_(recipients_done) Recipients r = {0};

                add_recipients(&r, t);
                MailEvent m = mail_event(&r, &t->notice, &result);
                log_mail_started(&m);
        }
}

void delivery_log_refused(const DeliveryLog *d, size_t transaction, size_t recipient, const Result *result)
{
        const Notice *n = &d->delivery->transactions[transaction].notice;
        const char *to = n->recipients[recipient];
        Result copy = with_server(d, result);
        MailEvent m = {
                .to = &to, .n_to = 1, .notice = n, .result = &copy, .attempt = destination_tries(d, to)};

        set_next_try(d, &m);
        note_trouble(d, &m);
        log_mail_trouble(&m);
}

static void log_unknown(const DeliveryLog *d, const Transaction *t, const Recipients *r,
                        const Result *result)
{
        const MailRecord *record = ledger_mail(d->ledger, t->notice.message_id);
        Result copy = with_server(d, result);
        MailEvent m = mail_event(r, &t->notice, &copy);

        copy.outcome = OUTCOME_UNKNOWN;
        if (copy.step == STEP_NONE)
                copy.step = STEP_DOT;
        m.attempt = record ? record->goes : 0;
        m.outdated = !facts_are_true(&t->notice.facts, d->ledger);
        set_next_try(d, &m);
        note_trouble(d, &m);
        log_mail_trouble(&m);
}

/* Whom RCPT refused has a line already. */
static void log_superseded(const DeliveryLog *d, const Transaction *t, const Recipients *r,
                           const Result *result)
{
        Result copy = with_server(d, result);
        MailEvent m = mail_event(r, &t->notice, &copy);

        if (r->n > 0)
                log_mail_superseded(&m);
}

void delivery_log_closed(const DeliveryLog *d, size_t transaction, const Result *result)
{
        const Transaction *t = &d->delivery->transactions[transaction];
        _cleanup_(recipients_done) Recipients r = {0};
        Result copy = with_server(d, result);

        add_recipients(&r, t);
        MailEvent m = mail_event(&r, &t->notice, &copy);
        if (r.n == 0)
                return;
        if (result->outcome == OUTCOME_DELIVERED) {
                for (size_t i = 0; i < r.n; i++)
                        failures_forget(d->failures, r.to[i]);
                log_mail_completed(&m);
        } else if (result->outcome == OUTCOME_STOPPED)
                log_mail_superseded(&m);
        else if (result->outcome == OUTCOME_UNKNOWN)
                log_unknown(d, t, &r, result);
        else if (outcome_clock(result->outcome) == CLOCK_DESTINATION) {
                m.attempt = destination_tries(d, r.to[0]);
                set_next_try(d, &m);
                note_trouble(d, &m);
                log_mail_trouble(&m);
        }
}

static void log_account(const DeliveryLog *d, const Result *result, Outcome account)
{
        _cleanup_(recipients_done) Recipients r = {0};
        const AccountRecord *a = &d->ledger->account;
        const Notice *only = NULL;
        Result copy = with_server(d, result);

        for (size_t i = 0; i < d->delivery->n_transactions; i++) {
                const Transaction *t = &d->delivery->transactions[i];

                if (!t->undone)
                        continue;
                add_recipients(&r, t);
                only = d->delivery->n_transactions == 1 ? &t->notice : NULL;
        }
        if (r.n == 0)
                return;
        copy.outcome = account;
        MailEvent m = mail_event(&r, only, &copy);
        m.attempt = a->hold.active ? a->hold.refusals : a->backoff.tries;
        set_next_try(d, &m);
        failures_note_account(d->failures, &copy, clock_wall());
        log_mail_trouble(&m);
}

void delivery_log_ended(const DeliveryLog *d, const Result *result, Outcome account)
{
        for (size_t i = 0; i < d->delivery->n_transactions; i++) {
                const Transaction *t = &d->delivery->transactions[i];
                _cleanup_(recipients_done) Recipients r = {0};

                if (t->closed || t->undone)
                        continue;
                add_recipients(&r, t);
                if (t->unknown)
                        log_unknown(d, t, &r, result);
                else
                        log_superseded(d, t, &r, result);
        }
        if (account != OUTCOME_NONE)
                log_account(d, result, account);
}

void delivery_log_limited(const DeliveryLog *d, const char *to)
{
        const DestinationRecord *record = ledger_destination(d->ledger, to);
        Notice notice = {0};
        Result result = {.outcome = OUTCOME_DESTINATION_TEMPORARY};
        MailEvent m = {.to = &to, .n_to = 1, .notice = &notice, .result = &result};

        ledger_addresses(d->ledger, notice.facts.new);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                notice.facts.old[f] = record->told[f].address;
        (void)snprintf(result.cause, sizeof(result.cause),
                       "mails sent within the hour: %u (limits.mails_per_hour = %u)", record->hour.gos,
                       d->settings->mails_per_hour);
        set_next_try(d, &m);
        log_mail_trouble(&m);
}

void delivery_log_careful(const DeliveryLog *d, const Result *result)
{
        Result copy = with_server(d, result);

        log_line(LOG_NOTICE,
                 "%s seems to lose commands that are sent together; from now on, until a reload, it is sent "
                 "one at a time",
                 copy.server);
}
