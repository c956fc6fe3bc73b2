/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any state of the SMTP client, whatever the server answers: nothing of a login is made but under a
 * verified TLS, no command before it but those that lead there, and a mail is delivered by nothing but a 2yz
 * to its whole body. How a session ends and what goes out together is modelled here; of recipients and of
 * pending commands there are few.
 *
 * small: RESULT_SERVER_TEXT_MAX=4 RESULT_CAUSE_MAX=4 RESULT_HINT_MAX=4 RESULT_SERVER_MAX=4
 * small: MESSAGE_ID_MAX=4 SASL_REASON_MAX=4 SMTP_AUTH_LIST_MAX=4 NOTICE_RECIPIENTS_MAX=2 SMTP_PENDING_MAX=3
 * sources: src/mail/smtp-commands.c src/mail/smtp-auth.c tests/proof/smtp-stubs.c
 * sources: tests/proof/mail-stubs.c tests/proof/text-sizes.c
 * options: --unwind 3 --max-field-sensitivity-array-size 128 --no-standard-checks */
#include "mail/smtp-client.c"

#include "proof.h"
#include "smtp-stubs.h"
#include "valid-client.h"

static void settle(SmtpClient *c, const Result *result)
{
        claim(!c->ended && result->outcome != OUTCOME_DELIVERED);
        c->session.outcome = result->outcome;
        c->ended = true;
        for (size_t i = 0; i < c->order->n_notices; i++)
                if (!c->transactions[i].final) {
                        c->transactions[i].final = true;
                        c->transactions[i].result.outcome = OUTCOME_NOT_BEGUN;
                }
}

void smtp_result_make(const SmtpClient *c, Outcome outcome, Step step, const SmtpReply *reply,
                      const char *cause, const char *hint, Result *ret)
{
        ret->outcome = outcome;
        ret->step = step;
        ret->code = reply ? reply->code : 0;
}

int smtp_result_hear(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        return nondet_bool() ? 0 : -ENOMEM;
}

int smtp_recipient_set(SmtpClient *c, size_t transaction, size_t recipient, const Result *result)
{
        static Result kept;
        SmtpTransaction *t = &c->transactions[transaction];

        claim(!t->recipients[recipient]);
        if (nondet_bool())
                return -ENOMEM;
        t->recipients[recipient] = &kept;
        if (result->outcome == OUTCOME_NONE)
                t->accepted[t->n_accepted++] = (uint8_t)recipient;
        return 0;
}

void smtp_transaction_set(SmtpClient *c, size_t transaction, const Result *result)
{
        if (c->transactions[transaction].final)
                return;
        c->transactions[transaction].final = true;
        c->transactions[transaction].result.outcome = result->outcome;
}

void smtp_transaction_set_refused(SmtpClient *c, size_t transaction)
{
        claim(smtp_open_recipient(c, transaction, 0) == c->order->notices[transaction].n_recipients);
        smtp_transaction_set(c, transaction, &(Result){.outcome = OUTCOME_DESTINATION_PERMANENT});
}

void smtp_session_close(SmtpClient *c, const Result *result)
{
        settle(c, result);
        c->mode = SMTP_CLOSING;
        c->n_pending = 0;
}

int smtp_session_end(SmtpClient *c, const Result *result)
{
        settle(c, result);
        if (c->n_pending > 0)
                c->mode = SMTP_CLOSING;
        c->n_pending = 0;
        c->next = (SmtpCommand){.type = SMTP_QUIT};
        return 0;
}

void smtp_session_break(SmtpClient *c, Step step, const char *cause, const char *hint)
{
        if (c->ended)
                c->mode = SMTP_DONE;
        else
                smtp_session_close(c, &(Result){.outcome = OUTCOME_TEMPORARY});
}

void smtp_session_lost(SmtpClient *c, const char *cause)
{
        smtp_session_break(c, STEP_NONE, cause, NULL);
}

void smtp_suspect_pipelining(SmtpClient *c)
{
        c->pipelining_failed = c->pipelining_failed || (!c->ended && nondet_bool());
}

const Notice *smtp_notice(const SmtpClient *c, size_t transaction)
{
        return &c->order->notices[transaction];
}

SmtpCommand smtp_flight_recipient(const SmtpClient *c, size_t transaction, size_t from)
{
        size_t open = smtp_open_recipient(c, transaction, from);
        bool is_one = open < c->order->notices[transaction].n_recipients;

        return (SmtpCommand){
                .type = is_one ? SMTP_RCPT : SMTP_DATA, .transaction = transaction, .recipient = open};
}

int smtp_flight_transaction(SmtpClient *c, size_t from, bool reset, SmtpCommand *ret)
{
        const size_t i = 0;

        if (nondet_bool())
                return -ENOMEM;
        *ret = (SmtpCommand){.type = SMTP_QUIT};
        if (i >= from && i < c->order->n_notices && smtp_mail_is_due(c, i) && nondet_bool())
                *ret = (SmtpCommand){.type = reset ? SMTP_RSET : SMTP_MAIL, .transaction = i};
        return 0;
}

void smtp_flight_discard(SmtpClient *c)
{
        for (size_t i = 0; i < c->n_pending; i++)
                c->pending[i].discard = true;
}

/* What the other files of the client have, and a reply does not reach. */

int smtp_flight_send(SmtpClient *c)
{
        return 0;
}

void smtp_flight_settle(SmtpClient *c)
{
}

static SmtpReply any_reply(void)
{
        SmtpReply reply;

        assume(smtp_code_is_valid(reply.code));
        reply.enhanced[0] = '\0';
        reply.text = (Text){.data = (char *)"", .size = any_size(4)};
        return reply;
}

/* What is next is sent, or waits for a handshake. */
static void claim_next(SmtpClient *c)
{
        if (c->mode != SMTP_TALKING || c->n_pending > 0)
                return;
        claim(smtp_command_is_valid(c, &c->next));
        if (c->next.type == SMTP_AUTH)
                (void)smtp_auth_enter(c, &c->next);
}

int main(void)
{
        SmtpClient c;
        const SmtpReply reply = any_reply();
        const size_t i = 0;

        scene_make(&c);
        assume(c.out_base < UINT32_MAX && c.out.size < UINT32_MAX && smtp_client_is_valid(&c));
        const SmtpCommand head = c.pending[0];
        const size_t n_pending = c.n_pending;
        const bool was_over = c.mode == SMTP_CLOSING || c.mode == SMTP_DONE,
                   was_final = c.transactions[i].final;

        assume(!was_over && c.mode != SMTP_STARTING_TLS); /* as smtp_client_feed() has made sure */
        if (take_reply(&c, &reply) < 0)
                return 0;
        claim_next(&c);
        if (i < c.order->n_notices && !was_final && c.transactions[i].final &&
            c.transactions[i].result.outcome == OUTCOME_DELIVERED) {
                claim(n_pending > 0 && head.type == SMTP_BODY && head.transaction == i && !head.discard);
                claim(reply.code / 100 == 2 && head.end <= c.written);
                claim(c.transactions[i].dot > 0 && c.transactions[i].dot < head.end);
        }
        return 0;
}
