/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/mail-test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/string-util.h"
#include "daemon/clock.h"
#include "daemon/mailer-process.h"
#include "daemon/session-order.h"
#include "mail/hint.h"
#include "watch/netlink.h"

/* watch -> address -> decide -> mail -> deliver, once: the kernel's first picture is selected from without
 * waiting for it to settle, what is owed becomes one order, and its mailer is listened to. The mailer is a
 * stranger here too: what it says is checked against what it was asked. Ending this process ends it. */

typedef struct Run {
        const MailTest *test;
        MailTestResult *result;
        sd_event *event;
        sd_event_source *timer; /* of the test's patience */
        Network *network;
        NetlinkWatch *netlink;
        Ledger *ledger;
        Delivery *delivery;
        MailerProcess *mailer;
        Step step;  /* that began last */
        bool ended; /* the mailer has given the session's result */
        bool pipelining_failed;
        bool careful; /* since it has */
} Run;

static void run_done(Run *run)
{
        mailer_process_free(run->mailer);
        delivery_free(run->delivery);
        ledger_free(run->ledger);
        netlink_watch_free(run->netlink);
        network_free(run->network);
        sd_event_source_unref(run->timer);
        sd_event_unref(run->event);
}

/* What failed first tells most: the rest mostly follows from it. */
static void note_failure(Run *run, const Result *result, const char *to)
{
        MailTestResult *r = run->result;

        if (r->failure.outcome != OUTCOME_NONE)
                return;
        r->failure = *result;
        string_copy(r->failed_to, sizeof(r->failed_to), to);
}

static bool on_recipient(Run *run, Transaction *t, const Report *report)
{
        size_t i = report->recipient;

        if (i >= t->notice.n_recipients || t->refused[i] || t->committed || t->closed)
                return false;
        if (report->result.outcome != OUTCOME_NONE) {
                delivery_refuse(run->delivery, report->transaction, i, &report->result, run->ledger,
                                clock_now());
                note_failure(run, &report->result, t->notice.recipients[i]);
        }
        run->test->heard(report, t->notice.recipients[i], run->test->userdata);
        return true;
}

static bool on_commit_question(Run *run, Transaction *t, const Report *report)
{
        int r;

        for (size_t i = 0; i < report->n_accepted; i++)
                if (report->accepted[i] >= t->notice.n_recipients || t->refused[report->accepted[i]])
                        return false;
        if (t->committed || t->closed ||
            delivery_commit(run->delivery, report->transaction, report->accepted, report->n_accepted,
                            run->ledger, 0, clock_now()) < 0)
                return false;
        r = mailer_process_answer(run->mailer, report->transaction, true);
        /* One that has ended meanwhile is told by its end. */
        return r >= 0 || r == -EPIPE || r == -ECONNRESET;
}

static bool on_transaction(Run *run, Transaction *t, const Report *report)
{
        Outcome outcome = report->result.outcome;

        if (!delivery_close(run->delivery, report->transaction, &report->result, run->ledger, clock_wall(),
                            clock_now()))
                return false;
        for (size_t i = 0; outcome == OUTCOME_DELIVERED && i < t->notice.n_recipients; i++)
                run->result->n_accepted += t->accepted[i];
        if (outcome != OUTCOME_DELIVERED && outcome != OUTCOME_NOT_BEGUN)
                note_failure(run, &report->result, "");
        run->test->heard(report, NULL, run->test->userdata);
        return true;
}

static bool on_result(Run *run, const Report *report)
{
        if (run->ended)
                return false;
        run->ended = true;
        run->pipelining_failed = report->result.pipelining_failed;
        if (report->result.outcome != OUTCOME_NONE)
                note_failure(run, &report->result, "");
        mailer_process_finish(run->mailer);
        return true;
}

/* The person at the terminal is asked what next, rather than left alone with a server that says nothing. */
static int on_patience(sd_event_source *source, uint64_t usec, void *userdata)
{
        Run *run = userdata;
        Result failed = {.outcome = OUTCOME_NOT_REACHED, .step = run->step};

        (void)snprintf(failed.cause, sizeof(failed.cause), "no answer for %u s",
                       (unsigned)(run->test->patience / USEC_PER_SEC));
        string_copy(failed.hint, sizeof(failed.hint), hint_for_result(&failed, &run->test->settings->mail));
        note_failure(run, &failed, "");
        run->mailer = mailer_process_free(run->mailer);
        return sd_event_exit(run->event, 0);
}

static void begin_step(Run *run, Step step)
{
        run->step = step;
        if (!run->timer)
                return;
        (void)sd_event_source_set_time_relative(run->timer, run->test->patience);
        (void)sd_event_source_set_enabled(run->timer,
                                          step <= STEP_GREETING ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static bool on_report(const Report *report, void *userdata)
{
        Run *run = userdata;
        Transaction *t = report->transaction < run->delivery->n_transactions
                                 ? &run->delivery->transactions[report->transaction]
                                 : NULL;

        switch (report->type) {
        case REPORT_ALIVE:
        case REPORT_STEP:
        case REPORT_FACT:
                if (report->type == REPORT_STEP)
                        begin_step(run, report->result.step);
                run->test->heard(report, NULL, run->test->userdata);
                return true;
        case REPORT_RECIPIENT:
                return t && on_recipient(run, t, report);
        case REPORT_COMMIT:
                return t && on_commit_question(run, t, report);
        case REPORT_TRANSACTION:
                return t && on_transaction(run, t, report);
        case REPORT_SESSION:
                return on_result(run, report);
        case REPORT_TYPE_COUNT:
                break;
        }
        return false;
}

static bool is_any_committed(const Delivery *d)
{
        for (size_t i = 0; i < d->n_transactions; i++)
                if (d->transactions[i].committed)
                        return true;
        return false;
}

static int start_session(Run *run);

static void on_mailer_end(const char *why, void *userdata)
{
        Run *run = userdata;
        Result failed = {.outcome = OUTCOME_TEMPORARY, .step = run->step};
        int r = 0;

        if (!why && (!run->ended || run->result->n_accepted < run->result->n_recipients))
                why = "it ended without a result";
        if (why) {
                (void)snprintf(failed.cause, sizeof(failed.cause), "the mailer failed: %s", why);
                note_failure(run, &failed, "");
        }
        run->mailer = mailer_process_free(run->mailer);
        if (run->pipelining_failed && !is_any_committed(run->delivery) && !run->careful) {
                run->careful = true;
                run->test->again(run->test->userdata);
                r = start_session(run);
                if (r >= 0)
                        return;
        }
        (void)sd_event_exit(run->event, r);
}

static int begin_ledger(Run *run)
{
        char boot_id[BOOT_ID_MAX];
        int r;

        read_boot_id(boot_id);
        run->ledger = ledger_free(run->ledger);
        r = ledger_new(boot_id, &run->ledger);
        if (r >= 0)
                r = ledger_take_settings(run->ledger, run->test->settings);
        if (r >= 0)
                run->ledger->account.careful = run->careful;
        return r;
}

/* What is owed to whoever is enabled: 1; 0 where that is nothing; negative errno. */
static int plan(Run *run)
{
        SettledChange change[FAMILY_COUNT];
        int r;

        run->delivery = delivery_free(run->delivery);
        r = begin_ledger(run);
        if (r < 0)
                return r;
        if (!run->test->send) {
                run->delivery = calloc(1, sizeof(Delivery));
                return run->delivery ? 1 : -ENOMEM;
        }
        (void)ledger_settle(run->ledger, &run->result->selection, clock_wall(), change);
        r = session_plan(run->ledger, run->test->settings, &run->delivery);
        for (size_t i = 0; r > 0 && i < run->delivery->n_transactions; i++)
                run->result->n_recipients += run->delivery->transactions[i].notice.n_recipients;
        return r;
}

static int start_session(Run *run)
{
        _cleanup_text_ Text order = {0};
        MailTestResult *result = run->result;
        SessionOrder session = {
                .settings = run->test->settings,
                .settled = &result->selection,
                .credentials_dir = run->test->credentials_dir,
                .test = true,
        };
        int r;

        *result = (MailTestResult){.selection = result->selection};
        run->ended = run->pipelining_failed = false;
        r = plan(run);
        if (r < 0)
                return r;
        result->owed = r > 0;
        if (r == 0)
                return sd_event_exit(run->event, 0);
        session.delivery = run->delivery;
        session.account = &run->ledger->account;
        r = session_order_format(&session, &order);
        return r < 0 ? r
                     : mailer_process_new(run->event, &order, false, on_report, on_mailer_end, run,
                                          &run->mailer);
}

static void on_network_ready(void *userdata)
{
        static const IpAddress none[FAMILY_COUNT];
        Run *run = userdata;
        int r;

        select_addresses(run->network, &run->test->settings->watch, none, &run->result->selection);
        r = start_session(run);
        if (r < 0)
                (void)sd_event_exit(run->event, r);
}

/* The addresses of the beginning stand. */
static void on_network_changed(void *userdata)
{
}

static void on_network_failed(int error, void *userdata)
{
        Run *run = userdata;

        (void)sd_event_exit(run->event, error);
}

static int begin(Run *run)
{
        static const NetlinkHandlers handlers = {
                .ready = on_network_ready,
                .changed = on_network_changed,
                .failed = on_network_failed,
        };
        sigset_t child;
        int r;

        (void)sigemptyset(&child);
        (void)sigaddset(&child, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &child, NULL) < 0)
                return -errno;
        r = sd_event_new(&run->event);
        if (r < 0)
                return r;
        if (run->test->patience > 0) {
                r = sd_event_add_time_relative(run->event, &run->timer, CLOCK_MONOTONIC, run->test->patience,
                                               0, on_patience, run);
                if (r < 0)
                        return r;
        }
        if (!run->test->send)
                return start_session(run);
        r = network_new(&run->network);
        return r < 0 ? r : netlink_watch_new(run->event, run->network, &handlers, run, &run->netlink);
}

int mail_test_run(const MailTest *test, MailTestResult *ret)
{
        MailTestResult result = {0};
        _cleanup_(run_done) Run run = {.test = test, .result = &result};
        int r;

        r = begin(&run);
        if (r >= 0)
                r = sd_event_loop(run.event);
        if (r >= 0)
                *ret = result;
        return r;
}
