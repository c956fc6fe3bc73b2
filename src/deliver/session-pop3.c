/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <poll.h>
#include <stdio.h>

#include "base/string-util.h"
#include "deliver/clock.h"
#include "deliver/session-private.h"
#include "mail/hint.h"

/* POP before SMTP: a server that knows no login for mail takes it from an address that has just logged in by
 * POP3. So that comes first in each session, and the mail leaves from the same address. An address is of one
 * family: the login is made in the family of the mail server's address that is about to be tried, and serves
 * all of that family.
 *
 * Whatever fails, from the look-up on, is a failure of the step pop3 and bears the POP3 server's name. */

static int report_progress(Session *s, unsigned want)
{
        Report report = {.type = REPORT_FACT, .fact = FACT_REPLY};
        int r = 0;

        if (pop3_client_take_heard(s->pop3, &report.result) && s->order->test)
                r = control_report(s->control, &report);
        if (r < 0 || s->step == STEP_POP3 || want & (POP3_WANT_START_TLS | POP3_WANT_DONE))
                return r;
        return session_report_step(s, STEP_POP3, "");
}

static int start_tls(Session *s)
{
        Result failure;
        int r = session_start_tls(s, &failure);

        if (r > 0)
                return pop3_client_tls_up(s->pop3, clock_now());
        if (r == 0)
                pop3_client_tls_failed(s->pop3, &failure);
        return r;
}

/* 1 where something was done, 0 where the descriptor is to be waited for. A command is short, and only one
 * is out at a time: a write that fails has nothing left to be read. */
static int pump_out(Session *s)
{
        const char *data;
        size_t size, n;

        pop3_client_output(s->pop3, &data, &size);
        switch (transport_write(s->transport, data, size, &n)) {
        case TRANSPORT_OK:
                pop3_client_written(s->pop3, n, clock_now());
                return 1;
        case TRANSPORT_FAILED:
        case TRANSPORT_EOF:
                pop3_client_eof(s->pop3, transport_failure(s->transport)->cause);
                return 1;
        case TRANSPORT_WANT_READ:
        case TRANSPORT_WANT_WRITE:
                break;
        }
        return 0;
}

static int pump_in(Session *s)
{
        char data[READ_SIZE];
        TransportStatus status;
        size_t n;
        int r;

        status = transport_read(s->transport, data, sizeof(data), &n);
        s->read_wants_write = status == TRANSPORT_WANT_WRITE;
        switch (status) {
        case TRANSPORT_OK:
                r = pop3_client_feed(s->pop3, data, n, clock_now());
                return r < 0 ? r : 1;
        case TRANSPORT_EOF:
                pop3_client_eof(s->pop3, "the server closed the connection");
                return 1;
        case TRANSPORT_FAILED:
                pop3_client_eof(s->pop3, transport_failure(s->transport)->cause);
                return 1;
        case TRANSPORT_WANT_READ:
        case TRANSPORT_WANT_WRITE:
                break;
        }
        return 0;
}

/* The deadline counts as in session.c: in every round, behind the octets of that round. */
static int pump_octets(Session *s, unsigned want)
{
        bool writes = want & POP3_WANT_WRITE;
        int r, done = writes ? pump_out(s) : 0;

        if (done == 0)
                done = pump_in(s);
        if (done < 0)
                return done;
        if (done == 0 && clock_now() < pop3_client_deadline(s->pop3)) {
                r = control_wait(s->control, transport_fd(s->transport),
                                 writes || s->read_wants_write ? POLLIN | POLLOUT : POLLIN,
                                 pop3_client_deadline(s->pop3));
                return MIN(r, 0);
        }
        pop3_client_tick(s->pop3, clock_now());
        return 0;
}

static int pump(Session *s)
{
        for (;;) {
                unsigned want = pop3_client_wants(s->pop3);
                int r = report_progress(s, want);

                if (r < 0 || want & POP3_WANT_DONE)
                        return r;
                r = want & POP3_WANT_START_TLS ? start_tls(s) : pump_octets(s, want);
                if (r < 0)
                        return r;
        }
}

static int try_endpoint(Session *s, const Endpoint *e, Result *ret, bool *ret_try_next)
{
        const Pop3Parameters parameters = {
                .account = s->order->mail.account,
                .password = s->secrets->login,
                .tls = s->peer->security == SECURITY_TLS,
                .timeouts = pop3_timeouts_default,
        };
        Endpoint source;
        int r;

        r = session_reach(s, e, ret);
        if (r < 0)
                return r;
        if (r == 0) {
                *ret_try_next = ret->outcome == OUTCOME_NOT_REACHED;
                return 0;
        }
        r = transport_local_endpoint(s->transport, &source);
        if (r >= 0)
                r = pop3_client_new(&parameters, clock_now(), &s->pop3);
        if (r >= 0)
                r = pump(s);
        if (r < 0)
                return r;
        pop3_client_result(s->pop3, ret);
        *ret_try_next = pop3_client_may_try_next(s->pop3);
        if (ret->outcome == OUTCOME_NONE)
                s->source = source;
        return 0;
}

static int keep_family(Endpoint *endpoints, int n, int family)
{
        int n_kept = 0;

        for (int i = 0; i < n; i++)
                if (endpoints[i].address.ss_family == family)
                        endpoints[n_kept++] = endpoints[i];
        return n_kept;
}

static int try_endpoints(Session *s, int family, Result *ret, bool *ret_try_next)
{
        Endpoint endpoints[RESOLVER_ADDRESSES_MAX];
        int n, r;

        *ret_try_next = true;
        n = session_look_up(s, endpoints, ret);
        if (n <= 0)
                return n;
        n = keep_family(endpoints, n, family);
        if (n == 0) {
                *ret = (Result){.outcome = OUTCOME_NOT_REACHED};
                (void)snprintf(ret->cause, sizeof(ret->cause), "%.253s has no %s address", s->peer->host,
                               family == AF_INET6 ? "IPv6" : "IPv4");
        }
        for (int i = 0; i < n && *ret_try_next; i++) {
                r = try_endpoint(s, &endpoints[i], ret, ret_try_next);
                session_close(s);
                if (r >= 0 && *ret_try_next && i + 1 < n)
                        r = session_report_failure(s, ret);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Hints that speak of the mail server's keys. */
static void complete_failure(const Session *s, Result *r)
{
        r->step = STEP_POP3;
        if (streq(r->hint, HINT_STARTTLS_PORT) || streq(r->hint, HINT_CERTIFICATE_NAME))
                string_copy(r->hint, sizeof(r->hint), HINT_POP_SERVER);
        session_complete_result(s, r);
}

int session_log_in_by_pop3(Session *s, int family, Result *ret_failure, bool *ret_try_next)
{
        Result result;
        int r;

        if (s->source.size > 0 && s->source.address.ss_family == family)
                return 1;
        s->source.size = 0;
        s->peer = &s->pop_server;
        r = try_endpoints(s, family, &result, ret_try_next);
        if (r < 0)
                return r;
        complete_failure(s, &result);
        s->peer = &s->mail_server;
        if (result.outcome == OUTCOME_NONE)
                return 1;
        s->has_no_pop3[family == AF_INET6] = true;
        *ret_failure = result;
        return 0;
}
