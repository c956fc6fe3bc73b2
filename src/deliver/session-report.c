/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/string-util.h"
#include "deliver/session-private.h"
#include "mail/hint.h"
#include "mail/sasl.h"

/* What a session tells while it goes on. A test is told more than the service: the server's words where all
 * goes well, its certificate, the login methods. */

#define LEFT_OUT "the server's words quote the login and are left out"

static bool reveals_login(const Session *s, const char *text)
{
        const MailSettings *m = &s->order->mail;
        const SaslIdentity who = {
                .account = m->account, .secret = s->secrets->login, .host = m->server, .port = m->port};

        return sasl_text_reveals(&who, text) != 0;
}

void session_complete_result(const Session *s, Result *r)
{
        if (reveals_login(s, r->cause))
                string_copy(r->cause, sizeof(r->cause), LEFT_OUT);
        if (!*r->server)
                string_copy(r->server, sizeof(r->server), s->peer->text);
        if (!*r->hint)
                string_copy(r->hint, sizeof(r->hint), hint_for_result(r, &s->order->mail));
}

int session_report_step(Session *s, Step step, const char *cause)
{
        Report r = {.type = REPORT_STEP, .result.step = step};

        s->step = step;
        string_copy(r.result.server, sizeof(r.result.server), s->peer->text);
        string_copy(r.result.cause, sizeof(r.result.cause), cause);
        if (s->transport)
                (void)transport_local_address(s->transport, &r.source);
        return control_report(s->control, &r);
}

static int report_fact(Session *s, Fact fact, Step step, const char *text)
{
        return control_report_fact(s->control, fact, step, reveals_login(s, text) ? LEFT_OUT : text);
}

static int report_result(Session *s, ReportType type, const Result *result)
{
        Report r = {
                .type = type, .transaction = s->transaction, .recipient = s->recipient, .result = *result};

        session_complete_result(s, &r.result);
        return control_report(s->control, &r);
}

static int report_recipients(Session *s)
{
        const Notice *n;
        Result result;

        if (s->transaction == s->order->n_notices)
                return 0;
        n = &s->order->notices[s->transaction];
        for (; s->recipient < n->n_recipients; s->recipient++) {
                if (!smtp_client_recipient_result(s->client, s->transaction, s->recipient, &result))
                        break;

                int r = report_result(s, REPORT_RECIPIENT, &result);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* start_tls() tells of its own step, and the step of a failure is the result's. */
static int report_client_step(Session *s, unsigned want)
{
        Step step = smtp_client_step(s->client);

        if (step == s->step || step == STEP_NONE ||
            want & (SMTP_WANT_START_TLS | SMTP_WANT_CLOSE | SMTP_WANT_DONE))
                return 0;
        return session_report_step(s, step, "");
}

/* In the order in which a flight is answered: recipients stand between MAIL and DATA. */
static int report_heard(Session *s)
{
        Report report = {.type = REPORT_FACT, .fact = FACT_REPLY};
        int r = 0;

        while (r >= 0 && smtp_client_take_heard(s->client, &report.result)) {
                if (report.result.step == STEP_DATA)
                        r = report_recipients(s);
                if (r >= 0)
                        r = control_report(s->control, &report);
        }
        return r;
}

static int report_method(Session *s)
{
        const char *offered, *method = smtp_client_method(s->client, &offered);
        int r = 0;

        if (!s->order->test || !method || method == s->method)
                return 0;
        if (!s->method)
                r = report_fact(s, FACT_OFFERED, STEP_AUTH, offered);
        s->method = method;
        return r < 0 ? r : report_fact(s, FACT_METHOD, STEP_AUTH, method);
}

int session_report_progress(Session *s, unsigned want)
{
        Result result;
        int r;

        r = report_heard(s);
        while (r >= 0) {
                r = report_recipients(s);
                if (r < 0 || s->transaction == s->order->n_notices ||
                    !smtp_client_transaction_result(s->client, s->transaction, &result) ||
                    result.outcome == OUTCOME_NOT_BEGUN)
                        break;
                r = report_result(s, REPORT_TRANSACTION, &result);
                s->transaction++;
                s->recipient = 0;
        }
        if (r >= 0)
                r = report_client_step(s, want);
        return r < 0 ? r : report_method(s);
}

int session_report_failure(Session *s, const Result *result)
{
        Report report = {.type = REPORT_FACT, .fact = FACT_FAILURE, .result = *result};

        if (!s->order->test)
                return 0;
        session_complete_result(s, &report.result);
        return control_report(s->control, &report);
}

int session_report_tls(Session *s, bool is_up)
{
        CertificateFacts facts;
        char words[64];
        int r = 0;

        if (!s->order->test)
                return 0;
        if (is_up) {
                transport_describe_tls(s->transport, words, sizeof(words));
                r = report_fact(s, FACT_TLS, STEP_TLS, words);
        }
        if (r < 0 || !transport_certificate(s->transport, &facts))
                return r;
        r = report_fact(s, FACT_CERTIFICATE, STEP_TLS, facts.names);
        if (r >= 0)
                r = report_fact(s, FACT_ISSUER, STEP_TLS, facts.issuer);
        return r < 0 ? r : report_fact(s, FACT_EXPIRY, STEP_TLS, facts.expiry);
}
