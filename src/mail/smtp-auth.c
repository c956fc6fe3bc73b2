/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/base64.h"
#include "base/string-util.h"
#include "mail/hint.h"
#include "mail/smtp-client-private.h"

/* The login (RFC 4954). A credential is written in one place, append_secret(), which stops the program where
 * TLS is not up and verified: no reply can lead there, so it would be a fault of ours, and the last of our
 * faults that may go unnoticed. A mechanism that the server turns out not to take (504, 534) is followed by
 * one other; a refused secret never by a second try. */

#define COMMAND_LINE_MAX 512 /* RFC 5321, 4.5.3.1.4 */

/* The longest MAIL or RCPT: an address of 254 octets and all the parameters. */
#define ENVELOPE_LINE_MAX 360

bool smtp_wants_login(const SmtpClient *c)
{
        return c->order->mail.method == AUTH_METHOD_SMTP;
}

static int fail(SmtpClient *c, Outcome outcome, const SmtpReply *reply, const char *cause, const char *hint)
{
        Result result;

        smtp_result_make(c, outcome, STEP_AUTH, reply, cause, hint, &result);
        return smtp_session_end(c, &result);
}

static bool is_ascii(const char *s)
{
        return octets_are_ascii(s, strlen(s));
}

/* What is left to be tried of what both sides can do. Beyond ASCII the password's form is in doubt (sasl.h):
 * where it may go as it is, the server can judge that, and SCRAM is passed over. */
static unsigned common_mechanisms(const SmtpClient *c)
{
        unsigned m = c->capabilities.mechanisms & mail_settings_usable_mechanisms(&c->order->mail) &
                     ~c->mechanisms_tried;

        if (!c->identity.secret)
                return m & SASL_EXTERNAL;
        if (m & (SASL_PLAIN | SASL_LOGIN) &&
            !(is_ascii(c->identity.account) && is_ascii(c->identity.secret)))
                m &= ~(unsigned)SASL_SCRAM_SHA_256;
        return m;
}

static int fail_without_mechanism(SmtpClient *c)
{
        const char *list = c->capabilities.auth_list;
        char cause[RESULT_CAUSE_MAX];

        if (!c->identity.secret &&
            mail_settings_usable_mechanisms(&c->order->mail) & ~(unsigned)SASL_EXTERNAL)
                return fail(c, OUTCOME_SETTINGS, NULL, "no password", HINT_CREDENTIAL_MISSING);
        if (*list)
                (void)snprintf(cause, sizeof(cause), "no login method in common; the server offers: %s",
                               list);
        else
                (void)snprintf(cause, sizeof(cause), "the server offers no login");
        return fail(c, OUTCOME_SETTINGS, NULL, cause, *list ? HINT_MECHANISMS : HINT_LOGIN_MISSING);
}

/* Chooses a mechanism and makes AUTH the next command, or ends the session. */
int smtp_auth_begin(SmtpClient *c)
{
        const SaslMethod *method;

        if (!c->tls || c->order->mail.security == SECURITY_NONE)
                return fail(c, OUTCOME_SETTINGS, NULL, "a login without TLS", HINT_LOGIN_NEEDS_TLS);
        method = sasl_choose(common_mechanisms(c));
        if (!method)
                return fail_without_mechanism(c);
        c->mechanisms_tried |= sasl_method_bit(method);
        c->exchange = (SaslExchange){.method = method, .who = &c->identity};
        c->next = (SmtpCommand){.type = SMTP_AUTH};
        return 0;
}

/* Room for AUTH's line and for what may follow it in the flight, so that the buffer does not move and leave
 * a copy of the secret behind. */
static void reserve_flight(SmtpClient *c, size_t line)
{
        text_reserve(&c->out, line + (NOTICE_RECIPIENTS_MAX + 2) * ENVELOPE_LINE_MAX);
}

static void append_secret(SmtpClient *c, const char *line)
{
        if (!c->tls || c->order->mail.security == SECURITY_NONE)
                abort();
        text_append_string(&c->out, line);
}

int smtp_auth_enter(SmtpClient *c, SmtpCommand *command)
{
        _cleanup_secret_ Text message = {0}, encoded = {0};
        size_t n_before;
        int has_initial;

        has_initial = sasl_initial_response(&c->exchange, &message);
        if (has_initial < 0)
                return has_initial;
        base64_append(&encoded, message.data, message.size);
        if (text_error(&encoded) < 0)
                return -ENOMEM;

        reserve_flight(c, COMMAND_LINE_MAX);
        n_before = c->out.size;
        text_appendf(&c->out, "AUTH %s", sasl_mechanism_name(sasl_method_bit(c->exchange.method)));
        c->exchange.initial_due = c->out.size - n_before + 1 + encoded.size + 2 > COMMAND_LINE_MAX;
        if (has_initial && !c->exchange.initial_due) {
                text_append(&c->out, " ", 1);
                append_secret(c, message.size > 0 ? encoded.data : "=");
        }
        text_append(&c->out, "\r\n", 2);
        return 0;
}

/* The answer to a challenge, as a flight of its own: AUTH stays the pending command. */
static int answer(SmtpClient *c, const Text *message)
{
        _cleanup_secret_ Text encoded = {0};
        Result result;

        base64_append(&encoded, message->data, message->size);
        if (text_error(&encoded) < 0)
                return -ENOMEM;
        if (encoded.size + 2 > SMTP_REPLY_AUTH_LINE_MAX) {
                smtp_result_make(c, OUTCOME_SETTINGS, STEP_AUTH, NULL, "the password or token is too long",
                                 NULL, &result);
                smtp_session_close(c, &result); /* QUIT would be taken for the answer */
                return 0;
        }
        reserve_flight(c, SMTP_REPLY_AUTH_LINE_MAX);
        append_secret(c, encoded.data);
        text_append(&c->out, "\r\n", 2);
        if (text_error(&c->out) < 0)
                return -ENOMEM;
        c->pending[c->n_pending++] = (SmtpCommand){.type = SMTP_AUTH, .end = c->out_base + c->out.size};
        return 0;
}

static const struct {
        Outcome outcome;
        const char *cause, *hint;
} refused_challenges[] = {
        [SASL_UNEXPECTED] = {OUTCOME_TEMPORARY, "the server asks what its login method does not know"},
        [SASL_UNPROVEN] = {OUTCOME_INSECURE, "the server does not prove that it knows the password"},
        [SASL_TOO_COSTLY] = {OUTCOME_SETTINGS, "the server asks for more than 600000 rounds of SCRAM",
                             HINT_MECHANISMS},
};

/* RFC 4954, 4: "*" where a challenge can't be answered. The session's result is that of the challenge. */
static int cancel(SmtpClient *c, const SmtpReply *reply, SaslStatus status)
{
        smtp_result_make(c, refused_challenges[status].outcome, STEP_AUTH, reply,
                         refused_challenges[status].cause, refused_challenges[status].hint, &c->session);
        c->next = (SmtpCommand){.type = SMTP_AUTH_CANCEL};
        return 0;
}

int smtp_auth_cancel_enter(SmtpClient *c, SmtpCommand *command)
{
        text_append_string(&c->out, "*\r\n");
        return 0;
}

int smtp_auth_cancel_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        Result result = c->session;

        return smtp_session_end(c, &result);
}

static int take_challenge(SmtpClient *c, const SmtpReply *reply)
{
        _cleanup_secret_ Text message = {0};
        _cleanup_free_ uint8_t *challenge = NULL;
        size_t size;
        int r;

        /* What stands behind AUTH would be read as the answer. */
        if (c->n_pending > 0) {
                smtp_session_break(c, STEP_AUTH, "the server asks on where its login method has ended",
                                   NULL);
                return 0;
        }
        challenge = malloc(reply->text.size + 1);
        if (!challenge)
                return -ENOMEM;
        if (base64_decode(reply->text.data, reply->text.size, challenge, &size) < 0)
                return cancel(c, reply, SASL_UNEXPECTED);
        r = sasl_answer(&c->exchange, challenge, size, &message);
        if (r < 0)
                return r;
        return r == SASL_ANSWERED ? answer(c, &message) : cancel(c, reply, (SaslStatus)r);
}

/* A reason that came before, in a challenge, is told with the reply. */
static int refuse(SmtpClient *c, Outcome outcome, const SmtpReply *reply)
{
        bool external = sasl_method_bit(c->exchange.method) == SASL_EXTERNAL;
        const char *hint = external && outcome == OUTCOME_LOGIN_REFUSED ? HINT_LOGIN_EXTERNAL : NULL;
        char cause[RESULT_CAUSE_MAX];

        if (!*c->exchange.reason)
                return fail(c, outcome, reply, NULL, hint);
        (void)snprintf(cause, sizeof(cause), "its reason: %s", c->exchange.reason);
        return fail(c, outcome, reply, cause, hint);
}

/* 504 and 534: this mechanism will not do; one other, if there is one. */
static int try_another(SmtpClient *c, const SmtpReply *reply)
{
        bool first = (c->mechanisms_tried & (c->mechanisms_tried - 1)) == 0;

        if (first && common_mechanisms(c) != 0) {
                smtp_flight_discard(c);
                return smtp_auth_begin(c);
        }
        return refuse(c, reply->code == 504 ? OUTCOME_SETTINGS : OUTCOME_LOGIN_REFUSED, reply);
}

static int succeed(SmtpClient *c, const SmtpReply *reply)
{
        if (sasl_may_succeed(&c->exchange))
                return 0;
        return fail(c, OUTCOME_INSECURE, reply, refused_challenges[SASL_UNPROVEN].cause, NULL);
}

int smtp_auth_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        if (reply->code == 334)
                return take_challenge(c, reply);
        if (reply->code == 235)
                return succeed(c, reply);
        if (reply->code < 400) {
                smtp_session_break(c, STEP_AUTH,
                                   "the server answered AUTH with neither yes, no nor a challenge", NULL);
                return 0;
        }
        if (reply->code < 500)
                return refuse(c, OUTCOME_TEMPORARY, reply);
        switch (reply->code) {
        case 504:
        case 534:
                return try_another(c, reply);
        case 500:
        case 501:
        case 502:
        case 503:
        case 530:
        case 538:
                return refuse(c, OUTCOME_SETTINGS, reply);
        default:
                return refuse(c, OUTCOME_LOGIN_REFUSED, reply);
        }
}
