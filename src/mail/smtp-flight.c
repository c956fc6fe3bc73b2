/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/string-util.h"
#include "mail/hint.h"
#include "mail/message.h"
#include "mail/smtp-client-private.h"

/* Which commands go out together. A flight is a run of commands in one write; the next is sent when the last
 * reply of the one before is there. What follows what is the same with and without PIPELINING, which only
 * moves the edges of the flights:
 *
 *     with     [EHLO] [STARTTLS] [EHLO] [AUTH MAIL RCPT.. DATA] [body QUIT]
 *                                                               [body MAIL RCPT.. DATA] where more is owed
 *     without  each command alone, and so in careful mode: a session that failed for the server's trouble
 *              with a flight is followed by sessions without, as the order says
 */

const Notice *smtp_notice(const SmtpClient *c, size_t transaction)
{
        return &c->order->notices[transaction];
}

/* Whether a command may stand behind COMMAND in its flight (RFC 2920, 3.1; RFC 4954, 4). */
static bool may_be_followed(const SmtpClient *c, const SmtpCommand *command)
{
        if (!c->capabilities.pipelining || c->order->careful)
                return false;
        return command->type != SMTP_AUTH ||
               (sasl_method_is_one_round_trip(c->exchange.method) && !c->exchange.initial_due);
}

/* The command behind COMMAND where all goes well: 1; 0 where its reply decides what follows, which also ends
 * the flight; -ENOMEM. */
static int following(SmtpClient *c, const SmtpCommand *command, SmtpCommand *ret)
{
        int r = 0;

        switch (command->type) {
        case SMTP_AUTH:
                r = smtp_flight_transaction(c, 0, false, ret);
                /* QUIT waits for the reply: with nothing to be sent, another login may still be due. */
                return r < 0 ? r : ret->type != SMTP_QUIT;
        case SMTP_RSET:
                r = smtp_flight_transaction(c, command->transaction, false, ret);
                break;
        case SMTP_MAIL:
                *ret = smtp_flight_recipient(c, command->transaction, 0);
                break;
        case SMTP_RCPT:
                *ret = smtp_flight_recipient(c, command->transaction, command->recipient + 1);
                break;
        case SMTP_BODY:
        case SMTP_LONE_DOT:
                r = smtp_flight_transaction(c, command->transaction + 1, false, ret);
                break;
        case SMTP_GREETING:
        case SMTP_EHLO:
        case SMTP_HELO:
        case SMTP_STARTTLS:
        case SMTP_AUTH_CANCEL:
        case SMTP_DATA:
        case SMTP_QUIT:
        case SMTP_COMMAND_COUNT:
                return 0;
        }
        return r < 0 ? r : 1;
}

int smtp_flight_send(SmtpClient *c)
{
        bool follows;
        int r;

        assert(c->n_pending == 0 && c->out.size == 0);
        do {
                SmtpCommand command = c->next;

                r = smtp_commands[command.type].enter(c, &command);
                if (r < 0)
                        return r;
                if (text_error(&c->out) < 0)
                        return -ENOMEM;
                command.end = c->out_base + c->out.size;
                assert(c->n_pending < SMTP_PENDING_MAX);
                c->pending[c->n_pending++] = command;
                r = following(c, &command, &c->next);
                if (r < 0)
                        return r;
                follows = r > 0 && may_be_followed(c, &command);
        } while (follows);
        c->pipelined = c->pipelined || c->n_pending > 1;
        smtp_flight_settle(c);
        return 0;
}

void smtp_flight_settle(SmtpClient *c)
{
        if (c->n_pending == 1 && c->pending[0].type == SMTP_QUIT)
                smtp_session_settle(c);
}

SmtpCommand smtp_flight_recipient(const SmtpClient *c, size_t transaction, size_t from)
{
        const SmtpTransaction *t = &c->transactions[transaction];

        for (size_t i = from; i < smtp_notice(c, transaction)->n_recipients; i++)
                if (!t->recipients[i])
                        return (SmtpCommand){.type = SMTP_RCPT, .transaction = transaction, .recipient = i};
        return (SmtpCommand){.type = SMTP_DATA, .transaction = transaction};
}

/* RFC 6531, 3.4: a recipient that needs SMTPUTF8 can't be named to a server that has none. Returns how many
 * are left. */
static int refuse_international(SmtpClient *c, size_t transaction)
{
        const Notice *notice = smtp_notice(c, transaction);
        Result result;
        int left = 0, r;

        smtp_result_make(c, OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, NULL,
                         "the address needs SMTPUTF8, which the server does not offer", HINT_INTERNATIONAL,
                         &result);
        for (size_t i = 0; i < notice->n_recipients; i++) {
                if (c->transactions[transaction].recipients[i])
                        continue;
                if (c->capabilities.smtp_utf8 ||
                    octets_are_ascii(notice->recipients[i], strlen(notice->recipients[i]))) {
                        left++;
                        continue;
                }
                r = smtp_recipient_set(c, transaction, i, &result);
                if (r < 0)
                        return r;
        }
        return left;
}

/* Whether a transaction can be sent; where not it has its result. 1, 0, -ENOMEM. */
static int prepare(SmtpClient *c, size_t transaction)
{
        SmtpTransaction *t = &c->transactions[transaction];
        const Notice *notice = smtp_notice(c, transaction);
        _cleanup_text_ Text mail = {0};
        char cause[RESULT_CAUSE_MAX];
        Result result;
        int r;

        r = refuse_international(c, transaction);
        if (r < 0)
                return r;
        if (r == 0) {
                smtp_transaction_set_refused(c, transaction);
                return 0;
        }
        r = message_render(c->order, notice, notice->recipients, notice->n_recipients, &mail);
        if (r < 0)
                return r;
        t->size = mail.size;
        t->is_8bit = !octets_are_ascii(mail.data, mail.size);
        if (c->capabilities.size_max == 0 || t->size <= c->capabilities.size_max)
                return 1;

        (void)snprintf(cause, sizeof(cause), "the mail has %zu octets, the server takes %llu", t->size,
                       (unsigned long long)c->capabilities.size_max);
        smtp_result_make(c, OUTCOME_DESTINATION_PERMANENT, STEP_MAIL, NULL, cause, HINT_MAIL_SIZE, &result);
        smtp_transaction_set(c, transaction, &result);
        return 0;
}

int smtp_flight_transaction(SmtpClient *c, size_t from, bool reset, SmtpCommand *ret)
{
        for (size_t i = from; i < c->order->n_notices; i++) {
                int r = prepare(c, i);

                if (r < 0)
                        return r;
                if (r > 0) {
                        *ret = (SmtpCommand){.type = reset ? SMTP_RSET : SMTP_MAIL, .transaction = i};
                        return 0;
                }
        }
        *ret = (SmtpCommand){.type = SMTP_QUIT};
        return 0;
}

void smtp_flight_discard(SmtpClient *c)
{
        for (size_t i = 0; i < c->n_pending; i++)
                c->pending[i].discard = true;
}
