/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/mail-session.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "daemon/clock.h"
#include "daemon/delivery-log.h"
#include "daemon/mailer-process.h"
#include "daemon/session-order.h"
#include "journal/events.h"

/* What the mailer says is checked here against what it was asked: a report about a transaction or a
 * recipient that is not there, an answer that comes twice, a result without a go end it. Each report goes
 * into the ledger first (decide/delivery), is written, and is told then. */

struct MailSession {
        MailSessionContext context;
        const Settings *settings;
        Delivery *delivery;
        MailerProcess *mailer;
        IpAddress source; /* our end of its connection, as it says; unset where there is none yet */
        bool started;     /* the mailer has begun */
        bool has_result;  /* it has given the session's result */
        Report result;
};

static DeliveryLog delivery_log(const MailSession *s)
{
        return (DeliveryLog){.delivery = s->delivery,
                             .ledger = s->context.ledger,
                             .settings = s->settings,
                             .failures = s->context.failures};
}

static void save(MailSession *s)
{
        s->context.save(s->context.userdata);
}

/* Are all of INDEXES recipients of T that were not refused? */
static bool recipients_fit(const Transaction *t, const uint8_t *indexes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (indexes[i] >= t->notice.n_recipients || t->refused[indexes[i]])
                        return false;
        return n > 0;
}

static bool on_commit_question(MailSession *s, const Report *report)
{
        size_t i = report->transaction, n = report->n_accepted;
        Transaction *t = &s->delivery->transactions[i];
        Ledger *l = s->context.ledger;
        bool go;
        int r;

        if (t->committed || t->closed || t->stopped || !recipients_fit(t, report->accepted, n))
                return false;
        go = delivery_may_commit(s->delivery, i, report->accepted, n, l, s->settings);
        if (go) {
                if (delivery_commit(s->delivery, i, report->accepted, n, l, s->settings->unknown_wait,
                                    clock_now()) < 0)
                        return false;
                save(s);
        }
        r = mailer_process_answer(s->mailer, i, go);
        /* One that has ended meanwhile never saw the go: what it said last tells how it went. */
        return r >= 0 || r == -EPIPE || r == -ECONNRESET;
}

static bool on_recipient(MailSession *s, const Report *report)
{
        const Transaction *t = &s->delivery->transactions[report->transaction];
        DeliveryLog log = delivery_log(s);

        if (report->recipient >= t->notice.n_recipients || t->committed || t->closed ||
            t->refused[report->recipient])
                return false;
        if (outcome_clock(report->result.outcome) != CLOCK_DESTINATION)
                return true; /* accepted, or a failure that the session's result will tell */
        delivery_refuse(s->delivery, report->transaction, report->recipient, &report->result,
                        s->context.ledger, clock_now());
        delivery_log_refused(&log, report->transaction, report->recipient, &report->result);
        return true;
}

static bool on_transaction(MailSession *s, const Report *report)
{
        DeliveryLog log = delivery_log(s);

        if (!delivery_close(s->delivery, report->transaction, &report->result, s->context.ledger,
                            clock_wall(), clock_now()))
                return false;
        save(s);
        delivery_log_closed(&log, report->transaction, &report->result);
        if (delivery_is_closed(s->delivery))
                mailer_process_finish(s->mailer);
        return true;
}

static bool on_step(MailSession *s, const Report *report)
{
        DeliveryLog log = delivery_log(s);

        if (!s->started)
                delivery_log_started(&log, &report->result);
        s->started = true;
        s->source = report->source;
        return true;
}

static bool on_result(MailSession *s, const Report *report)
{
        if (s->has_result)
                return false;
        s->has_result = true;
        s->result = *report;
        mailer_process_finish(s->mailer);
        return true;
}

static bool take_report(MailSession *s, const Report *report)
{
        if (report->transaction >= s->delivery->n_transactions)
                return false;
        switch (report->type) {
        case REPORT_ALIVE:
                return true;
        case REPORT_STEP:
                return on_step(s, report);
        case REPORT_RECIPIENT:
                return on_recipient(s, report);
        case REPORT_COMMIT:
                return on_commit_question(s, report);
        case REPORT_TRANSACTION:
                return on_transaction(s, report);
        case REPORT_SESSION:
                return on_result(s, report);
        case REPORT_FACT: /* nobody asked */
        case REPORT_TYPE_COUNT:
                break;
        }
        return false;
}

static bool on_report(const Report *report, void *userdata)
{
        MailSession *s = userdata;
        bool makes_sense = take_report(s, report);

        if (report->type != REPORT_ALIVE && report->type != REPORT_STEP)
                s->context.told(s->context.userdata);
        return makes_sense;
}

static Outcome end_session(MailSession *s, const Result *result, const char *digest)
{
        DeliveryLog log = delivery_log(s);
        bool was_careful = s->context.ledger->account.careful;
        Outcome account = delivery_end(s->delivery, result, digest, s->context.ledger, clock_now());

        save(s);
        delivery_log_ended(&log, result, account);
        if (s->context.ledger->account.careful && !was_careful)
                delivery_log_careful(&log, result);
        return account;
}

static void describe_lost_source(const MailSession *s, Result *ret)
{
        char source[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&s->source, source);
        (void)snprintf(ret->cause, sizeof(ret->cause), "%s, from where it was being sent, is gone", source);
}

/* A mailer that ended without the session's result: what it had told stands; else it was a failed try. */
static void on_mailer_end(const char *why, void *userdata)
{
        MailSession *s = userdata;
        Result result = {.outcome = OUTCOME_NONE};

        if (s->has_result)
                result = s->result.result;
        else if (s->delivery->superseded)
                describe_lost_source(s, &result);
        else if (!delivery_is_closed(s->delivery)) {
                result.outcome = OUTCOME_TEMPORARY;
                (void)snprintf(result.cause, sizeof(result.cause), "the mailer failed: %s",
                               why ? why : "it ended without a result");
        } else if (why)
                log_line(LOG_WARNING, "The mailer failed after its work was done: %s", why);
        s->context.ended(end_session(s, &result, s->has_result ? s->result.digest : ""),
                         s->context.userdata);
}

static int start_mailer(MailSession *s)
{
        _cleanup_text_ Text order = {0};
        SessionOrder session = {
                .delivery = s->delivery,
                .settings = s->settings,
                .account = &s->context.ledger->account,
                .settled = s->context.settled,
                .credentials_dir = s->context.credentials_dir,
                .print = s->context.print,
        };
        int r = session_order_format(&session, &order);

        if (r < 0)
                return r;
        return mailer_process_new(s->context.event, &order, s->context.print, on_report, on_mailer_end, s,
                                  &s->mailer);
}

/* What the hourly limit holds back is told when it would have gone out. */
static void tell_limited(const MailSession *s)
{
        DeliveryLog log = {.ledger = s->context.ledger, .settings = s->settings};
        const char *to;

        while ((to = plan_take_limited(s->context.ledger, s->settings, clock_now())))
                delivery_log_limited(&log, to);
}

int mail_session_start(const MailSessionContext *context, const Settings *settings, MailSession **ret)
{
        _cleanup_(mail_session_freep) MailSession *s = calloc(1, sizeof(MailSession));
        Result result = {.outcome = OUTCOME_TEMPORARY};
        int r;

        if (!s)
                return -ENOMEM;
        s->context = *context;
        s->settings = settings;
        tell_limited(s);
        r = session_plan(context->ledger, settings, &s->delivery);
        if (r <= 0)
                return r;
        r = start_mailer(s);
        if (r >= 0) {
                *ret = TAKE_PTR(s);
                return 1;
        }
        if (r == -EMSGSIZE) {
                result.outcome = OUTCOME_SETTINGS;
                (void)snprintf(result.cause, sizeof(result.cause), "the settings below mail are too long");
        } else
                (void)snprintf(result.cause, sizeof(result.cause), "the mailer could not start: %s",
                               strerror(-r));
        context->ended(end_session(s, &result, ""), context->userdata);
        return 0;
}

MailSession *mail_session_free(MailSession *s)
{
        if (!s)
                return NULL;
        mailer_process_free(s->mailer);
        delivery_free(s->delivery);
        free(s);
        return NULL;
}

/* Without a source there is no connection yet, and the next one begins from an address that is there; one
 * that is being made has seconds. One that tells what is settled has nothing to make room for: its address
 * may come back before anything else settles, and the connection was never cut; if not, the kernel's limits
 * end it. */
void mail_session_look_after(MailSession *s, const AddressSet *addresses)
{
        if (s->delivery->superseded || !ip_address_is_set(&s->source) ||
            address_set_contains(addresses, &s->source) ||
            !delivery_is_outdated(s->delivery, s->context.ledger))
                return;
        delivery_supersede(s->delivery);
        mailer_process_end(s->mailer);
}

void mail_session_set_settings(MailSession *s, const Settings *settings)
{
        s->settings = settings;
}

const Delivery *mail_session_delivery(const MailSession *s)
{
        return s->delivery;
}
