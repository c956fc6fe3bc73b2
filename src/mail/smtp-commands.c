/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/string-util.h"
#include "mail/hint.h"
#include "mail/message.h"
#include "mail/smtp-client-private.h"
#include "mail/smtp-data.h"

/* The table of commands. An entry appends the command's octets; a reply function says what the reply means,
 * by the first digit and the state alone, and what is next. Each covers every code from 200 to 559: 2yz and
 * 3yz that are not expected are protocol errors, 4yz and 5yz are results. */

static int out_of_place(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        char cause[RESULT_CAUSE_MAX];

        (void)snprintf(cause, sizeof(cause), "the server answered %s with %u",
                       smtp_commands[command->type].name, reply->code);
        smtp_session_break(c, smtp_commands[command->type].step, cause, NULL);
        return 0;
}

static int fail(SmtpClient *c, const SmtpCommand *command, Outcome outcome, const SmtpReply *reply,
                const char *cause, const char *hint)
{
        Result result;

        smtp_result_make(c, outcome, smtp_commands[command->type].step, reply, cause, hint, &result);
        return smtp_session_end(c, &result);
}

/* 4yz and 5yz up to MAIL are the account's. */
static int fail_by_class(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        return fail(c, command, reply->code < 500 ? OUTCOME_TEMPORARY : OUTCOME_SETTINGS, reply, NULL, NULL);
}

/* 4yz and 5yz from RCPT on are the destination's. */
static Outcome destination_outcome(const SmtpReply *reply)
{
        return reply->code < 500 ? OUTCOME_DESTINATION_TEMPORARY : OUTCOME_DESTINATION_PERMANENT;
}

static int greeting_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        Result result;

        if (reply->code != 220) {
                c->may_try_next = true;
                smtp_result_make(c, OUTCOME_TEMPORARY, STEP_GREETING, reply, NULL, NULL, &result);
                smtp_session_close(c, &result);
                return 0;
        }
        c->next = (SmtpCommand){.type = SMTP_EHLO};
        return 0;
}

static int ehlo_enter(SmtpClient *c, SmtpCommand *command)
{
        text_appendf(&c->out, "EHLO %s\r\n", c->parameters.helo);
        return 0;
}

/* The server is known now: the login, or the first mail. */
static int begin_work(SmtpClient *c)
{
        const MailSettings *mail = &c->order->mail;
        Result result;

        if (!c->capabilities.smtp_utf8 && !octets_are_ascii(mail->from, strlen(mail->from))) {
                smtp_result_make(c, OUTCOME_SETTINGS, STEP_EHLO, NULL,
                                 "mail.from needs SMTPUTF8, which the server does not offer",
                                 HINT_INTERNATIONAL, &result);
                return smtp_session_end(c, &result);
        }
        if (smtp_wants_login(c))
                return smtp_auth_begin(c);
        return smtp_flight_transaction(c, 0, false, &c->next);
}

static int ehlo_refused(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        char cause[RESULT_CAUSE_MAX];

        if (reply->code == 501) {
                (void)snprintf(cause, sizeof(cause), "the server does not take the EHLO name %s",
                               c->parameters.helo);
                return fail(c, command, OUTCOME_SETTINGS, reply, cause, NULL);
        }
        if (reply->code >= 500 && c->order->mail.security == SECURITY_NONE && !smtp_wants_login(c)) {
                c->next = (SmtpCommand){.type = SMTP_HELO};
                return 0;
        }
        return fail_by_class(c, command, reply);
}

static int ehlo_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        if (reply->code >= 400)
                return ehlo_refused(c, command, reply);
        if (reply->code != 250)
                return out_of_place(c, command, reply);
        smtp_capabilities_parse(reply->text.data, &c->capabilities);
        if (c->tls || c->order->mail.security == SECURITY_NONE)
                return begin_work(c);
        /* Neither "tls" without TLS, which is the owner's fault, nor "starttls" goes on in clear text. */
        if (!c->capabilities.starttls || c->order->mail.security != SECURITY_STARTTLS)
                return fail(c, command, OUTCOME_INSECURE, NULL, "the server offers no STARTTLS",
                            HINT_STARTTLS_MISSING);
        c->next = (SmtpCommand){.type = SMTP_STARTTLS};
        return 0;
}

static int helo_enter(SmtpClient *c, SmtpCommand *command)
{
        text_appendf(&c->out, "HELO %s\r\n", c->parameters.helo);
        return 0;
}

static int helo_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        if (reply->code >= 400)
                return fail_by_class(c, command, reply);
        if (reply->code != 250)
                return out_of_place(c, command, reply);
        return begin_work(c);
}

static int starttls_enter(SmtpClient *c, SmtpCommand *command)
{
        text_append_string(&c->out, "STARTTLS\r\n");
        return 0;
}

static int starttls_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        if (reply->code != 220)
                return fail(c, command, OUTCOME_INSECURE, reply, NULL, HINT_STARTTLS_MISSING);
        c->mode = SMTP_STARTING_TLS;
        return 0;
}

static int rset_enter(SmtpClient *c, SmtpCommand *command)
{
        text_append_string(&c->out, "RSET\r\n");
        return 0;
}

static int rset_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        return reply->code < 300 ? 0 : out_of_place(c, command, reply);
}

static bool any_is_international(char *const *addresses, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!octets_are_ascii(addresses[i], strlen(addresses[i])))
                        return true;
        return false;
}

/* RFC 6531, 3.4: for an address in the envelope and for one in the mail's header. */
static bool needs_smtp_utf8(const SmtpClient *c, size_t transaction)
{
        const Notice *notice = smtp_notice(c, transaction);

        return any_is_international(&c->order->mail.from, 1) ||
               any_is_international(notice->recipients, notice->n_recipients) ||
               any_is_international(notice->header_to, notice->n_header_to);
}

static int mail_enter(SmtpClient *c, SmtpCommand *command)
{
        const SmtpTransaction *t = &c->transactions[command->transaction];
        const SmtpCapabilities *can = &c->capabilities;

        text_appendf(&c->out, "MAIL FROM:<%s>", c->order->mail.from);
        if (!t->no_parameters) {
                if (can->size)
                        text_appendf(&c->out, " SIZE=%zu", t->size);
                if (can->eightbit_mime && t->is_8bit)
                        text_append_string(&c->out, " BODY=8BITMIME");
                if (can->smtp_utf8 && needs_smtp_utf8(c, command->transaction))
                        text_append_string(&c->out, " SMTPUTF8");
        }
        text_append_string(&c->out, "\r\n");
        return 0;
}

static int mail_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        SmtpTransaction *t = &c->transactions[command->transaction];

        if (reply->code == 555 && !t->no_parameters) {
                t->no_parameters = true;
                smtp_flight_discard(c);
                c->next = (SmtpCommand){.type = SMTP_MAIL, .transaction = command->transaction};
                return 0;
        }
        if (reply->code != 250 && reply->code < 400)
                return out_of_place(c, command, reply);
        t->begun = true;
        return reply->code == 250 ? 0 : fail_by_class(c, command, reply);
}

static int rcpt_enter(SmtpClient *c, SmtpCommand *command)
{
        text_appendf(&c->out, "RCPT TO:<%s>\r\n",
                     smtp_notice(c, command->transaction)->recipients[command->recipient]);
        return 0;
}

/* The transaction has its result, and nothing of its mail went out. */
static int leave_transaction(SmtpClient *c, const SmtpCommand *command)
{
        return smtp_flight_transaction(c, command->transaction + 1, true, &c->next);
}

static int rcpt_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        SmtpTransaction *t = &c->transactions[command->transaction];
        Outcome outcome = OUTCOME_NONE;
        Result result;
        int r;

        if (reply->code < 400 && (reply->code < 250 || reply->code > 252))
                return out_of_place(c, command, reply);
        /* RFC 5321, 4.5.3.1.10: 552 is how old servers say 452, too many recipients. */
        if (reply->code == 552)
                outcome = OUTCOME_DESTINATION_TEMPORARY;
        else if (reply->code >= 400)
                outcome = destination_outcome(reply);
        smtp_result_make(c, outcome, STEP_RCPT, reply, NULL, NULL, &result);
        r = smtp_recipient_set(c, command->transaction, command->recipient, &result);
        if (r < 0)
                return r;
        if (t->n_accepted == 0 && smtp_flight_recipient(c, command->transaction, 0).type == SMTP_DATA) {
                smtp_transaction_set_refused(c, command->transaction);
                if (c->n_pending == 0)
                        return leave_transaction(c, command);
        }
        return 0;
}

static int data_enter(SmtpClient *c, SmtpCommand *command)
{
        text_append_string(&c->out, "DATA\r\n");
        return 0;
}

static int data_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        const SmtpTransaction *t = &c->transactions[command->transaction];
        Result result;

        if (reply->code < 400 && reply->code != 354)
                return out_of_place(c, command, reply);
        if (reply->code != 354) {
                smtp_result_make(c, destination_outcome(reply), STEP_DATA, reply, NULL, NULL, &result);
                smtp_transaction_set(c, command->transaction, &result);
                return leave_transaction(c, command);
        }
        if (t->n_accepted == 0) {
                c->next = (SmtpCommand){.type = SMTP_LONE_DOT, .transaction = command->transaction};
                return 0;
        }
        c->committing = command->transaction;
        c->mode = SMTP_COMMITTING;
        return 0;
}

static int body_enter(SmtpClient *c, SmtpCommand *command)
{
        SmtpTransaction *t = &c->transactions[command->transaction];
        const Notice *notice = smtp_notice(c, command->transaction);
        char *accepted[NOTICE_RECIPIENTS_MAX];
        _cleanup_text_ Text mail = {0};
        int r;

        for (size_t i = 0; i < t->n_accepted; i++)
                accepted[i] = notice->recipients[t->accepted[i]];
        r = message_render(c->order, notice, accepted, t->n_accepted, &mail);
        if (r < 0)
                return r;
        smtp_data_append_stuffed(&c->out, mail.data, mail.size);
        t->dot = c->out_base + c->out.size;
        text_append_string(&c->out, ".\r\n");
        return 0;
}

static int body_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        bool whole = command->end <= c->reply_written;
        Outcome outcome = reply->code < 300 ? OUTCOME_DELIVERED : destination_outcome(reply);
        Result result;

        /* 221 is QUIT's: the reply to the dot was left out, and what became of the mail is not known. */
        if (reply->code == 221 || (reply->code >= 300 && reply->code < 400))
                return out_of_place(c, command, reply);
        smtp_result_make(c, outcome, whole ? STEP_DOT : STEP_BODY, reply, NULL, NULL, &result);
        smtp_transaction_set(c, command->transaction, &result);
        /* Refused in the middle of the body: what is left of it would be read as commands. */
        if (!whole)
                smtp_session_close(c, &(Result){.outcome = OUTCOME_NONE});
        return 0;
}

static int lone_dot_enter(SmtpClient *c, SmtpCommand *command)
{
        text_append_string(&c->out, ".\r\n");
        return 0;
}

/* RFC 2920, 3.1: whatever the server says to a mail for nobody. */
static int lone_dot_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        return 0;
}

static int quit_enter(SmtpClient *c, SmtpCommand *command)
{
        text_append_string(&c->out, "QUIT\r\n");
        return 0;
}

static int quit_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        c->mode = SMTP_DONE;
        return 0;
}

#define TIMEOUT(field) offsetof(SmtpTimeouts, field)

const SmtpCommandInfo smtp_commands[SMTP_COMMAND_COUNT] = {
        [SMTP_GREETING] = {"the connection", STEP_GREETING, TIMEOUT(greeting), true, NULL, greeting_reply},
        [SMTP_EHLO] = {"EHLO", STEP_EHLO, TIMEOUT(command), false, ehlo_enter, ehlo_reply},
        [SMTP_HELO] = {"HELO", STEP_EHLO, TIMEOUT(command), false, helo_enter, helo_reply},
        [SMTP_STARTTLS] = {"STARTTLS", STEP_STARTTLS, TIMEOUT(command), true, starttls_enter,
                           starttls_reply},
        [SMTP_AUTH] = {"AUTH", STEP_AUTH, TIMEOUT(auth), false, smtp_auth_enter, smtp_auth_reply},
        [SMTP_AUTH_CANCEL] = {"*", STEP_AUTH, TIMEOUT(auth), true, smtp_auth_cancel_enter,
                              smtp_auth_cancel_reply},
        [SMTP_RSET] = {"RSET", STEP_MAIL, TIMEOUT(command), false, rset_enter, rset_reply},
        [SMTP_MAIL] = {"MAIL", STEP_MAIL, TIMEOUT(command), false, mail_enter, mail_reply},
        [SMTP_RCPT] = {"RCPT", STEP_RCPT, TIMEOUT(command), false, rcpt_enter, rcpt_reply},
        [SMTP_DATA] = {"DATA", STEP_DATA, TIMEOUT(data), false, data_enter, data_reply},
        [SMTP_BODY] = {"the mail", STEP_DOT, TIMEOUT(dot), false, body_enter, body_reply},
        [SMTP_LONE_DOT] = {"the empty mail", STEP_DATA, TIMEOUT(dot), false, lone_dot_enter, lone_dot_reply},
        [SMTP_QUIT] = {"QUIT", STEP_NONE, TIMEOUT(quit), true, quit_enter, quit_reply},
};
