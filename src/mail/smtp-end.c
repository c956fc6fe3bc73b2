/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/string-util.h"
#include "mail/hint.h"
#include "mail/smtp-client-private.h"

/* Results. There are three levels: a recipient's (its reply to RCPT), a transaction's (for whom was not
 * refused one by one) and the session's (what the account's clock gets). Each is written once. When the
 * session ends, a transaction without a result gets one: unknown where its dot was handed out, the session's
 * where it had begun, not-begun else. */

static bool reveals_login(const SmtpClient *c, const char *words)
{
        return sasl_text_reveals(&c->identity, words) != 0 ||
               sasl_exchange_is_quoted(&c->exchange, words) != 0;
}

static void copy_words(const SmtpClient *c, const SmtpReply *reply, Result *ret)
{
        const char *words = reply->text.data;

        if (reveals_login(c, words)) {
                string_copy(ret->cause, sizeof(ret->cause),
                            "the server's words quote the login and are left out");
                return;
        }
        string_make_harmless(words, reply->text.size, ret->server_text, sizeof(ret->server_text));
}

void smtp_result_make(const SmtpClient *c, Outcome outcome, Step step, const SmtpReply *reply,
                      const char *cause, const char *hint, Result *ret)
{
        Result result = {.outcome = outcome, .step = step};

        if (reply) {
                result.code = reply->code;
                string_copy(result.enhanced, sizeof(result.enhanced), reply->enhanced);
                copy_words(c, reply, &result);
        }
        if (cause && reveals_login(c, cause))
                cause = "the server's words quote the login and are left out";
        if (cause)
                string_copy(result.cause, sizeof(result.cause), cause);
        if (hint)
                string_copy(result.hint, sizeof(result.hint), hint);
        else if (outcome != OUTCOME_NONE && outcome != OUTCOME_DELIVERED)
                string_copy(result.hint, sizeof(result.hint), hint_for_result(&result, &c->order->mail));
        *ret = result;
}

static bool is_told_by_result(SmtpCommandType type)
{
        return type == SMTP_RCPT || type == SMTP_BODY;
}

/* A challenge says nothing to a person, and a bad reply becomes a result. */
int smtp_result_hear(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        if (!c->order->test || c->ended || reply->code >= 400 || reply->code == 334 ||
            is_told_by_result(command->type) || c->n_heard == SMTP_HEARD_MAX)
                return 0;
        if (!c->heard)
                c->heard = calloc(SMTP_HEARD_MAX, sizeof(*c->heard));
        if (!c->heard)
                return -ENOMEM;
        smtp_result_make(c, OUTCOME_NONE, smtp_commands[command->type].step, reply, NULL, NULL,
                         &c->heard[c->n_heard++]);
        return 0;
}

int smtp_recipient_set(SmtpClient *c, size_t transaction, size_t recipient, const Result *result)
{
        SmtpTransaction *t = &c->transactions[transaction];
        Result *copy;

        assert(!t->recipients[recipient]);
        copy = malloc(sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        *copy = *result;
        t->recipients[recipient] = copy;
        if (result->outcome == OUTCOME_NONE)
                t->accepted[t->n_accepted++] = (uint8_t)recipient;
        return 0;
}

void smtp_transaction_set(SmtpClient *c, size_t transaction, const Result *result)
{
        SmtpTransaction *t = &c->transactions[transaction];

        if (t->final)
                return;
        t->final = true;
        t->result = *result;
}

void smtp_transaction_set_refused(SmtpClient *c, size_t transaction)
{
        const SmtpTransaction *t = &c->transactions[transaction];
        const Result *best = NULL;

        for (size_t i = 0; i < smtp_notice(c, transaction)->n_recipients; i++)
                if (!best || (best->outcome == OUTCOME_DESTINATION_PERMANENT &&
                              t->recipients[i]->outcome != best->outcome))
                        best = t->recipients[i];
        assert(best);
        smtp_transaction_set(c, transaction, best);
}

static bool dot_is_out(const SmtpClient *c, const SmtpTransaction *t)
{
        return t->dot > 0 && c->handed > t->dot;
}

void smtp_session_settle(SmtpClient *c)
{
        bool left = false, stopped = false;
        Result result;

        for (size_t i = 0; i < c->order->n_notices; i++) {
                SmtpTransaction *t = &c->transactions[i];

                if (t->final)
                        stopped |= t->result.outcome == OUTCOME_STOPPED;
                else if (dot_is_out(c, t)) {
                        smtp_result_make(c, OUTCOME_UNKNOWN, STEP_DOT, NULL, c->session.cause, "", &result);
                        smtp_transaction_set(c, i, &result);
                } else if (t->begun) {
                        assert(c->session.outcome != OUTCOME_NONE);
                        smtp_transaction_set(c, i, &c->session);
                } else {
                        left = true;
                        smtp_result_make(c, OUTCOME_NOT_BEGUN, STEP_NONE, NULL, NULL, "", &result);
                        smtp_transaction_set(c, i, &result);
                }
        }
        /* The account's clock holds what was not begun, except where the next session comes at once. */
        if (left && !stopped && c->session.outcome == OUTCOME_NONE)
                c->session.outcome = OUTCOME_TEMPORARY;
        c->ended = true;
}

void smtp_session_close(SmtpClient *c, const Result *result)
{
        assert(!c->ended);
        c->session = *result;
        smtp_session_settle(c);
        c->mode = SMTP_CLOSING;
        text_wipe(&c->out);
        c->n_pending = 0;
}

int smtp_session_end(SmtpClient *c, const Result *result)
{
        if (c->n_pending > 0) {
                smtp_session_close(c, result);
                return 0;
        }
        c->session = *result;
        smtp_session_settle(c);
        c->next = (SmtpCommand){.type = SMTP_QUIT};
        return 0;
}

/* Of a transaction whose fate is open. */
static bool is_any_dot_out(const SmtpClient *c)
{
        for (size_t i = 0; i < c->order->n_notices; i++)
                if (!c->transactions[i].final && dot_is_out(c, &c->transactions[i]))
                        return true;
        return false;
}

static void cut(SmtpClient *c, Outcome outcome, Step step, const char *cause, const char *hint)
{
        Result result;

        if (c->ended) {
                c->mode = SMTP_DONE;
                return;
        }
        c->may_try_next = step == STEP_GREETING;
        /* What is unknown is its destinations' matter, not the account's. */
        if (is_any_dot_out(c))
                outcome = OUTCOME_NONE;
        smtp_result_make(c, outcome, step, NULL, cause, hint, &result);
        smtp_session_close(c, &result);
}

void smtp_suspect_pipelining(SmtpClient *c)
{
        if (c->pipelined && !c->ended && !is_any_dot_out(c))
                c->pipelining_failed = true;
}

void smtp_session_break(SmtpClient *c, Step step, const char *cause, const char *hint)
{
        smtp_suspect_pipelining(c);
        cut(c, OUTCOME_TEMPORARY, step, cause, hint);
}

void smtp_session_lost(SmtpClient *c, const char *cause)
{
        Step step = smtp_client_step(c);
        bool reached = step != STEP_GREETING && step != STEP_TLS;

        cut(c, reached ? OUTCOME_TEMPORARY : OUTCOME_NOT_REACHED, step, cause, NULL);
}
