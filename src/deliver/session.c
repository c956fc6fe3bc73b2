/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/session-private.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <poll.h>
#include <stdio.h>

#include "base/string-util.h"
#include "deliver/clock.h"

/* The session looks the server up and tries its addresses in turn. At each it connects, holds the handshake
 * where TLS comes first, and then pumps octets between the transport and the SMTP client, which decides what
 * is said. The next address is tried only where this one did not get as far as a greeting of 220.
 *
 * The session owns the result, since look-up, connect and certificate lie outside the client. What fails
 * there is data (a Result); a negative errno is the service's end or our memory's, and ends the mailer. */

#define CONNECT_TIMEOUT   (10 * USEC_PER_SEC)
#define HANDSHAKE_TIMEOUT (60 * USEC_PER_SEC)

void session_close(Session *s)
{
        s->client = smtp_client_free(s->client);
        s->pop3 = pop3_client_free(s->pop3);
        s->transport = transport_free(s->transport);
        s->asked = s->write_broken = s->read_wants_write = false;
        s->step = STEP_NONE;
        s->method = NULL;
}

static void session_done(Session *s)
{
        session_close(s);
        trust_done(&s->trust);
}

/* Does STEP of the transport, in as many calls as it takes. 1 where it is done; 0 where it failed, with the
 * reason in RET. */
static int complete_step(Session *s, Step step, TransportStatus (*go_on)(Session *s), usec_t timeout,
                         Result *ret)
{
        usec_t deadline = usec_add(clock_now(), timeout);

        for (;;) {
                TransportStatus status = go_on(s);
                int r;

                if (status == TRANSPORT_OK)
                        return 1;
                if (status == TRANSPORT_FAILED) {
                        *ret = *transport_failure(s->transport);
                        return 0;
                }
                r = control_wait(s->control, transport_fd(s->transport),
                                 status == TRANSPORT_WANT_READ ? POLLIN : POLLOUT, deadline);
                if (r < 0)
                        return r;
                if (r == 0) {
                        *ret = (Result){.outcome = OUTCOME_NOT_REACHED, .step = step};
                        (void)snprintf(ret->cause, sizeof(ret->cause), "%s: no answer within %llu s",
                                       s->address, (unsigned long long)(timeout / USEC_PER_SEC));
                        return 0;
                }
        }
}

static TransportStatus go_on_connecting(Session *s)
{
        return transport_connect(s->transport);
}

static TransportStatus go_on_shaking_hands(Session *s)
{
        return transport_handshake(s->transport, &s->trust, s->peer->tls_name);
}

int session_start_tls(Session *s, Result *ret_failure)
{
        int q, r;

        r = session_report_step(s, STEP_TLS, "");
        if (r < 0)
                return r;
        r = complete_step(s, STEP_TLS, go_on_shaking_hands, HANDSHAKE_TIMEOUT, ret_failure);
        if (r < 0)
                return r;
        q = session_report_tls(s, r > 0);
        return q < 0 ? q : r;
}

/* The client asked for TLS within its session. */
static int start_tls_for_client(Session *s)
{
        Result failure;
        int r = session_start_tls(s, &failure);

        if (r < 0)
                return r;
        if (r > 0)
                return smtp_client_tls_up(s->client, clock_now());
        smtp_client_tls_failed(s->client, &failure);
        return 0;
}

/* Of write and read: 1 where something was done, 0 where the descriptor is to be waited for. */
static int pump_out(Session *s)
{
        const char *data;
        size_t size, n;

        smtp_client_output(s->client, &data, &size);
        switch (transport_write(s->transport, data, size, &n)) {
        case TRANSPORT_OK:
                smtp_client_written(s->client, n, clock_now());
                return 1;
        case TRANSPORT_FAILED:
        case TRANSPORT_EOF:
                /* What the server said before it closed is still to be read, and tells more. */
                s->write_broken = true;
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
                r = smtp_client_feed(s->client, data, n, clock_now());
                return r < 0 ? r : 1;
        case TRANSPORT_EOF:
                smtp_client_eof(s->client, "the server closed the connection", clock_now());
                return 1;
        case TRANSPORT_FAILED:
                smtp_client_eof(s->client, transport_failure(s->transport)->cause, clock_now());
                return 1;
        case TRANSPORT_WANT_READ:
        case TRANSPORT_WANT_WRITE:
                break;
        }
        return 0;
}

static int ask_commit(Session *s)
{
        const uint8_t *accepted;
        size_t transaction, n;

        smtp_client_commit_question(s->client, &transaction, &accepted, &n);
        s->asked = true;
        return control_ask_commit(s->control, transaction, accepted, n);
}

static int answer_commit(Session *s)
{
        bool go;
        int r = control_take_answer(s->control, &go);

        if (r < 0)
                return r == -EAGAIN ? 0 : r;
        s->asked = false;
        /* The connection may have broken while the service thought: then nobody asks any more. */
        if (!(smtp_client_wants(s->client) & SMTP_WANT_COMMIT))
                return 0;
        return smtp_client_commit_answer(s->client, go, clock_now());
}

static int pump_wait(Session *s, unsigned want)
{
        bool reads = want & SMTP_WANT_READ;
        bool writes = s->read_wants_write || (want & SMTP_WANT_WRITE && !s->write_broken);
        short events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        int r = control_wait(s->control, events ? transport_fd(s->transport) : -1, events,
                             smtp_client_deadline(s->client));

        if (r >= 0 && r & CONTROL_WAIT_ANSWER)
                return answer_commit(s);
        return MIN(r, 0);
}

/* The deadline counts in every round, since octets that keep coming must not keep it away; but behind them:
 * where the machine slept past it, the reply that came before may lie there. */
static int pump_octets(Session *s, unsigned want)
{
        int done = 0;

        if (want & SMTP_WANT_WRITE && !s->write_broken)
                done = pump_out(s);
        if (s->write_broken && !(want & SMTP_WANT_READ)) {
                smtp_client_eof(s->client, transport_failure(s->transport)->cause, clock_now());
                return 0;
        }
        if (done == 0 && want & SMTP_WANT_READ) {
                done = pump_in(s);
                if (done < 0)
                        return done;
        }
        if (done == 0 && clock_now() < smtp_client_deadline(s->client))
                return pump_wait(s, want);
        smtp_client_tick(s->client, clock_now());
        return 0;
}

static int pump(Session *s)
{
        for (;;) {
                unsigned want = smtp_client_wants(s->client);
                int r = session_report_progress(s, want);

                if (r < 0 || want & (SMTP_WANT_CLOSE | SMTP_WANT_DONE))
                        return r;
                if (want & SMTP_WANT_START_TLS)
                        r = start_tls_for_client(s);
                else {
                        if (want & SMTP_WANT_COMMIT && !s->asked)
                                r = ask_commit(s);
                        if (r >= 0)
                                r = pump_octets(s, want);
                }
                if (r < 0)
                        return r;
        }
}

/* EHLO's name is the setting, the machine's name where it can be one of the world's, else our own address.
 * It is never looked up: a DNS query can stall just when the line is new. */
static int make_client(Session *s)
{
        const char *helo = s->order->mail.helo;
        int r;

        if (!helo && strchr(s->order->host_name, '.'))
                helo = s->order->host_name;
        if (!helo) {
                r = transport_local_literal(s->transport, s->literal);
                if (r < 0)
                        return r;
                helo = s->literal;
        }

        SmtpParameters parameters = {
                .order = s->order,
                .secret = s->secrets->login,
                .helo = helo,
                .tls = s->order->mail.security == SECURITY_TLS,
                .timeouts = smtp_timeouts_default,
        };
        if (gnutls_rnd(GNUTLS_RND_NONCE, parameters.nonce, sizeof(parameters.nonce)) < 0)
                return -EIO;
        return smtp_client_new(&parameters, clock_now(), &s->client);
}

int session_reach(Session *s, const Endpoint *e, Result *ret_failure)
{
        int r;

        endpoint_format(e, s->address);
        r = transport_new(e, s->source.size > 0 ? &s->source : NULL, &s->transport);
        if (r >= 0)
                r = session_report_step(s, STEP_CONNECT, s->address);
        if (r >= 0)
                r = complete_step(s, STEP_CONNECT, go_on_connecting, CONNECT_TIMEOUT, ret_failure);
        if (r > 0 && s->peer->security == SECURITY_TLS)
                r = session_start_tls(s, ret_failure);
        return r;
}

static int try_endpoint(Session *s, const Endpoint *e, Result *ret, bool *ret_try_next)
{
        int r;

        if (s->order->mail.method == AUTH_METHOD_POP_BEFORE_SMTP) {
                r = session_log_in_by_pop3(s, e->address.ss_family, ret, ret_try_next);
                if (r <= 0)
                        return r;
        }
        r = session_reach(s, e, ret);
        if (r < 0)
                return r;
        if (r == 0) {
                *ret_try_next = ret->outcome == OUTCOME_NOT_REACHED;
                return 0;
        }
        r = make_client(s);
        if (r >= 0)
                r = pump(s);
        if (r < 0)
                return r;
        smtp_client_session_result(s->client, ret);
        *ret_try_next = smtp_client_may_try_next(s->client);
        return 0;
}

/* Of several addresses that failed, the one that came furthest tells most. Among equals it is the first:
 * resolve() puts addresses without a route last (RFC 6724, rule 1). */
static int try_endpoints(Session *s, const Endpoint *endpoints, size_t n, Result *ret)
{
        Result result;
        bool try_next = true;
        int r;

        for (size_t i = 0; i < n && try_next; i++) {
                if (s->has_no_pop3[endpoints[i].address.ss_family == AF_INET6])
                        continue;
                r = try_endpoint(s, &endpoints[i], &result, &try_next);
                session_close(s);
                if (r >= 0 && try_next && i + 1 < n)
                        r = session_report_failure(s, &result);
                if (r < 0)
                        return r;
                if (i == 0 || !try_next || result.step > ret->step)
                        *ret = result;
        }
        return 0;
}

/* Whom we trust, and who we are. */
static bool load_certificates(Session *s, Result *ret_failure)
{
        const MailSettings *m = &s->order->mail;

        if (!mail_settings_use_tls(m))
                return true;
        return trust_load(m->ca_file, &s->trust, ret_failure) &&
               (!s->secrets->key || trust_load_own(&s->trust, m->certificate, s->secrets->key, ret_failure));
}

int session_look_up(Session *s, Endpoint ret[static RESOLVER_ADDRESSES_MAX], Result *ret_failure)
{
        int r = session_report_step(s, STEP_RESOLVE, "");

        return r < 0 ? r : resolve(s->peer->host, s->peer->port, ret, ret_failure);
}

static void name_peers(Session *s)
{
        const MailSettings *m = &s->order->mail;

        s->mail_server = (Peer){.host = m->server,
                                .tls_name = m->tls_name ? m->tls_name : m->server,
                                .port = m->port,
                                .security = m->security};
        s->pop_server = (Peer){.host = mail_settings_pop_server(m),
                               .tls_name = mail_settings_pop_tls_name(m),
                               .port = m->pop_port,
                               .security = m->pop_security};
        mail_settings_format_server(m, s->mail_server.text, sizeof(s->mail_server.text));
        mail_settings_format_pop_server(m, s->pop_server.text, sizeof(s->pop_server.text));
        s->peer = &s->mail_server;
}

int session_run(const Order *order, const Secrets *secrets, Control *control, Result *ret)
{
        _cleanup_(session_done) Session s = {.order = order, .secrets = secrets, .control = control};
        Endpoint endpoints[RESOLVER_ADDRESSES_MAX];
        Result result;
        int r;

        name_peers(&s);
        r = session_look_up(&s, endpoints, &result);
        if (r > 0 && load_certificates(&s, &result))
                r = try_endpoints(&s, endpoints, (size_t)r, &result);
        if (r < 0)
                return r;
        session_complete_result(&s, &result);
        *ret = result;
        return 0;
}
