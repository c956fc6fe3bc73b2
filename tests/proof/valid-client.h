/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The invariant of the SMTP client between two calls: what is pending, in which order, and what has gone
 * out. */

#include "mail/smtp-client-private.h"
#include "valid.h"

/* What may be said before TLS is up where it has to come up: nothing but what leads there, and QUIT. */
static inline bool smtp_command_fits_clear_text(SmtpCommandType type)
{
        return type == SMTP_GREETING || type == SMTP_EHLO || type == SMTP_STARTTLS || type == SMTP_QUIT;
}

/* The first recipient from FROM on that has no reply; their number where there is none. */
static inline size_t smtp_open_recipient(const SmtpClient *c, size_t transaction, size_t from)
{
        while (from < c->order->notices[transaction].n_recipients &&
               c->transactions[transaction].recipients[from])
                from++;
        return from;
}

/* Nothing of it was said, and somebody is left whom it could reach. */
static inline bool smtp_mail_is_due(const SmtpClient *c, size_t transaction)
{
        const SmtpTransaction *t = &c->transactions[transaction];

        return !t->begun && !t->final && t->n_accepted == 0 &&
               smtp_open_recipient(c, transaction, 0) < c->order->notices[transaction].n_recipients;
}

/* No login but under TLS; a command of a mail stands for one that there is. */
static inline bool smtp_command_is_valid(const SmtpClient *c, const SmtpCommand *command)
{
        bool login = command->type == SMTP_AUTH || command->type == SMTP_AUTH_CANCEL;

        if ((int)command->type < 0 || command->type >= SMTP_COMMAND_COUNT)
                return false;

        if (c->order->mail.security == SECURITY_NONE
                    ? login
                    : !c->tls && !smtp_command_fits_clear_text(command->type))
                return false;
        if (command->type < SMTP_RSET || command->type == SMTP_QUIT)
                return !command->discard && (!login || c->exchange.method);
        if (command->type > SMTP_QUIT || command->transaction >= c->order->n_notices)
                return false;
        if (command->type == SMTP_RCPT &&
            command->recipient >= c->order->notices[command->transaction].n_recipients)
                return false;
        if (command->discard)
                return command->type >= SMTP_MAIL && command->type <= SMTP_DATA;
        return command->type != SMTP_MAIL || smtp_mail_is_due(c, command->transaction);
}

/* Where not, the reply decides what is next. */
static inline bool smtp_is_followed(const SmtpCommand *a)
{
        return a->discard || a->type == SMTP_AUTH ||
               (a->type >= SMTP_RSET && a->type <= SMTP_LONE_DOT && a->type != SMTP_DATA);
}

/* What stands behind A in its flight, or is next: each recipient without a reply once, in order. */
static inline bool smtp_command_may_follow(const SmtpClient *c, const SmtpCommand *a, const SmtpCommand *b)
{
        if (b->type == SMTP_MAIL)
                return a->type == SMTP_AUTH || a->discard ||
                       (a->type == SMTP_RSET && b->transaction >= a->transaction) ||
                       (a->type >= SMTP_BODY && b->transaction > a->transaction);
        if (b->type == SMTP_QUIT)
                return a->type == SMTP_AUTH || a->type == SMTP_RSET || a->type >= SMTP_BODY;
        if (a->type != SMTP_MAIL && a->type != SMTP_RCPT)
                return false;

        size_t open = smtp_open_recipient(c, a->transaction, a->type == SMTP_MAIL ? 0 : a->recipient + 1);
        if (b->transaction != a->transaction)
                return false;
        if (open < c->order->notices[a->transaction].n_recipients)
                return b->type == SMTP_RCPT && b->recipient == open;
        return b->type == SMTP_DATA;
}

/* Replies that are passed over come in one row, behind which a mail or a login is tried again. */
static inline bool smtp_next_is_valid(const SmtpClient *c, const SmtpCommand *last)
{
        if (!smtp_is_followed(last))
                return true;
        if (!smtp_command_is_valid(c, &c->next) || c->next.discard)
                return false;
        if (last->discard)
                return c->next.type == SMTP_MAIL || c->next.type == SMTP_AUTH;
        return smtp_command_may_follow(c, last, &c->next);
}

/* The oldest command: its transaction is as far as that. */
static inline bool smtp_head_is_valid(const SmtpClient *c, const SmtpCommand *head)
{
        const SmtpTransaction *t = &c->transactions[head->transaction];
        size_t n = c->order->notices[head->transaction].n_recipients;

        if (head->type == SMTP_AUTH_CANCEL)
                return c->session.outcome != OUTCOME_NONE && c->session.outcome != OUTCOME_DELIVERED;
        if (head->discard || head->type < SMTP_MAIL || head->type > SMTP_LONE_DOT)
                return true;
        if (head->type == SMTP_MAIL)
                return true;
        if (head->type == SMTP_RCPT)
                return t->begun && !t->final &&
                       smtp_open_recipient(c, head->transaction, 0) == head->recipient;
        if (head->type == SMTP_DATA)
                return t->begun && t->final == (t->n_accepted == 0) &&
                       smtp_open_recipient(c, head->transaction, 0) == n;
        if (head->type == SMTP_BODY)
                return t->begun && !t->final && t->n_accepted > 0 && t->dot > 0 && t->dot < head->end;
        return t->begun && t->final;
}

static inline bool smtp_pending_is_valid(const SmtpClient *c)
{
        uint64_t end = 0;

        for (size_t i = 0; i < c->n_pending; i++) {
                const SmtpCommand *command = &c->pending[i];

                if (!smtp_command_is_valid(c, command) || command->end < end ||
                    (command->type != SMTP_GREETING && command->end == 0))
                        return false;
                if (i > 0 && (command[-1].discard ? !command->discard
                                                  : command->discard || !smtp_command_may_follow(
                                                                                c, command - 1, command)))
                        return false;
                end = command->end;
        }
        return smtp_head_is_valid(c, &c->pending[0]) && end == c->out_base + c->out.size &&
               smtp_next_is_valid(c, &c->pending[c->n_pending - 1]);
}

/* A mail that has begun and has no result is the one that is talked of; one that has not begun has no dot.
 */
static inline bool smtp_transaction_is_valid(const SmtpClient *c, size_t i)
{
        const SmtpTransaction *t = &c->transactions[i];
        const SmtpCommand *head = &c->pending[0];
        bool is_talked_of = c->mode == SMTP_COMMITTING
                                    ? c->committing == i
                                    : c->n_pending > 0 && head->transaction == i && !head->discard &&
                                              head->type >= SMTP_RCPT && head->type <= SMTP_BODY;
        bool is_body = c->n_pending > 0 && head->type == SMTP_BODY && head->transaction == i;

        if (t->n_accepted > c->order->notices[i].n_recipients || (t->begun && !t->final && !is_talked_of))
                return false;
        return t->final || (t->dot > 0) == is_body;
}

static inline bool smtp_client_is_valid(const SmtpClient *c)
{
        if ((int)c->mode < 0 || c->mode > SMTP_DONE)
                return false;
        if (c->mode == SMTP_CLOSING || c->mode == SMTP_DONE)
                return c->ended;
        if (c->out_base > c->written || c->written > c->handed || c->handed > c->out_base + c->out.size ||
            c->reply_written > c->written || (c->out.size > 0 && c->written == c->out_base + c->out.size))
                return false;
        if (c->n_pending > SMTP_PENDING_MAX || (c->mode == SMTP_TALKING) != (c->n_pending > 0) ||
            c->ended != (c->n_pending == 1 && c->pending[0].type == SMTP_QUIT) ||
            (c->tls && c->order->mail.security == SECURITY_NONE))
                return false;
        for (size_t i = 0; i < c->order->n_notices; i++)
                if (!smtp_transaction_is_valid(c, i) || (c->ended && !c->transactions[i].final))
                        return false;
        if (c->mode == SMTP_STARTING_TLS)
                return !c->tls && c->order->mail.security == SECURITY_STARTTLS && c->out.size == 0;
        if (c->mode == SMTP_COMMITTING)
                return c->committing < c->order->n_notices && c->out.size == 0 && c->written > 0 &&
                       c->transactions[c->committing].n_accepted > 0 &&
                       c->transactions[c->committing].begun && !c->transactions[c->committing].final;
        return smtp_pending_is_valid(c);
}
